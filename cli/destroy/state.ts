import { pendingIn, withoutResources, type Deployment, type StateResource } from "../../engine/deployment";
import { RECORDS_COMMAND, ROUTE_COMMAND } from "../../engine/state-contents";
import { objectIn } from "../../cluster/api/resource-path";

/** What a stack has on a router. */
interface OnRouter {
  readonly host: string;
  readonly texts: readonly string[];
}

/** The parts of a stack's state that a destroy needs. */
export interface DestroySummary {
  /** The number of resources. */
  readonly size: number;
  /** The router, and the routes in its notation. */
  readonly routes?: OnRouter;
  /** The router, and the addresses that it reserves. */
  readonly reservations?: OnRouter;
  /** The URN of the resource that protects the stack from being destroyed. */
  readonly protection?: string;
  /** What an interrupted run was creating, by kind and name, and commands that it was changing. */
  readonly pending: readonly string[];
}

/**
 * Summarises a stack's state.
 *
 * @param appliedBy reads the routes from the standard input of a route command, as the router's driver does
 * @param reservedBy reads the reservations from the standard input of their command
 */
export function stateOf(
  deployment: Deployment,
  appliedBy: (stdin: string) => readonly string[],
  reservedBy: (stdin: string) => readonly string[] = () => [],
): DestroySummary {
  const { resources = [] } = deployment;
  const { creating, updating } = pendingIn(deployment);
  const pending = [...creating, ...updating.filter(isCommand)];
  const onRouter = (command: string, read: (stdin: string) => readonly string[]): OnRouter | undefined => {
    const commands = [...resources, ...pending].filter(({ urn }) => urn.endsWith(command));
    const [host] = (commands[0]?.inputs?.["triggers"] ?? []) as string[];
    const texts = [...new Set(commands.flatMap(({ inputs }) => read((inputs?.["stdin"] ?? "") as string)))];
    return host === undefined ? undefined : { host, texts };
  };
  const routes = onRouter(ROUTE_COMMAND, appliedBy);
  const reservations = onRouter(RECORDS_COMMAND, reservedBy);
  const protection = resources.find(({ type, protect }) => type === "homelab:network:Protection" && protect === true);
  return {
    size: resources.length + pending.length,
    ...(routes === undefined ? {} : { routes }),
    ...(reservations === undefined ? {} : { reservations }),
    ...(protection === undefined ? {} : { protection: protection.urn }),
    pending: pending.map(({ urn, type }) => `${type.split(":").at(-1)} ${urn.split("::").at(-1)}`),
  };
}

/** Returns a state without the commands that apply routes and reservations. Both stay on the router. */
export const withoutRoutes = (deployment: Deployment): Deployment =>
  withoutResources(deployment, (urn) => urn.includes(ROUTE_COMMAND) || urn.includes(RECORDS_COMMAND));

/** A changed command may leave its old routes behind, whereas a changed Kubernetes object stays the same object. */
const isCommand = ({ type }: StateResource): boolean => type === "command:remote:Command";

/**
 * Turns pending operations into resources, because only resources of the state are destroyed; a missing one counts as deleted. A command
 * that was being changed may be in its old or in its new form: the state gets both.
 */
export function assumeCreated<State extends Deployment>(deployment: State): State {
  const { resources = [] } = deployment;
  const { creating, updating } = pendingIn(deployment);
  const changed = updating.filter(isCommand).map((resource) => ({ ...resource, urn: `${resource.urn}-as-changed` }));
  const assumed = new Map(
    [...creating, ...changed].map((resource) => [
      resource.urn,
      resource.custom === true ? { ...resource, ...identityOf(resource) } : resource,
    ]),
  );
  // The engine needs each resource after its dependencies, so a resource that was being replaced keeps its place.
  const known = resources.map((resource) => assumed.get(resource.urn) ?? resource);
  const added = [...assumed.values()].filter(({ urn }) => !resources.some((resource) => resource.urn === urn));
  return { ...deployment, resources: [...known, ...added], pending_operations: [] };
}

/** Returns what the provider would have answered, as far as a deletion needs it. */
function identityOf({ urn, inputs = {} }: StateResource): Pick<StateResource, "id" | "outputs"> {
  const object = objectIn(inputs);
  if (object === undefined) return { id: urn.split("::").at(-1) ?? "", outputs: { ...inputs, stdout: "", stderr: "" } };
  const { apiVersion, metadata } = object;
  const { namespace, name } = metadata;
  return {
    id: namespace === undefined ? name : `${namespace}/${name}`,
    outputs: { ...inputs, __inputs: inputs, __initialApiVersion: apiVersion },
  };
}
