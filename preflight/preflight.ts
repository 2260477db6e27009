import * as pulumi from "@pulumi/pulumi";

import { orderPools } from "../cluster/diagnosis/pool-order";
import { checkCluster, type Checked } from "./cluster";
import { connectionOf } from "../cluster/api/connection";
import { releasePending } from "./interrupted-run";
import { restoreAltered } from "./altered-objects";
import { surveyCluster } from "../cluster/survey/survey";
import { checkDestroy, isStateEnough } from "./destroy";
import { isDestroy, readCommand } from "../engine/cli-invocation";
import { checkIdentity } from "./identity";
import { NoResponse } from "../cluster/api/kubeconfig";
import { checkMissingResources } from "./missing-resources";
import { allOf } from "../engine/run-error";
import { needsRecords, noRecords, type RecordsChecked } from "./records-needed";
import { checkRouter, type Deps as RouterDeps, type RoutesChecked } from "./router";
import type { Stack } from "./stack";
import { waitForWebhook } from "../cluster/survey/webhook-ready";

/** The dependencies of the checks: the real functions, except in tests. */
export interface Deps extends Pick<RouterDeps, "query" | "readKey"> {
  /** Reads for which command the CLI runs the program. */
  readonly readCommand: typeof readCommand;
}

/** The results of the checks. */
export interface Checks {
  readonly cluster: Checked & {
    /** Resolves when the webhook accepts pools. */
    readonly ready: () => Promise<void>;
  };
  readonly routes: RoutesChecked;
  readonly records: RecordsChecked;
  /** The identity of the cluster; undefined if no cluster has ever answered. */
  readonly identity: string | undefined;
  /** Whether the stack must not be destroyed. */
  readonly protect: boolean;
  /** Whether the program runs for a destroy. Then nothing needs to be waited for. */
  readonly destroy: boolean;
  /** Whether the engine can destroy the stack by its state, so that no resource needs to be registered. */
  readonly isStateEnough: boolean;
}

/**
 * Compares the plan with router and cluster before any resource is registered. The cluster changes only after the router's check has
 * passed. For a destroy, reports what it deletes.
 *
 * @throws pulumi.RunError with every reason why the plan cannot be deployed
 */
export async function check(stack: Stack, deps: Partial<Deps> = {}): Promise<Checks> {
  const { pools } = stack.plan;
  const command = (deps.readCommand ?? readCommand)();
  const { identity, noResponse } = stack.identity;
  // A second request to a cluster that did not answer would only wait for another timeout.
  const survey = noResponse === undefined ? surveyCluster : () => Promise.reject(noResponse);
  if (isDestroy(command)) {
    const protect = await checkDestroy(stack, survey);
    const cluster = {
      answers: false,
      hasWaited: false,
      orphanedWebhook: false,
      withoutDryRun: [],
      steps: orderPools(pools, []).steps,
      ready: () => Promise.resolve(),
    };
    const [routes, records] = [{ repair: false, adopt: false }, await recordsToDestroy(stack)];
    return { cluster, routes, records, identity, protect, destroy: true, isStateEnough: !protect && isStateEnough(stack, command) };
  }
  if (stack.plan.metallb.digest !== undefined) await (await import("./chart-digest")).checkChartDigest(stack);
  const routerChecked = allOf(checkRouter(stack, deps), checkRecords(stack, deps));
  const clusterChecked = checkCluster(stack, { ready: routerChecked, survey }).then(async (cluster) => {
    const seen = cluster.answers ? await unlessUnreachable(() => checkMissingResources(stack, command, cluster.hasWaited)) : undefined;
    return { cluster, seen };
  });
  const [[routes, records], { cluster, seen }] = await allOf(routerChecked, clusterChecked);
  // The provider could reach a cluster that did not answer when the program compared it.
  const again = noResponse === undefined || pulumi.runtime.isDryRun() ? stack.identity : await checkIdentity(stack);
  // A refresh changes the state and not the cluster.
  const changesNothing = pulumi.runtime.isDryRun() || command?.verb === "refresh";
  const altered = seen === undefined ? [] : ((await unlessUnreachable(() => restoreAltered(stack, changesNothing, seen))) ?? []);
  const { creating } = await stack.pending;
  if (cluster.answers && !pulumi.runtime.isDryRun()) await unlessUnreachable(() => releasePending(stack, creating));
  return {
    cluster: { ...cluster, withoutDryRun: [...cluster.withoutDryRun, ...altered], ready: () => waitForWebhook(connectionOf(stack)) },
    routes,
    records,
    identity: again.identity,
    protect: pools.some(({ protect }) => protect),
    destroy: false,
    isStateEnough: false,
  };
}

/** Ignores that the cluster does not answer any more. It has answered before, and the provider will report the error. */
async function unlessUnreachable<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NoResponse)) throw error;
    return undefined;
  }
}

async function recordsToDestroy(stack: Stack): Promise<RecordsChecked> {
  return needsRecords(stack) ? (await import("./records")).recordsToDestroy(stack) : noRecords;
}

async function checkRecords(stack: Stack, deps: Partial<Deps>): Promise<RecordsChecked> {
  return needsRecords(stack) ? (await import("./records")).checkRecords(stack, deps) : noRecords;
}
