import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { endProcesses, makeCgroup, removeCgroup } from "../../../lab/cgroups";
import { cgroups, processesIn } from "./machine";

describe("cgroups", function () {
  this.timeout(30_000);
  const parent = `homelab-network-test-${process.pid}`;
  const name = `${parent}/lab`;
  let sleeper: ChildProcess | undefined;
  afterEach(async () => {
    sleeper?.kill("SIGKILL");
    await removeCgroup(name);
  });

  /** Starts a process in the cgroup, or in a child of it. */
  const join = async (cgroup: string): Promise<ChildProcess> => {
    const script = `${makeCgroup(cgroup)
      .map((file) => `echo $$ > '${file}'`)
      .join("; ")}; echo in; exec sleep 1000`;
    const child = spawn("sh", ["-ec", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [printed] = (await Promise.race([once(child.stdout, "data"), once(child, "exit")])) as [unknown];
    assert.equal(String(printed), "in\n");
    return (sleeper = child);
  };

  it("accept processes in every hierarchy, and are the same when created twice", async () => {
    const files = makeCgroup(name);
    assert.ok(files.length > 0);
    assert.deepEqual(makeCgroup(name), files);
    const { pid } = await join(name);
    for (const file of files) assert.equal(fs.readFileSync(file, "utf8"), `${pid}\n`, file);
  });

  it("end every process, including those in child cgroups", async () => {
    const child = await join(`${name}/below/further`);
    const exit = once(child, "exit");
    await endProcesses(name);
    assert.deepEqual(await exit, [null, "SIGKILL"]);
    assert.deepEqual(processesIn(`${name}/below`), []);
  });

  it("are removed with their children, and the parent with the last one", async () => {
    makeCgroup(`${name}/below/further`);
    makeCgroup(`${parent}/other`);
    await removeCgroup(name);
    assert.deepEqual(cgroups(name), []);
    assert.ok(cgroups(`${parent}/other`).length > 0, "another lab's cgroup went too");
    await removeCgroup(`${parent}/other`);
    assert.deepEqual(cgroups(parent), []);
  });

  it("are removed after their last process has ended", async () => {
    const child = await join(name);
    const removed = removeCgroup(name);
    assert.ok(cgroups(name).length > 0);
    child.kill("SIGKILL");
    await removed;
    assert.deepEqual(cgroups(name), []);
  });

  it("can be ended and removed if they do not exist", async () => {
    await endProcesses(path.join(parent, "none"));
    await removeCgroup(path.join(parent, "none"));
    assert.deepEqual(cgroups(parent), []);
  });
});
