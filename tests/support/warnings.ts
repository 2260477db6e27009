import type { Lab } from "../../lab/lab";
import { until } from "../../lab/wait";
import { pulumi } from "./lab";
import { printed } from "./stack-edit";

/** Returns the warnings of a preview that reached its cluster. A slow machine can make the cluster seem unreachable for a moment. */
export function warningsOf(lab: Lab, stack: string, ...options: readonly string[]): Promise<string[]> {
  return until("a preview that has heard of the cluster", async () => {
    const lines = printed(await pulumi(lab, stack, ["preview", ...options]));
    const isDeaf = lines.some((line) => line.includes("are not checked against cluster"));
    return !isDeaf && lines.filter((line) => line.startsWith("warning"));
  });
}
