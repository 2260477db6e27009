import assert from "node:assert/strict";
import { layer2Values } from "../../cluster/manifests/values";
import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { provideEarlierMetallb, provideHelm } from "../../lab/tools/extras";
import { kubeconfigOf } from "../../lab/folders";
import { sharedLab } from "../support/shared-lab";

const stack = "lab-dev";

describe("an earlier MetalLB, installed with the helm CLI", () => {
  let lab: Lab;
  let cluster: Cluster;

  before(async () => {
    await provideHelm(new Progress());
    lab = await sharedLab(__filename);
    cluster = lab.cluster(stack);
  });
  let isInstalled = false;
  after(async () => {
    if (!isInstalled) return;
    await helm("uninstall", "metallb", "--namespace", "metallb-system");
    await cluster.kubectl(["delete", "namespace", "metallb-system"]);
  });

  const helm = async (...args: string[]): Promise<string> => {
    const env = { ...lab.engine.environment, KUBECONFIG: kubeconfigOf(lab.folders, stack) };
    return (await lab.operator.exec(["sh", "-c", 'exec helm "$@"', "helm", ...args], { env })).stdout;
  };

  it("is installed by the helm on the operator's PATH", async () => {
    assert.equal(await helm("version", "--template", "{{.Version}}"), "v3.19.5");
    assert.equal(await helm("list", "--all-namespaces", "--output", "json"), "[]");
  });

  it("runs on a node after its images were loaded", async () => {
    const { chart, images, version } = await provideEarlierMetallb(new Progress());
    const [node] = cluster.nodes;
    const wanted = ["controller", "speaker"].map((part) => `quay.io/metallb/${part}:${version}`);
    const present = async (): Promise<string[]> => ((await node?.images()) ?? []).filter((reference) => wanted.includes(reference)).sort();
    assert.deepEqual(await present(), []);
    await cluster.loadImages(images);
    assert.deepEqual(await present(), wanted);
    const values = Object.entries(layer2Values()).flatMap(([key, value]) => ["--set-json", `${key}=${JSON.stringify(value)}`]);
    await helm("install", "metallb", chart, "--namespace", "metallb-system", "--create-namespace", "--wait", "--timeout", "3m", ...values);
    isInstalled = true;
    const running = await cluster.kubectl(["get", "pods", "-n", "metallb-system", "-o", "jsonpath={.items[*].spec.containers[0].image}"]);
    assert.deepEqual(running.split(" ").sort(), wanted);
  });
});
