import * as pulumi from "@pulumi/pulumi";

import type { Begun } from "./deployment";
import { readStackState } from "./stack-state";
import { ROUTE_COMMAND, routesIn, routesOf, type RouteState } from "./state-contents";

export type { RouteState };

/** The command's address, for the user to delete it from the state. */
export function routeUrn(): string {
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}${ROUTE_COMMAND}`;
}

/**
 * What the last run left on a router; undefined where that was no route.
 *
 * @param broughtBy reads the routes from the command's standard input, as the router's driver does
 */
export async function readRouteState(broughtBy: (stdin: string) => readonly string[]): Promise<RouteState | undefined> {
  return routesIn(await readStackState(), broughtBy);
}

/** What the last run was bringing to a router when it was cut off; undefined where it brought it, or was not at that. */
export function routesBegun({ creating, updating }: Begun, broughtBy: (stdin: string) => readonly string[]): RouteState | undefined {
  return routesOf([...creating, ...updating].find(({ urn }) => urn.endsWith(ROUTE_COMMAND))?.inputs, broughtBy);
}
