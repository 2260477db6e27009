import { pinChart } from "../../cluster/survey/pinned-chart";
import type { MetalLbPlan } from "../../config/plan";
import { UserError } from "../../config/user-error";
import { componentError } from "../../engine/run-error";
import { refuse, type Component } from "./arguments";

/**
 * Returns the path of the archive that has the digest in the arguments.
 *
 * @throws pulumi.ResourceError if the chart has another digest or is not available
 */
export async function pinnedArchive(metallb: MetalLbPlan, component: Component): Promise<string> {
  const pinned = await pinChart(metallb, process.cwd()).catch((error: unknown) => {
    throw error instanceof UserError ? componentError(error.message, component.resource) : error;
  });
  if (pinned.finding !== undefined) refuse(component, [{ ...pinned.finding, path: "digest" }]);
  return pinned.path ?? "";
}
