import * as pulumi from "@pulumi/pulumi";

import { readStackState } from "./stack-state";
import { ROUTE_COMMAND, routesIn, type RouteState } from "./state-contents";

export { routesBegun, type RouteState } from "./state-contents";

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
