import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { renderChart } from "../../../cluster/survey/render-chart";
import { parseStackConfig } from "../../../config/parse";
import { PLACEHOLDER } from "../../../config/secret-places";
import { FakeHelm } from "../../support/fake-helm";
import { Home } from "../../support/home";
import { devConfig, ROOT } from "../../support/stack-files";

describe("the rendering of a chart", () => {
  let home: Home;
  beforeEach(() => {
    home = new Home();
    fs.mkdirSync(path.join(home.path, "chart"));
    fs.writeFileSync(path.join(home.path, "chart", "Chart.yaml"), "appVersion: v1\n");
  });
  afterEach(() => home.remove());

  const metallb = (values: object = {}) =>
    parseStackConfig("lab-dev", devConfig({ "metallb.chart": "./chart", "metallb.values": values })).plan.metallb;

  it("gives helm the program's values with the user's, and returns the objects", async () => {
    const values = path.join(home.path, "values");
    const helm = new FakeHelm(
      home.path,
      `for file; do :; done\ncat "$file" >'${values}'\necho '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one"}}'\n`,
    );
    try {
      const objects = await renderChart(metallb({ speaker: { logLevel: "debug" } }), home.path);
      assert.deepEqual(objects, [{ apiVersion: "v1", kind: "Secret", metadata: { name: "one" } }]);
      const { speaker } = JSON.parse(fs.readFileSync(values, "utf8")) as { speaker: Record<string, unknown> };
      assert.deepEqual([speaker["logLevel"], speaker["ignoreExcludeLB"]], ["debug", true]);
    } finally {
      helm.remove();
    }
  });

  it("does not compare a placeholder with the schema of the chart's values", async () => {
    const helm = new FakeHelm(home.path);
    try {
      await renderChart(metallb(), home.path);
      await renderChart(metallb({ speaker: { secretValue: PLACEHOLDER } }), home.path);
      assert.deepEqual(
        helm.asked.map((words) => words.includes(" --skip-schema-validation ")),
        [false, true],
      );
    } finally {
      helm.remove();
    }
  });

  it("says what to correct if the chart renders no YAML", async () => {
    const helm = new FakeHelm(home.path, "echo 'a: ['\n");
    try {
      await assert.rejects(renderChart(metallb(), home.path), {
        name: "UserError",
        message: "helm renders no YAML from the chart ./chart: correct metallb.values.",
      });
    } finally {
      helm.remove();
    }
  });

  it("says that the chart is wrong if it renders something that is no object", async () => {
    for (const document of ["a text", "[1]", "kind: List", "{ apiVersion: v1, kind: Secret, metadata: null }"]) {
      const helm = new FakeHelm(home.path, `echo '${document}'\n`);
      try {
        await assert.rejects(renderChart(metallb(), home.path), {
          name: "UserError",
          message: "helm renders no Kubernetes object from the chart ./chart: correct the chart.",
        });
      } finally {
        helm.remove();
      }
    }
  });

  it("says how to install a helm that is missing", async () => {
    const before = process.env["PATH"];
    process.env["PATH"] = home.path;
    try {
      await assert.rejects(renderChart(metallb(), home.path), {
        name: "UserError",
        message: "The chart cannot be rendered, because the helm CLI is not on PATH: install it (https://helm.sh/docs/intro/install/).",
      });
    } finally {
      process.env["PATH"] = before;
    }
  });

  it("ends at once if helm is missing, and not at its time limit", () => {
    const module = JSON.stringify(path.join(ROOT, "cluster/survey/render-chart.ts"));
    const script = `require(${module}).renderChart(${JSON.stringify(metallb())}, ".").catch(() => console.log("failed"))`;
    const register = ["--require", path.join(ROOT, "engine/register.js")];
    const env = { PATH: home.path };
    const { status, stdout } = spawnSync(process.execPath, [...register, "--eval", script], { env, timeout: 60_000, encoding: "utf8" });
    assert.deepEqual([status, stdout], [0, "failed\n"]);
  }).timeout(90_000);

  it("gives helm's own reason if the chart cannot be rendered", async () => {
    const helm = new FakeHelm(home.path, "echo 'Error: no template' >&2\nexit 1\n");
    try {
      await assert.rejects(renderChart(metallb(), home.path), {
        name: "UserError",
        message: "helm cannot render the chart ./chart: Error: no template",
      });
    } finally {
      helm.remove();
    }
  });
});
