import { pinChart } from "../cluster/survey/pinned-chart";
import { PlanError, cannotBeDeployed } from "../config/problem";
import { UserError } from "../config/user-error";
import { userError } from "../engine/run-error";
import type { Stack } from "./stack";

/**
 * Compares the chart's archive with `metallb.digest`, and keeps it in the cache for {@link MetalLb}.
 *
 * @throws pulumi.RunError if the archive has another digest or is not available
 */
export async function checkChartDigest({ plan, locate }: Pick<Stack, "plan" | "locate">): Promise<void> {
  const pinned = await pinChart(plan.metallb, process.cwd()).catch((error: unknown) => {
    throw error instanceof UserError ? userError(error.message) : error;
  });
  if (pinned.finding !== undefined) throw userError(new PlanError([locate(pinned.finding)], cannotBeDeployed(plan.stack)).message);
}
