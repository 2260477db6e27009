import { chooseGateway } from "../cluster/diagnosis/auto-gateway";
import { isIpv4 } from "../config/address/address";
import { hasNextHop, withNextHop, type Plan } from "../config/plan";
import { cannotBeDeployed, PlanError, quote, type Finding } from "../config/problem";
import { connectionOf } from "../cluster/api/connection";
import { readNodeStates } from "../cluster/survey/reader";
import { NoResponse } from "../cluster/api/kubeconfig";
import type { LoadedStack } from "../config/stack-loader";

/** The dependencies for choosing the next hop. */
export interface Deps {
  readonly nodes: typeof readNodeStates;
  /** Returns the next hop of the last run; undefined before the first. */
  readonly previousHop: () => Promise<string | undefined>;
  readonly log: (text: string) => void;
}

/**
 * Returns the plan with its next hop. If the stack file says `auto`, the next hop is the address of a Ready master in the cluster, or the
 * one of the last run if the cluster does not answer.
 *
 * @throws PlanError if there is no Ready master and no next hop of a last run
 */
export async function resolveNextHop(
  stack: Pick<LoadedStack, "plan" | "kubeconfigContent" | "locate">,
  { previousHop, log, nodes = readNodeStates }: Pick<Deps, "previousHop" | "log"> & Partial<Deps>,
): Promise<Plan> {
  const { plan, locate } = stack;
  if (hasNextHop(plan)) return plan;
  const before = await previousHop();
  const refuse = (rule: string): PlanError => {
    const finding: Finding = {
      path: "gateway.addresses[0]",
      value: quote("auto"),
      rule,
      fix: "start a master, or write the address of one",
    };
    return new PlanError([locate(finding)], cannotBeDeployed(plan.stack));
  };
  try {
    const found = chooseGateway(await nodes(connectionOf(stack)), plan.router.lan, before);
    if (found !== undefined) {
      const change = before === undefined || before === found.address ? "" : `; it was ${before}, which is no longer a Ready master's`;
      log(`The next hop is ${found.address}, of master ${found.node}${change}.`);
      return withNextHop(plan, found.address);
    }
    if (before === undefined || !isIpv4(before))
      throw refuse(`cluster ${plan.cluster.name} has no Ready master with an address on the LAN`);
    return withNextHop(plan, before);
  } catch (error) {
    if (!(error instanceof NoResponse)) throw error;
    if (before === undefined || !isIpv4(before))
      throw refuse(`cluster ${plan.cluster.name} cannot be read to choose a master: ${error.message}`);
    log(`The next hop stays ${before}, because cluster ${plan.cluster.name} cannot be read to choose a master: ${error.message}.`);
    return withNextHop(plan, before);
  }
}
