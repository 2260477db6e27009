import * as pulumi from "@pulumi/pulumi";

import type { Begun } from "./deployment";
import { readStackState } from "./stack-state";

/** What the state of this stack says it has on a router. */
export interface RouteState {
  readonly host: string;
  /** One text for each route, as the router's driver gives it. */
  readonly routes: readonly string[];
  /** The command's standard input. */
  readonly input?: string;
}

/** The command's place in the state, whatever the stack's name. */
const command = "::homelab:network:StaticRoute$command:remote:Command::route";

/** The command's address, for the user to delete it from the state. */
export function routeUrn(): string {
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}${command}`;
}

/**
 * What the last run left on a router; undefined where that was no route.
 *
 * @param broughtBy reads the routes from the command's standard input, as the router's driver does
 */
export async function readRouteState(broughtBy: (stdin: string) => readonly string[]): Promise<RouteState | undefined> {
  const [, found] = [...(await readStackState())].find(([urn]) => urn.endsWith(command)) ?? [];
  return stateOf(found, broughtBy);
}

/** What the last run was bringing to a router when it was cut off; undefined where it brought it, or was not at that. */
export function routesBegun({ creating, updating }: Begun, broughtBy: (stdin: string) => readonly string[]): RouteState | undefined {
  return stateOf([...creating, ...updating].find(({ urn }) => urn.endsWith(command))?.inputs, broughtBy);
}

function stateOf(values: Readonly<Record<string, unknown>> = {}, broughtBy: (stdin: string) => readonly string[]): RouteState | undefined {
  const { triggers = [], stdin = "" } = values as { triggers?: string[]; stdin?: string };
  const [host] = triggers;
  return host === undefined ? undefined : { host, routes: broughtBy(stdin), ...(stdin === "" ? {} : { input: stdin }) };
}
