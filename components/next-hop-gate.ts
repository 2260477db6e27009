import * as pulumi from "@pulumi/pulumi";

import { NEXT_HOP } from "../network/next-hop";
import type { ClusterQuestion } from "./cluster-reader";
import { readAnnouncements } from "./cluster-survey";
import { apiServerOf, NoAnswer } from "./kubeconfig";
import { arrival } from "./arrival";
import type { NextHop } from "./next-hop";
import { userError } from "./user-error";
import { until, type Waiting } from "./waiting";

const forSpeaker: Waiting = { limit: 60_000, interval: 500, word: 10_000 };

/** The next hop, once a node announces it; in a preview, at once. */
export function announced({ service }: NextHop, question: ClusterQuestion): Promise<pulumi.Resource[]> {
  if (pulumi.runtime.isDryRun()) return Promise.resolve([service]);
  return arrival(service)
    .then(() => nextHopAnnounced(question))
    .then(() => [service]);
}

/**
 * Waits until a node announces the floating next hop: the router takes no route to an address at which nobody answers. Where the program cannot ask the
 * cluster itself, the router's answer has to do.
 *
 * @throws pulumi.RunError where nobody announces it in time.
 */
export async function nextHopAnnounced({ kubeconfig, context, namespace }: ClusterQuestion, waiting = forSpeaker): Promise<void> {
  const name = `${namespace}/${NEXT_HOP}`;
  try {
    const server = apiServerOf(kubeconfig, context);
    const announced = async () => (await readAnnouncements(server)).some(({ service }) => service === name);
    if (await until(waiting, "No node announces the next hop yet: waiting for it, before the route leads there.", announced)) return;
  } catch (error) {
    if (error instanceof NoAnswer) return;
    throw error;
  }
  throw userError(
    `No node has announced the next hop (service ${name}) within ${waiting.limit / 1000} s, so that no route can lead there; see which masters have a ` +
      `speaker by "kubectl get pods --namespace ${namespace} --output wide".`,
  );
}
