import * as pulumi from "@pulumi/pulumi";

import { idOf, type KubeObject } from "../cluster/manifests/kube-object";
import { ask, METADATA_ONLY, type Metadata } from "../cluster/api/api-client";
import { connectionOf } from "../cluster/api/connection";
import type { EngineCommand } from "../engine/cli-invocation";
import { apiServerOf, type ApiServer } from "../cluster/api/kubeconfig";
import { collectionOf, objectIn } from "../cluster/api/resource-path";
import type { Stack } from "./stack";
import { userError } from "../engine/run-error";
import { waitFor, type Waiting } from "./waiting";

const forEnd: Waiting = { limit: 120_000, interval: 500, word: 10_000 };

/** How many objects a message names. */
const NAMED = 5;

/**
 * Looks whether what the stack has made in its cluster is there: without a refresh the engine takes that for granted, and would bring back nothing that
 * was deleted by hand, or by a destroy that was cut off before it heard of it. A refresh looks itself, before the program runs, and takes for there what is
 * in deletion. Looked at after the cluster has answered other questions.
 *
 * @param waited whether the namespace was in deletion until now
 * @throws pulumi.RunError where something is missing; in a preview, and where it is not known whether this run refreshes, that is a warning.
 */
export async function checkMissingResources(
  stack: Stack,
  command: EngineCommand | undefined,
  waited = false,
  isPreview = pulumi.runtime.isDryRun(),
): Promise<void> {
  const objects = [...stack.state.values()].flatMap((outputs) => objectIn(outputs) ?? []);
  if (objects.length === 0) return;
  const connection = connectionOf(stack);
  const server = apiServerOf(connection.kubeconfig, connection.context);
  const refreshed = command?.refresh === true;
  let missing: KubeObject[] = [];
  let late = waited;
  const isStable = async (): Promise<boolean> => {
    const { present, leaving } = await look(server, objects);
    missing = objects.filter((object) => present.get(collectionOf(object))?.has(object.metadata.name) === false);
    late ||= leaving > 0;
    return leaving === 0 || isPreview;
  };
  await waitFor(forEnd, "Waiting until objects of the stack that are being deleted are gone.", isStable);
  if (missing.length === 0 || (refreshed && !late)) return;
  const { plan } = stack;
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : "";
  const names = `${missing.slice(0, NAMED).map(idOf).join(", ")}${more}`;
  const what = refreshed
    ? `Cluster ${plan.cluster.name} was still deleting objects of this stack when this run checked: ${names}`
    : `Cluster ${plan.cluster.name} lacks objects of this stack: ${names}`;
  const joint = refreshed ? "; " : ", ";
  const fix = refreshed
    ? `they are gone now; run "pulumi up --refresh --stack ${plan.stack}" again to restore them`
    : `deleted by hand or by an interrupted run; "pulumi up --refresh --stack ${plan.stack}" restores them`;
  if (!isPreview && command !== undefined) throw userError(`${what}${joint}${fix}; nothing was changed.`);
  void pulumi.log.warn(`${what}${joint}${fix}.`);
}

/** The names at each path, but for those that the user may not list, and how many of the objects asked for are in deletion. */
async function look(server: ApiServer, objects: readonly KubeObject[]) {
  const paths = [...new Set(objects.map(collectionOf))];
  const wanted = new Set(objects.map((object) => `${collectionOf(object)}/${object.metadata.name}`));
  const answers = await Promise.all(paths.map(async (path) => ({ path, answer: await ask(server, path, undefined, METADATA_ONLY) })));
  const present = new Map<string, Set<string>>();
  let leaving = 0;
  for (const { path, answer } of answers) {
    if (answer.status !== 200 && answer.status !== 404) continue;
    const { items = [] } = answer.status === 404 ? {} : (JSON.parse(answer.body) as { items?: { metadata: Metadata }[] | null });
    const found = (items ?? []).map(({ metadata }) => metadata);
    leaving += found.filter(({ name, deletionTimestamp }) => deletionTimestamp !== undefined && wanted.has(`${path}/${name}`)).length;
    present.set(path, new Set(found.map(({ name }) => name)));
  }
  return { present, leaving };
}
