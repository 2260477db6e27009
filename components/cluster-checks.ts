import * as pulumi from "@pulumi/pulumi";

import { findGateway, findLosses } from "../network/findings";
import { formatProblem, PlanError } from "../network/problem";
import { readCluster } from "./cluster-reader";
import { NoAnswer } from "./kubeconfig";
import type { Stack } from "./stack-config";
import { userError } from "./user-error";

/**
 * Holds the plan against its cluster, and warns before something goes wrong: of a gateway that is no Ready master's, and of services that are about to
 * lose their address. A cluster that does not answer is said in one line, and holds nothing up.
 *
 * @param read asks the cluster
 * @throws pulumi.RunError for a wrong gateway where `gateway.mustBeMaster` is true.
 */
export async function checkCluster({ plan, kubeconfigContent, locate }: Stack, read = readCluster): Promise<void> {
  const { cluster, metallb, gateway } = plan;
  const question = { kubeconfig: kubeconfigContent, context: cluster.context, namespace: metallb.namespace };
  const state = await read(question).catch((error: unknown) => {
    void pulumi.log.info(`Gateway and services are not checked against cluster ${cluster.name}: ${reasonOf(error)}.`);
  });
  if (state === undefined) return;
  const losses = findLosses(plan, state);
  if (losses !== undefined) void pulumi.log.warn(formatProblem(locate(losses)));
  const wrongGateway = findGateway(plan, state.nodes);
  if (wrongGateway === undefined) return;
  const problem = locate(wrongGateway);
  if (gateway.mustBeMaster) throw userError(new PlanError([problem]).message);
  void pulumi.log.warn(formatProblem(problem));
}

/** The texts of other errors are not ours, and may quote what was read or sent: their codes tell enough. */
function reasonOf(error: unknown): string {
  if (error instanceof NoAnswer) return error.message;
  const { code, name } = error as NodeJS.ErrnoException;
  return `it cannot be asked (${code ?? name})`;
}
