/** What a stack's state says that the stack has, whoever the state was got from. */
import type { PendingOperations } from "./deployment";

/** What the engine knows of a resource. */
export type Outputs = Readonly<Record<string, unknown>>;

/** What a state says a stack has on a router. */
export interface RouteState {
  readonly host: string;
  /** One text for each route, as the router's driver gives it. */
  readonly routes: readonly string[];
  /** The command's standard input. */
  readonly input?: string;
}

/** The command's place in the state, whatever the stack's name. */
export const ROUTE_COMMAND = "::homelab:network:StaticRoute$command:remote:Command::route";

/**
 * What the last run left on a router; undefined where that was no route.
 *
 * @param state outputs by URN
 * @param appliedBy reads the routes from the command's standard input, as the router's driver does
 */
export function routesIn(state: ReadonlyMap<string, Outputs>, appliedBy: (stdin: string) => readonly string[]): RouteState | undefined {
  const [, found] = [...state].find(([urn]) => urn.endsWith(ROUTE_COMMAND)) ?? [];
  return routesOf(found, appliedBy);
}

/** The same of the command's values. */
export function routesOf(values: Outputs = {}, appliedBy: (stdin: string) => readonly string[]): RouteState | undefined {
  const { triggers = [], stdin = "" } = values as { triggers?: string[]; stdin?: string };
  const [host] = triggers;
  return host === undefined ? undefined : { host, routes: appliedBy(stdin), ...(stdin === "" ? {} : { input: stdin }) };
}

/** What the last run was bringing to a router when it was cut off; undefined where it brought it, or was not at that. */
export function pendingRoutes(
  { creating, updating }: PendingOperations,
  appliedBy: (stdin: string) => readonly string[],
): RouteState | undefined {
  return routesOf([...creating, ...updating].find(({ urn }) => urn.endsWith(ROUTE_COMMAND))?.inputs, appliedBy);
}

/** The name of the resource that keeps the identity of a stack's cluster. */
export const IDENTITY = "cluster-identity";

/** The identity of the cluster that a stack was first deployed to; undefined before that. */
export function identityIn(state: ReadonlyMap<string, Outputs>): string | undefined {
  const [, outputs] = [...state].find(([urn]) => urn.endsWith(`::pulumi:index:Stash::${IDENTITY}`)) ?? [];
  const { output } = outputs ?? {};
  return typeof output === "string" ? output : undefined;
}

/** The next hop that the last run gave out; undefined before the first. */
export function nextHopIn(state: ReadonlyMap<string, Outputs>): string | undefined {
  const [, outputs] = [...state].find(([urn]) => urn.includes("::pulumi:pulumi:Stack::")) ?? [];
  const { nextHop } = outputs ?? {};
  return typeof nextHop === "string" ? nextHop : undefined;
}

/** The objects of the cluster that are the stack's, each as kind and name: `IPAddressPool lab-dev`. */
export function objectsIn(state: ReadonlyMap<string, Outputs>): ReadonlySet<string> {
  const objects = [...state.values()] as { kind?: string; metadata?: { name?: string } }[];
  return new Set(objects.flatMap(({ kind, metadata }) => (metadata?.name === undefined ? [] : [`${kind} ${metadata.name}`])));
}
