import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as os from "node:os";
import * as path from "node:path";

import { fileJob, labJobs, quickJobs, type Job } from "../../../lab/cli/test/jobs";
import { SHARED_LABS } from "../../../lab/cli/test/shared-labs";
import { Queue, type Result } from "../../../lab/cli/test/queue";
import { summaryOf } from "../../../lab/cli/test/summary";
import { LastTimes } from "../../../lab/last-times";
import { until } from "../../../lab/wait";
import { ROOT } from "../../support/stack-files";

/** Mocha's own search, so that a glob finds the same files here. It has no types. */
const { lookupFiles } = createRequire(__filename)("mocha/lib/cli/lookup-files.js") as {
  lookupFiles: (glob: string, extensions: string[], recursive: boolean) => string[];
};

describe("the jobs of a test run", () => {
  it("have every test file once, except those of the life cycle", () => {
    const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const [included = "", ignored = ""] = scripts["test"]?.split(" --ignore ") ?? [];
    const found = (text: string): string[] =>
      [...text.matchAll(/'([^']+)'/g)].flatMap(([, glob = ""]) => lookupFiles(path.join(ROOT, glob), ["ts"], true));
    const unit = found(included).filter((file) => !found(ignored).includes(file));
    const jobs = labJobs(ROOT).flatMap(({ args }) => args.filter((arg) => arg.endsWith(".test.ts")).map((file) => path.join(ROOT, file)));
    const all = fs
      .readdirSync(path.join(ROOT, "tests"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts") && !file.startsWith("lifecycle/"))
      .map((file) => path.join(ROOT, "tests", file));
    assert.ok(unit.length > 100 && jobs.length > 30, `${unit.length} and ${jobs.length} files`);
    assert.deepEqual([...unit, ...jobs].sort(), all.sort());
  });

  it("have one process for all files of a shared lab, in the order of its list, and these are the files that use one", () => {
    const jobs = labJobs(ROOT).filter(({ args }) => args.filter((arg) => arg.endsWith(".test.ts")).length > 1);
    const expected = SHARED_LABS.map(({ files }) => [
      `tests/e2e/{${files.join(",")}}.test.ts`,
      files.map((name) => `tests/e2e/${name}.test.ts`),
    ]);
    assert.deepEqual(
      jobs.map(({ name, args }) => [name, args.slice(2)]),
      expected,
    );
    const using = fs.readdirSync(path.join(ROOT, "tests", "e2e")).filter((file) => {
      return fs.readFileSync(path.join(ROOT, "tests", "e2e", file), "utf8").includes("sharedLab(__filename)");
    });
    assert.deepEqual(using.map((file) => path.basename(file, ".test.ts")).sort(), SHARED_LABS.flatMap(({ files }) => files).sort());
  });

  it("check format, lint, spelling, terms and types of the clone itself, and test the copy", () => {
    assert.deepEqual(
      quickJobs("/copy").map(({ name, cwd }) => [name, cwd]),
      [...["format", "lint", "spelling", "terms", "types"].map((name) => [name, ROOT]), ["unit tests", "/copy"]],
    );
    assert.equal(fileJob("tests/e2e/lab.test.ts", "/copy").cwd, "/copy");
  });
});

describe("the queue of a test run", () => {
  let folder: string;
  let printed: string[];
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "queue-"));
    printed = [];
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const times = (): LastTimes => new LastTimes(path.join(folder, "times.json"));
  const job = (name: string, script: string, expectedSeconds = 1): Job => ({
    name,
    program: "sh",
    args: ["-c", script],
    cwd: folder,
    expectedSeconds,
  });
  const run = (atOnce: number, ...jobs: Job[]): Promise<Result[]> => {
    const queue = new Queue(atOnce, times(), (text) => printed.push(text));
    queue.expect(jobs);
    return queue.run(jobs);
  };

  it("prints the output of each job in one piece, and the number of finished jobs", async () => {
    // Each waits for the other's file, so they end only if they run at the same time.
    const meet = (own: string, other: string): string =>
      `echo ${own} begins; touch ${own}; until [ -e ${other} ]; do sleep 0.05; done; echo ${own} ends >&2`;
    const results = await run(2, job("a", meet("a", "b")), job("b", meet("b", "a")));
    assert.deepEqual(results.map(({ name, exitCode }) => [name, exitCode]).sort(), [
      ["a", 0],
      ["b", 0],
    ]);
    for (const name of ["a", "b"])
      assert.ok(
        printed.some((text) => text.includes(`${name} begins\n${name} ends`)),
        printed.join("\n"),
      );
    assert.match(printed[0] ?? "", /\n\[1\/2\]$/);
    assert.match(printed[1] ?? "", /\n\[2\/2\]$/);
  });

  it("prints running jobs and remaining time, by the durations of the last time", async () => {
    times().write("first", 600);
    const queue = new Queue(1, times(), () => undefined);
    const jobs = [job("first", "until [ -e go ]; do sleep 0.05; done"), job("second", "true", 120)];
    queue.expect(jobs);
    assert.equal(queue.progress(), "[0/2] about 12 min 0 s left; running: ");
    const results = queue.run(jobs);
    await until("the first job", () => queue.progress().includes("first"));
    assert.match(queue.progress(), /^\[0\/2\] about (12 min 0 s|11 min 5\d s) left; running: first$/);
    fs.writeFileSync(path.join(folder, "go"), "");
    await results;
    assert.equal(queue.progress(), "[2/2] about 0.0 s left; running: ");
  });

  it("begins with the longest job, and never exceeds the limit of running jobs", async () => {
    times().write("long", 100);
    const alone = "mkdir busy || exit 9; echo $0 >>order; rmdir busy";
    const jobs = ["short", "long", "middle"].map((name) => ({ ...job(name, alone, name === "middle" ? 50 : 1) }));
    const results = await run(1, ...jobs.map((one) => ({ ...one, args: [...one.args, one.name] })));
    assert.ok(results.every(({ exitCode }) => exitCode === 0));
    assert.equal(fs.readFileSync(path.join(folder, "order"), "utf8"), "long\nmiddle\nshort\n");
  });

  it("runs jobs that mostly wait one after the other, beside the others", async () => {
    const waits = (name: string, script: string): Job => ({ ...job(name, script, 100), waits: true });
    const queue = new Queue(2, times(), () => undefined);
    const jobs = [
      waits("first", "until [ -e other ]; do sleep 0.05; done; touch first"),
      waits("second", "[ -e first ]"),
      job("other", "touch other", 50),
    ];
    queue.expect(jobs);
    assert.equal(queue.progress(), "[0/3] about 3 min 20 s left; running: ");
    const results = await queue.run(jobs);
    assert.deepEqual(
      results.map(({ name, exitCode }) => [name, exitCode]),
      [
        ["first", 0],
        ["second", 0],
        ["other", 0],
      ],
    );
  });

  it("leaves the place of jobs that mostly wait to the others when none is left", async () => {
    const meet = (own: string, other: string): string => `[ -e waited ] && touch ${own}; until [ -e ${other} ]; do sleep 0.05; done`;
    const results = await run(
      2,
      { ...job("waits", "touch waited"), waits: true },
      job("one", "until [ -e waited ]; do sleep 0.05; done", 50),
      job("two", meet("two", "three"), 20),
      job("three", meet("three", "two"), 10),
    );
    assert.deepEqual(
      results.map(({ exitCode }) => exitCode),
      [0, 0, 0, 0],
    );
  });

  it("returns the reporter's counts, and keeps the durations of successful jobs only", async () => {
    const counts = { passes: 3, failures: 1, pending: 0, unexplained: [], failed: ["a test: wrong"], labs: 1, deployments: 2 };
    const failing = job("failing", `echo '${JSON.stringify(counts)}' >$HOMELAB_TEST_COUNTS; exit 1`);
    const [result] = await run(1, failing);
    assert.deepEqual({ ...result, seconds: 0 }, { name: "failing", seconds: 0, exitCode: 1, ...counts });
    await run(1, job("passing", "true"));
    assert.deepEqual([times().of("failing"), times().of("passing")], [undefined, 0]);
  });

  it("records the title of a failed test, and its error in one line", async () => {
    const file = path.join(folder, "failing.test.js");
    fs.writeFileSync(file, 'describe("a route", () => it("is kept", () => { throw new Error("gone\\n\\nat once"); }));');
    const [result] = await new Queue(1, new LastTimes(path.join(folder, "times.json")), () => undefined).run([fileJob(file, ROOT)]);
    assert.deepEqual([result?.failures, result?.failed], [1, ["a route is kept: gone at once"]]);
  });

  it("reports a job that a signal killed", async () => {
    const [result] = await run(1, job("killed", "kill -KILL $$"));
    assert.deepEqual([result?.exitCode, result?.failures], [-1, undefined]);
  });
});

describe("the summary of a test run", () => {
  const counted = { passes: 10, failures: 0, pending: 1, unexplained: [], failed: [], labs: 1, deployments: 4 };
  const passed: Result = { name: "tests/e2e/a.test.ts", seconds: 12, exitCode: 0, ...counted };

  it("has a line for each job, the longest first, and the totals", () => {
    const { text, failures } = summaryOf([{ name: "lint", seconds: 3, exitCode: 0 }, passed], []);
    assert.equal(failures, 0);
    assert.deepEqual(text.trim().split("\n"), [
      "what ran             time   passed  labs raised  deployments",
      "-------------------  -----  ------  -----------  -----------",
      "tests/e2e/a.test.ts  12 s   10      1            4",
      "lint                 3.0 s",
      "",
      "1 skipped, each with its reason above",
      "10 passed, 0 failed",
    ]);
  });

  it("ends with the failed tests and their errors", () => {
    const failing: Result = { ...passed, failures: 1, failed: ["the route is kept: 1 !== 2"], exitCode: 1 };
    assert.match(
      summaryOf([failing, passed], []).text,
      /\n20 passed, 1 failed\n\nFailed:\n {2}tests\/e2e\/a\.test\.ts: the route is kept: 1 !== 2$/,
    );
  });

  it("counts failures outside of tests: a check, a process that died, a file without tests, a skip without a reason, missing tools", () => {
    const bad: Result[] = [
      { name: "lint", seconds: 1, exitCode: 1 },
      { name: "died", seconds: 1, exitCode: -1 },
      { ...passed, name: "empty", passes: 0, pending: 0 },
      { ...passed, name: "skips", unexplained: ["a test"] },
    ];
    const { text, failures } = summaryOf([...bad, { ...passed, failures: 2, exitCode: 2 }], ["no tools"]);
    assert.equal(failures, 7);
    assert.match(
      text,
      /\n20 passed, 7 failed\n\nFailed besides the tests:\n {2}lint exited with 1\n {2}died exited with -1\n {2}empty has no tests\n {2}skipped without a reason: a test\n {2}no tools$/,
    );
  });
});
