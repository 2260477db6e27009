import assert from "node:assert/strict";
import * as path from "node:path";
import { after, afterEach } from "mocha";
import { SHARED_LABS, type SharedLab } from "../../lab/cli/test/shared-labs";
import type { Lab } from "../../lab/lab";
import { endLab, pulumi, raiseLab } from "./lab";
import type { Secrets } from "./secrets";

let raised: { readonly shared: SharedLab; readonly lab: Promise<Lab> } | undefined;
let isDamaged = false;
let secrets: Secrets = {};

/** The stacks of the shared lab that are known to be deployed as their files describe. A test that leaves a stack otherwise removes its name. */
export const deployed = new Set<string>();

/**
 * Returns the lab that a test file shares with others, as lab/cli/test/shared-labs.ts lists them. It is raised once in a process. Each file deploys
 * what it needs unless that is deployed, and leaves the stack files, the nodes, and what else the files after it use, as it found them. After a
 * failed test the next file gets a new lab.
 */
export async function sharedLab(file: string): Promise<Lab> {
  const name = path.basename(file, ".test.ts");
  const shared = SHARED_LABS.find(({ files }) => files.includes(name));
  assert.ok(shared, `${file} is in no list of lab/cli/test/shared-labs.ts`);
  if (isDamaged || raised?.shared !== shared) await end();
  // Named after the first file, because processes with different files of the same list can run side by side.
  raised ??= { shared, lab: raiseLab(`test-e2e-${name}`, shared.size) };
  return raised.lab;
}

/** Deploys a stack of the shared lab, unless it is known to be deployed. */
export async function deploy(lab: Lab, stack: string): Promise<void> {
  if (!deployed.has(stack)) await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
  deployed.add(stack);
}

/** Searches for secrets of a test too when the shared lab is removed. */
export function searchFor(more: Secrets): void {
  secrets = { ...secrets, ...more };
}

async function end(): Promise<void> {
  const lab = await raised?.lab.catch(() => undefined);
  const more = secrets;
  [raised, isDamaged, secrets] = [undefined, false, {}];
  deployed.clear();
  await endLab(lab, more);
}

afterEach(function () {
  if (this.currentTest?.state !== "failed") return;
  isDamaged = true;
  deployed.clear();
});
after(end);
