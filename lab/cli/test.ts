import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { cacheFolder } from "../folders";
import { repository } from "../../config/project";
import { messageOf } from "../../config/user-error";
import { inTestRun, provideForTests } from "./test-run";
import { provideActionlint, provideLaterChart } from "../tools/extras";
import { providePipPrograms } from "../tools/pip";

interface Counts {
  readonly passes: number;
  readonly failures: number;
  readonly pending: number;
  readonly unexplained: readonly string[];
}

const checks: ReadonlyArray<readonly [name: string, program: string, ...args: string[]]> = [
  ["format", "prettier", "--check", "."],
  ["lint", "eslint", "."],
  ["types", "tsc"],
];

/** Everything that must hold, whatever the stack files of the clone are: the checks, the unit tests, the lab's parts, and the whole way end to end. */
export const test = (): Promise<void> => inTestRun(runSuites);

/**
 * Runs the suites one after the other; whatever stops them, the last line says how many tests passed and failed.
 *
 * @param folder the copy of the clone that the suites run in; format, lint and types are of the clone itself
 */
async function runSuites(folder: string): Promise<void> {
  const failed: string[] = [];
  const counted: Counts[] = [];
  try {
    for (const [name, program, ...args] of checks) if (!(await passes(name, program, args))) failed.push(name);
    counted.push(await mocha("unit tests", "test", folder));
    const progress = await provideForTests();
    await provideLaterChart(progress);
    await provideActionlint(progress);
    await providePipPrograms(progress);
    counted.push(await mocha("the lab's parts", "parts", folder));
    const endToEnd = await mocha("end to end, in a lab of its own", "e2e", folder);
    if (endToEnd.passes === 0) failed.push("the end-to-end tests did not run");
    counted.push(endToEnd);
  } catch (error) {
    failed.push(messageOf(error));
  }
  for (const title of counted.flatMap(({ unexplained }) => unexplained)) failed.push(`skipped without a reason: ${title}`);
  if (failed.length > 0) console.log(`\nFailed besides the tests:\n  ${failed.join("\n  ")}`);
  const sum = (pick: (counts: Counts) => number): number => counted.reduce((total, counts) => total + pick(counts), 0);
  const failures = sum((counts) => counts.failures) + failed.length;
  console.log(`\n${sum(({ pending }) => pending)} skipped, each with its reason above`);
  console.log(`${sum((counts) => counts.passes)} passed, ${failures} failed`);
  if (failures > 0) process.exitCode = 1;
}

async function passes(name: string, program: string, args: readonly string[]): Promise<boolean> {
  console.log(`\n== ${name}`);
  const { exitCode } = await execa(path.join(repository, "node_modules", ".bin", program), [...args], {
    cwd: repository,
    stdio: "inherit",
    reject: false,
  });
  return exitCode === 0;
}

/** Runs one suite of package.json, in a process of its own; a suite that dies before its end counts as one failure. */
async function mocha(title: string, suite: "test" | "parts" | "e2e", cwd: string): Promise<Counts> {
  console.log(`\n== ${title}`);
  const scratch = fs.mkdtempSync(path.join(cacheFolder, "test-"));
  const counts = path.join(scratch, "counts.json");
  const { exitCode } = await execa("npm", ["run", "--silent", suite], {
    cwd,
    stdio: "inherit",
    reject: false,
    env: { HOMELAB_TEST_COUNTS: counts },
  });
  const found = fs.existsSync(counts)
    ? (JSON.parse(fs.readFileSync(counts, "utf8")) as Counts)
    : { passes: 0, failures: 0, pending: 0, unexplained: [] };
  fs.rmSync(scratch, { recursive: true, force: true });
  return exitCode !== 0 && found.failures === 0 ? { ...found, failures: 1 } : found;
}
