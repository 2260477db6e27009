import * as os from "node:os";
import * as path from "node:path";
import { messageOf } from "../../config/user-error";
import { cacheFolder } from "../folders";
import { LastTimes } from "../last-times";
import { provideActionlint, provideLaterChart } from "../tools/extras";
import { providePipPrograms } from "../tools/pip";
import { inTestRun, provideForTests } from "./test-run";
import { labJobs, quickJobs, type Job } from "./test/jobs";
import { Queue } from "./test/queue";
import { summaryOf } from "./test/summary";

/** Everything that must hold, whatever the stack files of the clone are: the checks, the unit tests, the lab's parts, and the whole way end to end. */
export const test = (): Promise<void> =>
  inTestRun((folder) =>
    runJobs(quickJobs(folder), labJobs(folder), async () => {
      const progress = await provideForTests();
      await provideLaterChart(progress);
      await provideActionlint(progress);
      await providePipPrograms(progress);
    }),
  );

/** Memory of one file of end-to-end tests with its lab of up to three nodes, in bytes. */
const LAB_MEMORY = 3 * 2 ** 30;

/**
 * Runs jobs side by side; whatever stops them, the last line says how many tests passed and failed.
 *
 * @param quick what begins at once
 * @param slow what begins when the tools are there
 * @param provide builds the tools
 */
export async function runJobs(quick: readonly Job[], slow: readonly Job[], provide: () => Promise<unknown>): Promise<void> {
  // One more than there are cores: each waits half of its time, for a probe's delay or an answer that must not come.
  const atOnce = Math.max(1, Math.min(os.availableParallelism() + 1, Math.floor(os.freemem() / LAB_MEMORY)));
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
