import type { PlannedStack } from "../../commands/check/stacks";
import type { StackState } from "../../commands/check/cli";
import type { Line } from "../../commands/check/check";
import type { Outputs } from "../../components/state-contents";
import { routeCommands } from "../../router/asus/script";
import { routerStack } from "./router-stack";
import { stackText } from "./plans";
import { devConfig } from "./stack-files";

/** lab-dev as a command reads it, with a pinned host key and some changes. */
export function plannedStack(changes: Readonly<Record<string, unknown>> = {}, rest: Partial<PlannedStack> = {}): PlannedStack {
  const { plan, login, locate, kubeconfigContent } = routerStack(changes);
  const text = stackText("lab-dev", devConfig(changes)).text;
  const problems = { kubeconfig: [], login: [] };
  return { name: "lab-dev", text, plan, login, locate, kubeconfig: "/home/me/.kube/config", kubeconfigContent, problems, ...rest };
}

/** The state of a stack that was never up. */
export const fresh: StackState = { outputs: new Map() };

/** The state of a stack whose routes are on its router, and some objects of whose are in its cluster, each as kind and name. */
export function upState({ plan }: PlannedStack, ...objects: readonly (readonly [kind: string, name: string])[]): StackState {
  const { stdin, identity } = routeCommands(plan.routes, { ...plan.router, owner: plan.cluster.name });
  const urn = "urn:pulumi:lab-dev::homelab-network::homelab:network:StaticRoute$command:remote:Command::route";
  const made = objects.map(([kind, name], index): [string, Outputs] => [`urn:${index}`, { kind, metadata: { name } }]);
  return { outputs: new Map<string, Outputs>([[urn, { triggers: [plan.router.host, ...identity], stdin }], ...made]) };
}

/** A line as the user sees it, without columns. */
export const text = ({ outcome, what, said, cure }: Line): string => `${outcome} ${what}: ${said}${cure === undefined ? "" : `; ${cure}`}`;
