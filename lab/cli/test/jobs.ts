import * as fs from "node:fs";
import * as path from "node:path";
import { repository } from "../../../config/project";
import { SHARED_LABS, type SharedLab } from "./shared-labs";

/** One process of a test run: a check, or one mocha for one or more test files. */
export interface Job {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The duration in seconds on two idle cores, used until the job has run on this machine. */
  readonly expectedSeconds: number;
  /** Whether the job mostly waits. Such jobs run one after the other, beside others. */
  readonly waits?: boolean;
}

const program = (name: string): string => path.join(repository, "node_modules", ".bin", name);

/** Returns the jobs that need no lab: checks of the clone's files, and the unit tests in a copy of it. */
export function quickJobs(copy: string): Job[] {
  const check = (name: string, bin: string, ...args: string[]): Job => ({
    name,
    program: program(bin),
    args,
    cwd: repository,
    expectedSeconds: 20,
  });
  // Results are cached by the content of files. Those of ESLint are not, because its rules read types of other files.
  const cachePath = (name: string): string => path.join(repository, "node_modules", ".cache", "checks", name);
  const cache = (name: string): string[] => ["--cache", "--cache-strategy", "content", "--cache-location", cachePath(name)];
  return [
    check("format", "prettier", "--check", ...cache("format"), "."),
    check("lint", "eslint", "."),
    check("spelling", "cspell", "--no-progress", ...cache("spelling")),
    check("terms", "cspell", "--no-progress", "--config", "terms.yaml", ...cache("terms")),
    { ...check("types", "tsc", "--checkers", "1"), program: path.join(repository, "node_modules", "@typescript", "native", "bin", "tsc") },
    { name: "unit tests", program: "npm", args: ["test", "--silent"], cwd: copy, expectedSeconds: 60 },
  ];
}

interface Suite {
  readonly folders: readonly string[];
  /** The time limit of one test, in milliseconds. */
  readonly timeout: number;
  readonly expectedSeconds: number;
  readonly waits: boolean;
}

const COMPONENT_TESTS: Suite = {
  folders: [...["command-provider", "host", "metallb", "router", "tools"].map((name) => `tests/lab/${name}`), "tests/report/browser"],
  timeout: 180_000,
  expectedSeconds: 20,
  // A router needs little of a core and of the memory, and its tests wait for reboots, locks and commands that hang.
  waits: true,
};
const END_TO_END_TESTS: Suite = { folders: ["tests/e2e"], timeout: 600_000, expectedSeconds: 70, waits: false };

/** Returns the jobs that need root and the lab's tools: one for each shared lab, and one for each other test file. */
export function labJobs(copy: string): Job[] {
  const shared = SHARED_LABS.flatMap(({ files }) => files.map(endToEnd));
  const alone = [COMPONENT_TESTS, END_TO_END_TESTS].flatMap(({ folders, ...suite }) =>
    folders
      .flatMap((folder) => fs.readdirSync(path.join(copy, folder)).map((file) => path.join(folder, file)))
      .filter((file) => file.endsWith(".test.ts") && !shared.includes(file))
      .map((file) => fileJob(file, copy, suite.waits ? suite : { ...suite, expectedSeconds: secondsOf(copy, [file]) })),
  );
  return [...SHARED_LABS.map((lab) => sharedJob(lab, copy)), ...alone];
}

const endToEnd = (name: string): string => path.join("tests", "e2e", `${name}.test.ts`);

/** Estimates the time of test files that run for the first time: of such files, a longer one takes longer. */
const secondsOf = (copy: string, files: readonly string[]): number =>
  Math.round(files.reduce((bytes, file) => bytes + fs.statSync(path.join(copy, file)).size, 0) / 60);

/** Returns the job of all test files with the same lab, in one process, which raises it once. */
function sharedJob({ files }: SharedLab, cwd: string): Job {
  const paths = files.map(endToEnd);
  const job = fileJob(endToEnd(`{${files.join(",")}}`), cwd);
  return { ...job, args: mochaArgs(END_TO_END_TESTS.timeout, ...paths), expectedSeconds: secondsOf(cwd, paths) };
}

const mochaArgs = (timeout: number, ...files: readonly string[]): string[] => ["--timeout", String(timeout), ...files];

/** Returns the job of a test file that raises labs. */
export function fileJob(file: string, cwd: string, { timeout, expectedSeconds, waits }: Omit<Suite, "folders"> = END_TO_END_TESTS): Job {
  return { name: file, program: program("mocha"), args: mochaArgs(timeout, file), cwd, expectedSeconds, waits };
}
