/** Checks of a cluster and its gateway that doctor, verify and drift share. */
import { read } from "../../cluster/api/api-client";
import { fixFor, type ApiServer } from "../../cluster/api/kubeconfig";
import { hasAddress, type NodeState } from "../../cluster/diagnosis/cluster-state";
import { findGateway } from "../../cluster/diagnosis/gateway";
import { reasonFor } from "../../config/user-error";
import { failed, found, ok, type Line } from "./check";
import type { PlannedStack } from "./stacks";

/** Reads the version of a cluster. @throws NoResponse */
export async function checkAnswer(server: ApiServer): Promise<Line> {
  const version = (await read<{ gitVersion: string }>(server, "/version"))?.gitVersion ?? "of unknown version";
  return ok("cluster", `${server.url.origin} answers, Kubernetes ${version}`);
}

/** Returns the line about a cluster that does not answer or rejects the request. */
export const noResponse = (error: unknown): Line => failed("cluster", reasonFor(error), fixFor(error));

/** Checks whether the gateway's address is the one that the plan's mode requires. */
export function checkGateway(stack: PlannedStack, nodes: readonly NodeState[]): Line {
  const { plan } = stack;
  const { address, mode } = plan.gateway;
  const finding = findGateway(plan, nodes);
  if (finding !== undefined) return found("failed", "gateway", stack, finding);
  if (mode !== "node") return ok("gateway", `${address} is not a node's own address, as mode ${mode} requires`);
  const holder = nodes.find((node) => hasAddress(node, address));
  return ok("gateway", `${address} is ${holder?.name}, a Ready master`);
}
