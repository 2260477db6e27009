import { messageOf } from "../../config/user-error";
import type { Progress } from "../progress";

/** One thing to make. */
export interface Step {
  readonly name: string;
  /** How long it took the last time; undefined if it never ran. */
  readonly seconds: number | undefined;
  readonly run: () => Promise<void>;
}

/** Returns the seconds until parallel lanes are done, from the durations of the last time; undefined if a step has never run. */
export function expectedSeconds(lanes: ReadonlyArray<readonly Step[]>): number | undefined {
  const sums = lanes.map((lane) => lane.reduce((sum, { seconds }) => sum + (seconds ?? NaN), 0));
  const longest = Math.max(0, ...sums);
  return Number.isNaN(longest) ? undefined : longest;
}

/**
 * Runs lanes side by side, and the steps of a lane in order. After a failure no further step starts, but running steps continue, because the next
 * run uses what they compile.
 */
export async function runLanes(lanes: ReadonlyArray<readonly Step[]>, progress: Progress): Promise<void> {
  const count = lanes.reduce((sum, lane) => sum + lane.length, 0);
  const inProgress = new Set<string>();
  let begun = 0;
  let failed = false;
  const runLane = async (lane: readonly Step[]): Promise<void> => {
    for (const { name, seconds, run } of lane) {
      if (failed) return;
      inProgress.add(name);
      try {
        await progress.step(`[${++begun}/${count}] ${name}`, run, seconds);
      } catch (error) {
        inProgress.delete(name);
        failed = true;
        if (inProgress.size > 0)
          progress.line(`      ${messageOf(error)}\n      Waiting for the running steps: ${[...inProgress].join(", ")}.`);
        throw error;
      }
      inProgress.delete(name);
    }
  };
  const running = lanes.map(runLane);
  await Promise.allSettled(running);
  await Promise.all(running);
}
