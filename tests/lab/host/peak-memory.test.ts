import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";

import { nameOf, peaksOf } from "../../../lab/cli/bench/peak-memory";
import { identity } from "../../../lab/process";

describe("the peak memory of a run", () => {
  /** This machine as a host: its processes are all of its own. */
  const host = { name: "here", process: identity(process.pid) } as const;

  /** A process of this name that has so many MiB, gives them back where it is to, and stays until its input ends. */
  async function holder(name: string, mebibytes: number, release = false): Promise<{ end: () => void }> {
    const script = `
      let held = Buffer.alloc(${mebibytes} * 2 ** 20, 1);
      if (${release}) { held = undefined; gc(); }
      process.stdin.on("end", () => held?.length).resume();
      console.log("ready");`;
    const child = spawn(process.execPath, ["--expose-gc", "-e", script], { argv0: name, stdio: ["pipe", "pipe", "inherit"] });
    await once(child.stdout, "data");
    return { end: () => child.stdin.end() };
  }

  it("is the largest that a process had, also where it gave it back", async () => {
    const { result, peaks } = await peaksOf(host, () => holder("waster", 300, true));
    result.end();
    assert.ok((peaks.get("waster") ?? 0) > 300, `${peaks.get("waster")} MiB`);
  });

  it("is of one process by name, and of all together", async () => {
    const { result, peaks, together } = await peaksOf(host, () => Promise.all([holder("keeper", 200), holder("keeper", 210)]));
    for (const { end } of result) end();
    const peak = peaks.get("keeper") ?? 0;
    assert.ok(peak > 210 && peak < 400, `${peak} MiB`);
    assert.ok(together > 410, `${together} MiB`);
  });

  it("leaves out what ran before", async () => {
    const before = await holder("elder", 1);
    const { result, peaks } = await peaksOf(host, () => holder("younger", 1));
    for (const { end } of [before, result]) end();
    assert.deepEqual([peaks.has("elder"), peaks.has("younger")], [false, true]);
  });

  it("fails with what is measured, and without a host", async () => {
    await assert.rejects(
      peaksOf(host, () => Promise.reject(new Error("the work failed"))),
      /^Error: the work failed$/,
    );
    await assert.rejects(
      peaksOf({ name: "operator", process: undefined }, () => Promise.resolve()),
      /^Error: operator is off$/,
    );
  });

  it("goes by what a process is in a run", () => {
    const names: readonly (readonly [name: string, ...argv: string[]])[] = [
      ["engine", "/lab/bin/pulumi", "preview"],
      ["language host", "/tools/pulumi-language-nodejs", "127.0.0.1:1"],
      ["kubernetes provider", "/lab/plugins/resource-kubernetes-v4.25.0/pulumi-resource-kubernetes", "127.0.0.1:1"],
      ["command provider", "/usr/bin/node", "/lab/plugins/resource-command-v1.2.1/js/main.js"],
      ["command provider", "/lab/plugins/resource-command-v1.2.1/pulumi-resource-command"],
      ["program", "/usr/bin/node", "--require", "sucrase/register/ts", "/clone/node_modules/@pulumi/pulumi/cmd/run", "--monitor=1"],
      ["homelab", "node", "--require", "/clone/node_modules/sucrase/register/ts", "/clone/cli/main.ts", "preview", "--all"],
      ["node", "/usr/bin/node", "-e", "1"],
      ["kubectl", "/tools/kubectl", "apply"],
    ];
    for (const [name, ...argv] of names) assert.equal(nameOf(argv), name);
  });
});
