import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";

import { runStacks } from "../../../cli/all/engines";
import { checkReachable } from "../../../cli/all/reachable";
import { slotCount, slots } from "../../../cli/all/slots";
import { household } from "../../../lab/cli/bench/household";
import { UserError } from "../../../config/user-error";
import { ApiServer } from "../../support/api-server";
import { Home } from "../../support/home";

describe("many stacks", () => {
  const GIB = 2 ** 30;

  it("run two at a time for each core, at least four, but fewer if memory is short", () => {
    assert.equal(slotCount({ cores: 8, memory: 64 * GIB }), 16);
    assert.equal(slotCount({ cores: 1, memory: 64 * GIB }), 4);
    assert.equal(slotCount({ cores: 8, memory: 6 * GIB }), 10);
    assert.equal(slotCount({ cores: 8, memory: 0 }), 2);
  });

  it("wait for a free slot, which a failed one releases", async () => {
    const inSlot = slots(2);
    let [running, most] = [0, 0];
    const work = async (number: number): Promise<number> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (number % 2 === 1) throw new Error("an odd one");
      return number;
    };
    const settled = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((number) => inSlot(() => work(number))));
    assert.deepEqual(
      settled.map((one) => (one.status === "fulfilled" ? one.value : "failed")),
      [0, "failed", 2, "failed", 4, "failed"],
    );
    assert.equal(most, 2);
  });
});

describe("an unreachable cluster", () => {
  const home = new Home();
  after(() => home.remove());
  /** Returns an address on which nothing listens any more. */
  async function gone(): Promise<URL> {
    const server = await ApiServer.start({});
    const url = new URL(server.url);
    await server.stop();
    return url;
  }

  it("is reported with the fix, unless the provider uses a proxy or continues without its cluster", async () => {
    const url = await gone();
    const message =
      `The cluster cannot be reached, so nothing was started: ${url.origin} does not answer (ECONNREFUSED); ` +
      "start its API server, or correct cluster.kubeconfig and cluster.context (Pulumi.lab-dev.yaml).";
    await assert.rejects(checkReachable("lab-dev", { url }, {}), new UserError(message));
    await assert.rejects(
      checkReachable("lab-dev", { url }, { HTTPS_PROXY: "", PULUMI_K8S_DELETE_UNREACHABLE: "false" }),
      new UserError(message),
    );
    for (const env of [{ https_proxy: "http://proxy" }, { PULUMI_K8S_DELETE_UNREACHABLE: "true" }])
      await checkReachable("lab-dev", { url }, env);
  });

  /** Previews many stacks of one project with a CLI that knows none of them. @returns the outcomes, and the calls of the CLI */
  const preview = (count: number, ask: typeof checkReachable) =>
    run("preview", count, ask, `echo "error: no stack named 's0' found" >&2; exit 255`);

  /** Runs many stacks of one project. @param end the last line of the CLI's script */
  async function run(verb: "preview" | "up", count: number, ask: typeof checkReachable, end: string) {
    const log = home.write("log", "");
    const script = `#!/bin/sh\necho "$1" >>'${log}'\n[ "$1" = version ] && exec echo v3.215.0\n${end}\n`;
    fs.chmodSync(home.write("bin/pulumi", script), 0o755);
    fs.rmSync(path.join(home.path, "project"), { recursive: true, force: true });
    const { origin } = await gone();
    const files = household(count);
    const names = files.map(({ file }) => file.split(".")[1] ?? "");
    for (const { file, text } of files) {
      home.write(`project/${file}`, text.replace("~/.kube/config", path.join(home.path, "kubeconfig")));
    }
    const contexts = names.map((name) => ({ name, context: { cluster: name, user: "me" } }));
    const clusters = names.map((name) => ({ name, cluster: { server: origin } }));
    home.write("kubeconfig", stringify({ contexts, clusters, users: [{ name: "me", user: {} }] }));
    const before = { PATH: process.env["PATH"], HOMELAB_PROJECT: process.env["HOMELAB_PROJECT"] };
    Object.assign(process.env, { PATH: `${home.path}/bin:${before.PATH}`, HOMELAB_PROJECT: path.join(home.path, "project") });
    try {
      const stop = { isRequested: false, running: new Set<string>(), signal: new AbortController().signal };
      const outcomes = await runStacks(verb, names, stop, () => undefined, ask);
      return { names, outcomes, asked: fs.readFileSync(log, "utf8").trim().split("\n") };
    } finally {
      for (const [name, value] of Object.entries(before))
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }
  }

  it("asks the CLI of a deployed stack for nothing but the deployment", async () => {
    const { outcomes, asked } = await run("up", 1, () => Promise.resolve(), "exit 0");
    assert.deepEqual([outcomes.map(({ result }) => result), asked], [["done"], ["version", "up"]]);
  });

  it("costs fifty stacks one wait, all at once, and no engine", async () => {
    let waiting = 0;
    let all = (): void => undefined;
    const allWait = new Promise<void>((resolve) => (all = resolve));
    const { names, outcomes, asked } = await preview(50, async (stack, server) => {
      // Answers only after all were asked.
      if (++waiting === 50) all();
      await allWait;
      return checkReachable(stack, server, {});
    });
    assert.deepEqual(
      outcomes.map(({ stack, result }) => [stack, result]),
      names.map((name) => [name, "failed"]),
    );
    for (const { errors } of outcomes)
      assert.match(errors.join("\n"), /^The cluster cannot be reached, .* does not answer \(ECONNREFUSED\);/);
    assert.deepEqual(asked, ["version"]);
  });

  it("does not matter to other clusters: the engine runs, and reports a stack that is not in the state", async () => {
    const { outcomes, asked } = await preview(1, () => Promise.resolve());
    assert.deepEqual(
      outcomes.map(({ stack, result, errors }) => [stack, result, errors]),
      [["s0", "failed", ["the state has no such stack; create it with `make init`, or correct PULUMI_BACKEND_URL"]]],
    );
    assert.deepEqual(asked, ["version", "preview"]);
  });
});
