import * as pulumi from "@pulumi/pulumi";

import { readStackState } from "./stack-state";

/** What the state of this stack says it has on a router. */
export interface RouteState {
  readonly host: string;
  /** One text for each route, as the router's driver gives it. */
  readonly routes: readonly string[];
}

/** The command's place in the state, whatever the stack's name. */
const command = "::homelab:network:StaticRoute$command:remote:Command::route";

/** The command's address, for the user to delete it from the state. */
export function routeUrn(): string {
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}${command}`;
}

/** What the last run left on a router; undefined where that was no route. */
export async function readRouteState(): Promise<RouteState | undefined> {
  const [, found] = [...(await readStackState())].find(([urn]) => urn.endsWith(command)) ?? [];
  const [host, ...routes] = (found?.["triggers"] ?? []) as string[];
  return host === undefined ? undefined : { host, routes };
}
