import * as os from "node:os";
import * as path from "node:path";
import { messageOf } from "../../config/user-error";
import { cacheFolder } from "../folders";
import { LastTimes } from "../last-times";
import { provideActionlint } from "../tools/extras";
import { providePipPrograms } from "../tools/pip";
import { inTestRun, provideForTests } from "./test-run";
import { labJobs, quickJobs, type Job } from "./test/jobs";
import { Queue } from "./test/queue";
import { summaryOf } from "./test/summary";

/** Runs every check, which must pass with any stack files in the clone: static checks, unit tests, the lab's tests, and end-to-end tests. */
export const test = (): Promise<void> =>
  inTestRun((folder) =>
    runJobs(quickJobs(folder), labJobs(folder), async () => {
      const progress = await provideForTests();
      await provideActionlint(progress);
      await providePipPrograms(progress);
    }),
  );

/** The memory of one end-to-end test file with a lab of up to three nodes, in bytes. */
const LAB_MEMORY = 3 * 2 ** 30;

/**
 * Runs jobs side by side. The last line always says how many tests passed and failed.
 *
 * @param quick jobs that start at once
 * @param slow jobs that start when the tools are built
 * @param provide builds the tools
 */
export async function runJobs(quick: readonly Job[], slow: readonly Job[], provide: () => Promise<unknown>): Promise<void> {
  // Two more than cores, because a job waits half of the time, for a probe's delay or for an answer that must not come. More would wait less,
  // but each lab that is up takes a tenth of a core even while its tests wait.
  const atOnce = Math.max(1, Math.min(os.availableParallelism() + 2, Math.floor(os.freemem() / LAB_MEMORY)));
  const queue = new Queue(atOnce, new LastTimes(path.join(cacheFolder, "test-seconds.json")));
  queue.expect([...quick, ...slow]);
  const heartbeat = setInterval(() => console.log(queue.progress()), 60_000);
  const errors: string[] = [];
  const begun = queue.run(quick);
  const results = await provide().then(
    () => queue.run(slow),
    (error: unknown) => {
      errors.push(messageOf(error));
      return [];
    },
  );
  const { text, failures } = summaryOf([...(await begun), ...results], errors);
  clearInterval(heartbeat);
  console.log(text);
  if (failures > 0) process.exitCode = 1;
}
