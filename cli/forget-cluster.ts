import { createInterface } from "node:readline/promises";
import { apiServerOf, contentOf, NoAnswer } from "../cluster/api/kubeconfig";
import { readIdentity } from "../cluster/survey/identity";
import type { StackAmongOthers } from "../config/household";
import { projectFolder } from "../config/project";
import { UserError } from "../config/user-error";
import { identityIn } from "../engine/state-contents";
import { forgetCluster, readStack } from "./adopt/engine";
import { readState } from "./check/cli";
import type { PlaceOptions } from "./place";

export interface ForgetClusterOptions extends PlaceOptions {
  /** Asks nothing. */
  readonly yes?: boolean;
}

/**
 * Tells a stack that its cluster is gone, for example because it was rebuilt: the state forgets the cluster's identity and all objects in it, and keeps
 * the routes on the router. Neither cluster nor router is touched. The next `pulumi up` deploys to the cluster that answers then, and records that one.
 *
 * @throws UserError if the cluster that the stack is deployed to still answers, or if there is nothing to forget
 */
export async function forgetStackCluster(name: string, { yes = false }: ForgetClusterOptions): Promise<void> {
  const stack = await readStack(name);
  const { outputs, blocker } = await readState(name);
  if (outputs === undefined) throw new UserError(`The state of stack ${name} cannot be read: ${blocker?.message ?? "no reason given"}.`);
  const recorded = identityIn(outputs);
  const answering = await identityOf(stack);
  if (recorded !== undefined && answering === recorded)
    throw new UserError(
      `The cluster that stack ${name} is deployed to still answers (identity ${recorded}), and nothing was changed: ` +
        `"homelab destroy ${name}" removes the stack from it.`,
    );
  console.log(
    `Stack ${name} is deployed to ${recorded === undefined ? "a cluster without a recorded identity" : `the cluster with identity ${recorded}`}; ` +
      `${answering === undefined ? "no cluster answers now" : `the cluster that answers has identity ${answering}`}.\n` +
      "The state will forget that cluster and all objects in it. The routes stay on the router and in the state; nothing is deleted.",
  );
  if (!yes && !(await isConfirmed(name))) throw new UserError("Nothing was changed.");
  const forgotten = await forgetCluster(name);
  console.log(
    forgotten === 0
      ? `The state of stack ${name} has nothing of a cluster.`
      : `Stack ${name} has forgotten ${forgotten} objects. "pulumi up --stack ${name}" deploys to the cluster that answers then.`,
  );
}

/** The identity of the cluster that answers, if one does. */
async function identityOf({ parsed: { plan, kubeconfig } }: StackAmongOthers): Promise<string | undefined> {
  try {
    return await readIdentity(apiServerOf(contentOf(kubeconfig, projectFolder()), plan.cluster.context));
  } catch (error) {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  }
}

/** @throws UserError without a terminal */
async function isConfirmed(name: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UserError("Nothing was changed: there is no terminal to ask at; add --yes to go on without a question.");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Forget the cluster of ${name}? Type its name: `).finally(() => terminal.close());
  return answer.trim() === name;
}
