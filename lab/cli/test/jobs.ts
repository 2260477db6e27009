import * as fs from "node:fs";
import * as path from "node:path";
import { repository } from "../../../config/project";

/** One process of a test run: a check, or one mocha with the tests of one or more files. */
export interface Job {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Seconds that it takes on two quiet cores, where it was never timed on this machine. */
  readonly guess: number;
}

const program = (name: string): string => path.join(repository, "node_modules", ".bin", name);

/** What needs no lab: format, lint and types of the clone itself, and the unit tests in the copy. */
export function quickJobs(copy: string): Job[] {
  const check = (name: string, bin: string, ...args: string[]): Job => ({ name, program: program(bin), args, cwd: repository, guess: 20 });
  return [
    check("format", "prettier", "--check", "."),
    check("lint", "eslint", "."),
    check("types", "tsc"),
    { name: "unit tests", program: "npm", args: ["test", "--silent"], cwd: copy, guess: 60 },
  ];
}

interface Suite {
  readonly folders: readonly string[];
  /** Of one test, in milliseconds. */
  readonly timeout: number;
  readonly guess: number;
}

const PARTS: Suite = {
  folders: [...["command-provider", "host", "metallb", "router", "tools"].map((name) => `tests/lab/${name}`), "tests/report/browser"],
  timeout: 180_000,
  guess: 20,
};
const END_TO_END: Suite = { folders: ["tests/e2e"], timeout: 600_000, guess: 70 };

/** What needs root and the lab's tools: a job for each file of tests. */
export const labJobs = (copy: string): Job[] =>
  [PARTS, END_TO_END].flatMap(({ folders, ...suite }) =>
    folders.flatMap((folder) =>
      fs
        .readdirSync(path.join(copy, folder))
        .filter((file) => file.endsWith(".test.ts"))
        .map((file) => fileJob(path.join(folder, file), copy, suite)),
    ),
  );

/** A file of tests that raise labs. */
export function fileJob(file: string, cwd: string, { timeout, guess }: Omit<Suite, "folders"> = END_TO_END): Job {
  return { name: file, program: program("mocha"), args: ["--timeout", String(timeout), file], cwd, guess };
}
