import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { MetalLb } from "../../components";
import { Home } from "../support/home";
import { hostKey, inputsOf, run } from "../support/own-program";
import { runProgram } from "../support/program";
import { devConfig } from "../support/stack-files";

const digestOf = (content: string) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

describe("a stack with metallb.digest", () => {
  let home: Home;
  let chart: string;
  const before = process.env["HOMELAB_CACHE"];
  const digest = digestOf("the archive");
  beforeEach(() => {
    home = new Home();
    process.env["HOMELAB_CACHE"] = join(home.path, "cache");
    chart = join(home.path, "metallb.tgz");
    writeFileSync(chart, "the archive");
  });
  afterEach(() => {
    home.remove();
    if (before === undefined) delete process.env["HOMELAB_CACHE"];
    else process.env["HOMELAB_CACHE"] = before;
  });

  const deployed = () =>
    runProgram("lab-dev", devConfig({ "metallb.chart": chart, "metallb.digest": digest, "router.hostKey": hostKey }), { preview: true });

  it("renders the archive that was compared", async () => {
    const { resources } = await deployed();
    const { inputs } = resources.find(({ type }) => type === "kubernetes:helm.sh/v4:Chart") ?? assert.fail("no chart");
    const rendered = String(inputs["chart"]);
    assert.ok(rendered.startsWith(`${home.path}/cache/`), rendered);
    assert.equal(readFileSync(rendered, "utf8"), "the archive");
    assert.deepEqual([inputs["version"], inputs["repositoryOpts"]], [undefined, undefined]);
  });

  it("is refused before anything is registered if the archive has another digest", async () => {
    writeFileSync(chart, "another");
    const now = digestOf("another");
    await assert.rejects(deployed(), {
      message:
        "lab-dev cannot be deployed:\n" +
        `  Pulumi.lab-dev.yaml:2: metallb.digest = "${digest}": ${chart} has the digest ${now}, which is not the one of metallb.digest; ` +
        "if you expect another archive, such as after a change of metallb.version, set metallb.digest to its digest; otherwise do not deploy it",
    });
  });

  it("is refused if the cache cannot be written", async () => {
    writeFileSync(join(home.path, "cache"), "");
    await assert.rejects(deployed(), /cannot be written: .*; .*\.$/);
  });

  it("works in an own program", async () => {
    const { made } = await run(() => new MetalLb("lb", { chart, digest }));
    const rendered = String(inputsOf(made, "kubernetes:helm.sh/v4:Chart")[0]?.["chart"]);
    assert.equal(readFileSync(rendered, "utf8"), "the archive");
  });
});
