import * as pulumi from "@pulumi/pulumi";

import { orderPools } from "../cluster/diagnosis/pool-order";
import { checkCluster, type Checked } from "./cluster";
import { connectionOf } from "../cluster/api/connection";
import { releasePending } from "./interrupted-run";
import { surveyCluster } from "../cluster/survey/survey";
import { checkDestroy } from "./destroy";
import { isDestroy, readCommand } from "../engine/cli-invocation";
import { checkIdentity } from "./identity";
import { NoAnswer } from "../cluster/api/kubeconfig";
import { checkMissingResources } from "./missing-resources";
import { checkRouter, type Deps as RouterDeps, type RoutesChecked } from "./router";
import type { Stack } from "./stack";
import { webhookAnswers } from "./webhook-ready";

/** What the checks depend on: the real functions, except in tests. */
export interface Deps extends Pick<RouterDeps, "ask" | "see"> {
  /** Reads what the CLI runs the program for. */
  readonly readCommand: typeof readCommand;
}

/** What is known before anything is registered. */
export interface Checks {
  readonly cluster: Checked & {
    /** Resolves when the webhook takes pools. */
    readonly ready: () => Promise<void>;
  };
  readonly routes: RoutesChecked;
  /** The identity of the cluster; undefined as long as none has answered. */
  readonly identity: string | undefined;
  /** Whether the stack must not be destroyed. */
  readonly protect: boolean;
  /** Whether that is what the program runs for: then nothing is to be waited for. */
  readonly destroy: boolean;
}

/**
 * Holds the plan against router and cluster. Nothing may be touched before it is known that the router takes the routes, nor registered before the
 * cluster is rid of what would refuse it. Where the stack is to be destroyed, says what that takes away.
 *
 * @throws pulumi.RunError with every reason why the plan cannot be brought.
 */
export async function check(stack: Stack, deps: Partial<Deps> = {}): Promise<Checks> {
  const { pools } = stack.plan;
  const command = (deps.readCommand ?? readCommand)();
  const { identity, silence } = stack.identity;
  // A cluster that kept silent is not waited for once more.
  const survey = silence === undefined ? surveyCluster : () => Promise.reject(silence);
  if (isDestroy(command)) {
    const protect = await checkDestroy(stack, survey);
    const cluster = {
      answers: false,
      waited: false,
      orphanedWebhook: false,
      steps: orderPools(pools, []).steps,
      ready: () => Promise.resolve(),
    };
    return { cluster, routes: { repair: false, adopt: false }, identity, protect, destroy: true };
  }
  const routed = checkRouter(stack, deps);
  const surveyed = checkCluster(stack, { ready: routed, survey }).then(async (cluster) => {
    if (cluster.answers) await unlessSilent(() => checkMissingResources(stack, command, cluster.waited));
    return cluster;
  });
  const [routes, cluster] = await Promise.all([routed, surveyed]);
  // The provider may reach a cluster that has come up since the comparison.
  const again = silence === undefined || pulumi.runtime.isDryRun() ? stack.identity : await checkIdentity(stack);
  const { creating } = await stack.pending;
  if (cluster.answers && !pulumi.runtime.isDryRun()) await unlessSilent(() => releasePending(stack, creating));
  return {
    cluster: { ...cluster, ready: () => webhookAnswers(connectionOf(stack)) },
    routes,
    identity: again.identity,
    protect: pools.some(({ protect }) => protect),
    destroy: false,
  };
}

/** Of a cluster that has answered before; where it has fallen silent since, the provider will say so. */
async function unlessSilent(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
  }
}
