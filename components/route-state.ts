import * as pulumi from "@pulumi/pulumi";

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

/** Asks the engine for what the last run left; undefined where that was no route. A program has no other way to know what it owns. */
export async function readRouteState(): Promise<RouteState | undefined> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName })) as {
    outputs?: Record<string, { outputs?: { triggers?: string[] } }>;
  };
  const [, found] = Object.entries(answer.outputs ?? {}).find(([urn]) => urn.endsWith(command)) ?? [];
  const [host, ...routes] = found?.outputs?.triggers ?? [];
  return host === undefined ? undefined : { host, routes };
}
