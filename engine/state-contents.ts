/** The resources that a stack manages, according to its state. */
import type { PendingOperations } from "./deployment";

/** The outputs of a resource. */
export type Outputs = Readonly<Record<string, unknown>>;

/** The routes that a stack has on a router, according to its state. */
export interface RouteState {
  readonly host: string;
  /** One text per route, in the form of the router's driver. */
  readonly routes: readonly string[];
  /** The command's standard input. */
  readonly input?: string;
}

/** The end of the URN of the command that applies the routes, which is the same for every stack. */
export const ROUTE_COMMAND = "::homelab:network:StaticRoute$command:remote:Command::route";

/** The end of the URN of the command that applies the reservations, which is the same for every stack. */
export const RECORDS_COMMAND = "::homelab:network:LanRecords$command:remote:Command::records";

/** What a command applied to a router, according to the state. */
export interface Applied {
  readonly host: string;
  /** The command's standard input. */
  readonly input: string;
}

/** Returns what the last run applied with a command; undefined if nothing. @param state the outputs by URN */
export function appliedIn(state: ReadonlyMap<string, Outputs>, command: string): Applied | undefined {
  const [, found] = [...state].find(([urn]) => urn.endsWith(command)) ?? [];
  return appliedOf(found);
}

/** Returns what an interrupted run was applying with a command; undefined if the run was not interrupted there. */
export function pendingInput({ creating, updating }: PendingOperations, command: string): Applied | undefined {
  return appliedOf([...creating, ...updating].find(({ urn }) => urn.endsWith(command))?.inputs);
}

/** Returns what is in the inputs or outputs of a command. */
export function appliedOf(values: Outputs = {}): Applied | undefined {
  const { triggers = [], stdin = "" } = values as { triggers?: string[]; stdin?: string };
  const [host] = triggers;
  return host === undefined ? undefined : { host, input: stdin };
}

/**
 * Returns the routes that the last run left on a router; undefined if there are none.
 *
 * @param state the outputs by URN
 * @param appliedBy the driver's function that reads the routes from the command's standard input
 */
export function routesIn(state: ReadonlyMap<string, Outputs>, appliedBy: (stdin: string) => readonly string[]): RouteState | undefined {
  return routesOf(appliedIn(state, ROUTE_COMMAND), appliedBy);
}

/** Returns the routes that an interrupted run was applying; undefined if the run was not interrupted there. */
export function pendingRoutes(pending: PendingOperations, appliedBy: (stdin: string) => readonly string[]): RouteState | undefined {
  return routesOf(pendingInput(pending, ROUTE_COMMAND), appliedBy);
}

function routesOf(applied: Applied | undefined, appliedBy: (stdin: string) => readonly string[]): RouteState | undefined {
  if (applied === undefined) return undefined;
  const { host, input } = applied;
  return { host, routes: appliedBy(input), ...(input === "" ? {} : { input }) };
}

/** The name of the resource that stores the identity of a stack's cluster. */
export const IDENTITY = "cluster-identity";

/** Returns the identity of the cluster that the stack was first deployed to; undefined before the first deployment. */
export function identityIn(state: ReadonlyMap<string, Outputs>): string | undefined {
  const [, outputs] = [...state].find(([urn]) => urn.endsWith(`::pulumi:index:Stash::${IDENTITY}`)) ?? [];
  const { output } = outputs ?? {};
  return typeof output === "string" ? output : undefined;
}

/** Returns the stack's outputs of the last run; none before the first run. */
export function stackOutputsIn(state: ReadonlyMap<string, Outputs>): Outputs {
  const [, outputs] = [...state].find(([urn]) => urn.includes("::pulumi:pulumi:Stack::")) ?? [];
  return outputs ?? {};
}

/** Returns the next hop in the last run's outputs; undefined before the first run. */
export function nextHopIn(state: ReadonlyMap<string, Outputs>): string | undefined {
  const { nextHop } = stackOutputsIn(state);
  return typeof nextHop === "string" ? nextHop : undefined;
}

/** Returns the Kubernetes objects that the stack manages, each as kind and name: `IPAddressPool lab-dev`. */
export function objectsIn(state: ReadonlyMap<string, Outputs>): ReadonlySet<string> {
  const objects = [...state.values()] as { kind?: string; metadata?: { name?: string } }[];
  return new Set(objects.flatMap(({ kind, metadata }) => (metadata?.name === undefined ? [] : [`${kind} ${metadata.name}`])));
}
