import * as pulumi from "@pulumi/pulumi";

import { checkRouter, type Deps } from "../../preflight/router";
import { RouterUnreachable } from "../../router/ssh-errors";
import type { Stack } from "../../preflight/stack";
import { ROUTE_COMMAND, type Outputs } from "../../engine/state-contents";
import { hasNextHop, type Plan } from "../../config/plan";
import { parseWithOthers } from "../../config/household";
import { routeCommands } from "../../router/asus/script";
import { HOST_KEY } from "./host-key";
import { stackText } from "./plans";
import { listening } from "./program";
import { answerOf, type Situation } from "./readings";
import { devConfig, PROJECT } from "./stack-files";

/** The state before the first run. */
export const nothingLeft = { state: new Map<string, Outputs>(), pending: Promise.resolve({ creating: [], updating: [] }) };

/** Returns the stack lab-dev as the program reads it before its first run, with a pinned host key and some changes. */
export function routerStack(changes: Readonly<Record<string, unknown>> = {}): Stack {
  const config = devConfig({ "router.hostKey": HOST_KEY, ...changes });
  const { parsed, locate } = parseWithOthers("lab-dev", config, [stackText("lab-dev", config)]);
  const { plan } = parsed;
  if (!hasNextHop(plan)) throw new Error("the next hop is open");
  const kubeconfigContent = { text: "", folder: "/nowhere" };
  return {
    plan,
    kubeconfig: "",
    kubeconfigContent,
    login: { password: "se-cret" },
    values: {},
    locate,
    identity: { identity: undefined },
    ...nothingLeft,
  };
}

/** Returns the state of a stack with some objects in its cluster, each as kind and name. */
export function stateWith(...objects: readonly (readonly [kind: string, name: string])[]): Map<string, Outputs> {
  return new Map(objects.map(([kind, name], index) => [`urn:${index}`, { kind, metadata: { name } }]));
}

/** Returns the state after a run that applied the routes of a plan to a host. */
export function stateAfter(plan: Plan, host = plan.router.host): Map<string, Outputs> {
  const { stdin, identity } = routeCommands(plan.routes, { ...plan.router, owner: plan.cluster.name });
  return new Map([[`urn:pulumi:lab-dev::${PROJECT}${ROUTE_COMMAND}`, { triggers: [host, ...identity], stdin }]]);
}

/** Differences from {@link deps} and {@link routerStack}. */
type Circumstances = Partial<Deps & Pick<Stack, "state" | "pending">>;

/** Returns a dependency that must not be used. */
const unused = (what: string) => () => Promise.reject(new Error(`${what} was asked`));
export const silent = (host = "192.168.50.1") => Promise.reject(new RouterUnreachable(`${host}:22 does not answer (ECONNREFUSED)`));

/** Returns the dependencies of a first run, no preview, on a network without a router, with the test's changes. */
export function deps(changes: Partial<Deps> = {}): Partial<Deps> {
  return { query: () => silent(), readKey: unused("the host key"), isPreview: () => false, ...changes };
}

/** Returns a router in a situation. */
export const answering = (situation: Situation = {}) => ({
  query: () => Promise.resolve({ text: answerOf(situation), hostKey: HOST_KEY }),
});
export const preview = { isPreview: () => true };
/** Returns the state after a run that applied the routes of a stack to a host. */
export const up = ({ plan }: Stack = routerStack(), host?: string) => ({ state: stateAfter(plan, host) });

/** Runs the checks. @returns whether there is something to repair or to adopt, and the messages */
export async function checking(
  stack: Stack,
  ...changes: Circumstances[]
): Promise<{ repair: boolean; adopt?: true; warnings: string[]; notes: string[] }> {
  await pulumi.runtime.setMocks({ call: () => ({}), newResource: ({ name }) => ({ id: name, state: {} }) }, PROJECT, "lab-dev");
  const { state = stack.state, pending = stack.pending, ...others } = changes.reduce((all, some) => ({ ...all, ...some }), {});
  const { result, warnings, notes } = await listening(() => checkRouter({ ...stack, state, pending }, deps(others)));
  return { repair: result.repair, warnings, notes, ...(result.adopt ? { adopt: true } : {}) };
}

/** Returns the error with which the program ends. */
export const ending = (...problems: string[]) => ({
  name: "Error",
  message: ["lab-dev cannot be deployed:", ...problems.map((text) => `  Pulumi.lab-dev.yaml:${text}`)].join("\n"),
});
