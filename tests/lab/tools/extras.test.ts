import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { parse, parseAllDocuments } from "yaml";
import { DEFAULT_CHART, EARLIER_CHART } from "../../../config/metallb-releases";
import { Progress } from "../../../lab/progress";
import { type MetallbRelease, provideEarlierMetallb, provideHelm } from "../../../lab/tools/extras";
import { provideTools } from "../../../lab/tools/toolbox";
import { scratchFolder } from "../scratch";

/** The time limit for builds, if the tools are not built yet. */
const building = 1_200_000;

interface Rendered {
  readonly kind: string;
  readonly spec?: { readonly template?: { readonly spec: { readonly containers: ReadonlyArray<{ readonly image: string }> } } };
}

/** Returns the images of all pods in a chart. */
async function imagesOf(helm: string, chart: string): Promise<string[]> {
  const { stdout } = await execa(helm, [
    "template",
    "metallb",
    chart,
    "--namespace",
    "metallb-system",
    "--set",
    "speaker.frr.enabled=false,frrk8s.enabled=false",
  ]);
  const objects = parseAllDocuments(stdout).map((document) => document.toJS() as Rendered | null);
  const containers = objects.flatMap((object) => object?.spec?.template?.spec.containers ?? []);
  return [...new Set(containers.map(({ image }) => image))].sort();
}

describe("the helm CLI that the lab builds", () => {
  let helm: string;
  before(async function () {
    this.timeout(building);
    helm = await provideHelm(new Progress());
  });

  it("has the pinned version, and accepts charts for the lab's Kubernetes", async () => {
    assert.equal((await execa(helm, ["version", "--template", "{{.Version}}"])).stdout, "v3.19.5");
    const chart = scratchFolder("chart");
    fs.mkdirSync(path.join(chart, "templates"));
    fs.writeFileSync(path.join(chart, "Chart.yaml"), "apiVersion: v2\nname: says\nversion: 1.0.0\n");
    fs.writeFileSync(path.join(chart, "templates", "version.yaml"), "version: {{ .Capabilities.KubeVersion }}\n");
    const { stdout } = await execa(helm, ["template", chart]);
    fs.rmSync(chart, { recursive: true });
    assert.equal((parse(stdout) as { version: string }).version, "v1.37.0");
  });

  it("renders MetalLB's chart with the images that the lab's nodes have", async () => {
    const { chart } = await provideTools(new Progress());
    assert.deepEqual(
      await imagesOf(helm, chart),
      ["controller", "speaker"].map((part) => `quay.io/metallb/${part}:v${DEFAULT_CHART}`),
    );
  });
});

describe("the MetalLB release from which an upgrade starts", () => {
  let release: MetallbRelease;
  before(async function () {
    this.timeout(building);
    release = await provideEarlierMetallb(new Progress());
  });

  it("has its chart, in its version", () => {
    const { name, version, appVersion } = parse(fs.readFileSync(path.join(release.chart, "Chart.yaml"), "utf8")) as Record<string, string>;
    assert.deepEqual({ name, version, appVersion }, { name: "metallb", version: EARLIER_CHART, appVersion: `v${EARLIER_CHART}` });
  });

  it("has exactly the images in its chart", async () => {
    const archives = fs.readdirSync(release.images).map((name) => decodeURIComponent(name.replace(/\.tar$/, "")));
    assert.deepEqual(archives.sort(), await imagesOf(await provideHelm(new Progress()), release.chart));
  });

  it("is built once, and reused after that", async () => {
    const lines: string[] = [];
    const progress = new Progress();
    progress.line = (text) => void lines.push(text);
    assert.deepEqual(await provideEarlierMetallb(progress), release);
    assert.deepEqual(lines, []);
  });
});
