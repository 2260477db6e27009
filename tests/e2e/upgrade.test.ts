import assert from "node:assert/strict";

import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { Prober, failures, longestGap } from "../../lab/prober/prober";
import { requestDemo, deployDemo } from "../../lab/proof";
import { provideEarlierMetallb, type MetallbRelease } from "../../lab/tools/extras";
import type { Plan } from "../../config/plan";
import { endLab, pulumi, raiseLab } from "../support/lab";
import { StackEdit } from "../support/stack-edit";

const stack = "lab-dev";
const namespace = "metallb-system";

type Version = "0.14.9" | "0.15.3";

const missing = { image: { tag: "v0.0.0-missing" } };
const missingImages = { "metallb.timeout": 20, "metallb.values": { controller: missing, speaker: missing } };

describe("MetalLB's upgrade by an edit of its version", () => {
  let lab: Lab;
  let plan: Plan;
  let cluster: Cluster;
  let edited: StackEdit;
  let earlier: MetallbRelease;
  /** The address of the demo service before the upgrade. */
  let address: string | undefined;
  /** The version that the last `up` has deployed; undefined after a failure. */
  let deployed: Version | undefined;
  /** The output of the last `up` if it failed because of {@link missingImages}. */
  let failure: string | undefined;

  before(async () => {
    earlier = await provideEarlierMetallb(new Progress());
    lab = await raiseLab("test-upgrade", { stacks: [stack] });
    cluster = lab.cluster(stack);
    const [first] = lab.plans;
    assert.ok(first);
    plan = first;
    edited = new StackEdit(lab, stack);
    await cluster.loadImages(earlier.images);
  });
  after(() => endLab(lab));

  const up = async (changes: Readonly<Record<string, unknown>>): Promise<void> => {
    [deployed, failure] = [undefined, undefined];
    edited.write(changes);
    await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
  };
  const deploy = async (version: Version): Promise<void> => {
    await up(version === "0.14.9" ? { "metallb.version": version, "metallb.chart": earlier.chart } : {});
    deployed = version;
  };
  const definitions = async (): Promise<string[]> => {
    const names = (await cluster.kubectl(["get", "crd", "-o", "name"])).split("\n");
    return names.flatMap((name) => /\/(\w+)\.metallb\.io$/.exec(name)?.[1] ?? []).sort();
  };
  const images = async (): Promise<string[]> => {
    const path = 'jsonpath={.items[?(@.status.phase=="Running")].spec.containers[0].image}';
    return [...new Set((await cluster.kubectl(["get", "pods", "-n", namespace, "-o", path])).split(" "))].sort();
  };
  const released = (version: string): string[] => ["controller", "speaker"].map((part) => `quay.io/metallb/${part}:${version}`);
  const assigned = (): Promise<string> =>
    cluster.kubectl(["get", "service", "whoami", "-n", "demo", "-o", "jsonpath={.status.loadBalancer.ingress[*].ip}"]);
  const bgpPeerFields = (): Promise<string> =>
    cluster.kubectl([
      "get",
      "crd",
      "bgppeers.metallb.io",
      "-o",
      "jsonpath={.spec.versions[*].schema.openAPIV3Schema.properties.spec.properties}",
    ]);

  /** Runs work while a client sends requests to the demo service, and prints what the client observed. */
  async function underLoad<T>(what: string, work: () => Promise<T>): Promise<T> {
    assert.ok(address !== undefined);
    const prober = await Prober.start(lab.client, `http://${address}/`);
    const result = await work().finally(() => prober.stop());
    const gap = longestGap(prober.samples);
    const failed = failures(prober.samples).length;
    console.log(
      `      ${what}: ${failed} of ${prober.samples.length} requests failed, longest gap ${((gap?.length ?? 0) / 1000).toFixed(2)} s`,
    );
    assert.equal(await assigned(), address);
    assert.equal((await requestDemo(lab.client, cluster, plan)).address, address);
    return result;
  }

  /** Deploys a version, unless the last `up` has done so, and a service that uses it. */
  async function startWith(version: Version): Promise<void> {
    if (deployed !== version) await deploy(version);
    if (address !== undefined) return;
    await deployDemo(cluster, plan);
    ({ address } = await requestDemo(lab.client, cluster, plan));
  }

  /** Runs an upgrade that fails because of missing images, unless the last `up` did. @returns its output */
  async function startWithFailure(): Promise<string> {
    if (failure !== undefined) return failure;
    await startWith("0.14.9");
    failure = await underLoad("an image that is missing", () =>
      up(missingImages).then(
        () => assert.fail("the upgrade went through"),
        (error: Error) => error.message,
      ),
    );
    return failure;
  }

  it("starts from 0.14.9, deployed by the program, with a service in use", async () => {
    await startWith("0.14.9");
    assert.deepEqual(await images(), released("v0.14.9"));
    assert.ok(!(await definitions()).includes("configurationstates"));
    assert.ok(!(await bgpPeerFields()).includes("dualStackAddressFamily"));
  });

  it("is previewed as a new version of programs and definitions, and changes nothing yet", async () => {
    await startWith("0.14.9");
    edited.reset();
    const printed = await pulumi(lab, stack, ["preview", "--diff"]);
    assert.match(printed, /0\.14\.9/);
    assert.match(printed, /0\.15\.3/);
    assert.deepEqual(await images(), released("v0.14.9"));
  });

  it("installs 0.15.3 with its definitions, and every service keeps its address", async () => {
    await startWith("0.14.9");
    await underLoad("0.14.9 to 0.15.3", () => deploy("0.15.3"));
    assert.deepEqual(await images(), released("v0.15.3"));
    assert.ok((await definitions()).includes("configurationstates"));
    assert.ok((await bgpPeerFields()).includes("dualStackAddressFamily"));
    await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
  });

  it("goes back to 0.14.9 the same way", async () => {
    await startWith("0.15.3");
    await underLoad("0.15.3 to 0.14.9", () => deploy("0.14.9"));
    assert.deepEqual(await images(), released("v0.14.9"));
    assert.ok(!(await definitions()).includes("configurationstates"));
    await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
  });

  it("fails within a time limit if an image does not exist, names the image, and services keep their address", async () => {
    const printed = await startWithFailure();
    assert.match(printed, /metallb-(controller|speaker)/);
    assert.match(printed, /v0\.0\.0-missing/);
  });

  it("succeeds after the fix, without a change by hand", async () => {
    await startWithFailure();
    await underLoad("the fix", () => deploy("0.15.3"));
    assert.deepEqual(await images(), released("v0.15.3"));
    await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
  });
});
