import { pendingIn, type Deployment, type StateResource } from "../../engine/deployment";
import { objectIn } from "../../cluster/api/resource-path";

/** What a destroy has to know of a stack's state. */
export interface DestroySummary {
  /** How many resources there are. */
  readonly size: number;
  /** Where its routes are: the router, and what stands for each. */
  readonly routes?: { readonly host: string; readonly texts: readonly string[] };
  /** What keeps it from being destroyed, by its URN. */
  readonly protection?: string;
  /** What a run was making that was cut off, by kind and name; or changing, where both may be there now. */
  readonly pending: readonly string[];
}

/**
 * Reads a stack's state.
 *
 * @param appliedBy reads the routes from the command's standard input, as the router's driver does
 */
export function stateOf(deployment: Deployment, appliedBy: (stdin: string) => readonly string[]): DestroySummary {
  const { resources = [] } = deployment;
  const { creating, updating } = pendingIn(deployment);
  const pending = [...creating, ...updating.filter(isCommand)];
  const commands = [...resources, ...pending].filter(({ urn }) =>
    urn.endsWith("homelab:network:StaticRoute$command:remote:Command::route"),
  );
  const [host] = (commands[0]?.inputs?.["triggers"] ?? []) as string[];
  const texts = [...new Set(commands.flatMap(({ inputs }) => appliedBy((inputs?.["stdin"] ?? "") as string)))];
  const protection = resources.find(({ type, protect }) => type === "homelab:network:Protection" && protect === true);
  return {
    size: resources.length + pending.length,
    ...(host === undefined ? {} : { routes: { host, texts } }),
    ...(protection === undefined ? {} : { protection: protection.urn }),
    pending: pending.map(({ urn, type }) => `${type.split(":").at(-1)} ${urn.split("::").at(-1)}`),
  };
}

/** A command leaves what it has made when it is another one by now, whereas an object stays itself. */
const isCommand = ({ type }: StateResource): boolean => type === "command:remote:Command";

/**
 * Takes what a run was at that was cut off for done: only what is in the state is destroyed, and what turns out not to be there counts as deleted. Of a command
 * that was being changed nobody knows which one is there: so both are in the state.
 */
export function takenForMade<State extends Deployment>(deployment: State): State {
  const { resources = [] } = deployment;
  const { creating, updating } = pendingIn(deployment);
  const changed = updating.filter(isCommand).map((resource) => ({ ...resource, urn: `${resource.urn}-as-changed` }));
  const made = new Map(
    [...creating, ...changed].map((resource) => [
      resource.urn,
      resource.custom === true ? { ...resource, ...identityOf(resource) } : resource,
    ]),
  );
  // Each stands after what it depends on: one that was to be replaced keeps its place.
  const kept = resources.map((resource) => made.get(resource.urn) ?? resource);
  const added = [...made.values()].filter(({ urn }) => !resources.some((resource) => resource.urn === urn));
  return { ...deployment, resources: [...kept, ...added], pending_operations: [] };
}

/** What the provider would have answered, as far as it needs that to delete. */
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
