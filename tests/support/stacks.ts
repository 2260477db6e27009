import type { PlannedStack } from "../../cli/check/stacks";
import type { StateReading } from "../../cli/check/cli";
import type { Line } from "../../cli/check/check";
import { routerStack, stateAfter, stateWith } from "./router-stack";
import { stackText } from "./plans";
import { devConfig } from "./stack-files";

/** Returns lab-dev as a command reads it before its first run, with a pinned host key and some changes. */
export function plannedStack(changes: Readonly<Record<string, unknown>> = {}, rest: Partial<PlannedStack> = {}): PlannedStack {
  const { plan, login, locate, kubeconfigContent } = routerStack(changes);
  const text = stackText("lab-dev", devConfig(changes)).text;
  const problems = { kubeconfig: [], login: [] };
  const state = () => Promise.resolve(fresh);
  return { name: "lab-dev", text, plan, login, locate, kubeconfig: "/home/me/.kube/config", kubeconfigContent, problems, state, ...rest };
}

/** The state of a stack that was never deployed. */
export const fresh: StateReading = { outputs: new Map() };

/** Returns the state of a stack with its routes on the router and some objects in its cluster, each as kind and name. */
export function upState({ plan }: PlannedStack, ...objects: readonly (readonly [kind: string, name: string])[]): StateReading {
  return { outputs: new Map([...stateAfter(plan), ...stateWith(...objects)]) };
}

/** Returns a line as the user sees it, without columns. */
export const text = ({ outcome, what, message, fix }: Line): string =>
  `${outcome} ${what}: ${message}${fix === undefined ? "" : `; ${fix}`}`;
