import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { withFileLock } from "../../../lab/lock";
import { scratchFolder } from "../scratch";

describe("a file lock", function () {
  this.timeout(30_000);
  let file: string;
  let other: ChildProcess | undefined;
  beforeEach(() => (file = path.join(scratchFolder("lock"), "folder", "lock")));
  afterEach(() => {
    other?.kill("SIGKILL");
    fs.rmSync(path.join(file, "..", ".."), { recursive: true });
  });

  /** Starts another process that holds the lock until its standard input ends. */
  const holdElsewhere = async (): Promise<ChildProcess> => {
    const script = `require("${path.resolve("lab/lock")}").withFileLock(process.argv[1], async () => {
      console.log("held");
      await new Promise((resolve) => process.stdin.on("end", resolve).resume());
    })`;
    const args = ["--require", path.resolve("engine", "register.js"), "-e", script, file];
    const holder = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    await once(holder.stdout, "data");
    return (other = holder);
  };

  it("lets two processes take turns, and tells the second one that it waits", async () => {
    const holder = await holdElsewhere();
    const events: string[] = [];
    const turn = withFileLock(
      file,
      () => Promise.resolve(events.push("ours")),
      () => {
        events.push("waiting");
        // The second one has been told that it waits. Now the first one releases the lock.
        holder.on("exit", () => events.push("other gone")).stdin?.end();
      },
    );
    await Promise.all([turn, once(holder, "exit")]);
    assert.equal(events[0], "waiting");
    assert.ok(events.includes("ours"));
  });

  it("is released when its holder is killed", async () => {
    const holder = await holdElsewhere();
    holder.kill("SIGKILL");
    assert.equal(await withFileLock(file, () => Promise.resolve("ours")), "ours");
  });

  it("is released after work that failed, and passes on the error", async () => {
    await assert.rejects(
      withFileLock(file, () => Promise.reject(new Error("the work"))),
      { message: "the work" },
    );
    assert.equal(await withFileLock(file, () => Promise.resolve("again")), "again");
  });
});
