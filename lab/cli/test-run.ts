import * as path from "node:path";
import { cacheFolder } from "../folders";
import { withFileLock } from "../lock";
import { Progress } from "../progress";
import { checkMachine } from "../requirements";
import { provideEarlierMetallb, provideHelm } from "../tools/extras";
import { provideTools, readStock } from "../tools/toolbox";
import { inOtherHousehold } from "./other-household";

/**
 * Runs tests in a copy of the clone. Test runs wait for each other, because labs with the same name would end each other.
 *
 * @param work gets the copy's folder
 */
export async function inTestRun(work: (folder: string) => Promise<void>): Promise<void> {
  const wait = (): void => console.log("Another test run is using this machine: waiting for it.");
  await withFileLock(path.join(cacheFolder, "locks", "tests"), () => inOtherHousehold(work), wait);
}

/** Provides what every test in a lab needs, and checks the machine. */
export async function provideForTests(): Promise<Progress> {
  const stock = await readStock();
  await checkMachine(stock.missing);
  const progress = new Progress();
  await provideTools(progress, stock);
  await provideHelm(progress);
  await provideEarlierMetallb(progress);
  return progress;
}
