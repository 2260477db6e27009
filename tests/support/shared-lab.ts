import { after, afterEach } from "mocha";
import type { Lab } from "../../lab/lab";
import { endLab, raiseLab } from "./lab";

/** The stack whose cluster a shared lab has. */
export const SHARED_STACK = "lab-dev";

let raised: Promise<Lab> | undefined;
let isDamaged = false;

/**
 * Returns a lab with one cluster that all test files of a process share: it is raised once, and `make test` runs the files that call this in one
 * process. Each file deploys what it needs unless that is deployed, and leaves the stack as its file describes it. After a failed test the next file
 * gets a new lab.
 */
export async function sharedLab(): Promise<Lab> {
  if (isDamaged) await end();
  raised ??= raiseLab("test-shared", { stacks: [SHARED_STACK] });
  return raised;
}

async function end(): Promise<void> {
  const lab = await raised?.catch(() => undefined);
  [raised, isDamaged] = [undefined, false];
  await endLab(lab);
}

afterEach(function () {
  if (this.currentTest?.state === "failed") isDamaged = true;
});
after(end);
