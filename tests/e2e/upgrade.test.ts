import assert from "node:assert/strict";

import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { Prober, failures, longestGap } from "../../lab/prober/prober";
import { requestDemo, deployDemo } from "../../lab/proof";
import { provideEarlierMetallb, type MetallbRelease } from "../../lab/tools/extras";
import { DEFAULT_CHART, EARLIER_CHART } from "../../config/metallb-releases";
import type { Plan } from "../../config/plan";
import { pulumi } from "../support/lab";
import { sharedLab } from "../support/shared-lab";
import { StackEdit } from "../support/stack-edit";

const stack = "lab-dev";
const namespace = "metallb-system";

const earlierVersion = EARLIER_CHART;
const newVersion = DEFAULT_CHART;
type Version = typeof earlierVersion | typeof newVersion;

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
    lab = await sharedLab(__filename);
    cluster = lab.cluster(stack);
    // Nothing here uses the other cluster, and it costs CPU time while it runs.
    for (const other of lab.clusters.filter((one) => one !== cluster)) await other.master.powerOff();
    const [first] = lab.plans;
    assert.ok(first);
    plan = first;
    edited = new StackEdit(lab, stack);
    await cluster.loadImages(earlier.images);
  });
  after(() => edited?.reset());

  const up = async (changes: Readonly<Record<string, unknown>>): Promise<void> => {
    [deployed, failure] = [undefined, undefined];
    edited.write(changes);
    await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
  };
  const deploy = async (version: Version): Promise<void> => {
    await up(version === earlierVersion ? { "metallb.version": version, "metallb.chart": earlier.chart } : {});
    deployed = version;
  };
  const images = async (): Promise<string[]> => {
    const path = 'jsonpath={.items[?(@.status.phase=="Running")].spec.containers[0].image}';
    return [...new Set((await cluster.kubectl(["get", "pods", "-n", namespace, "-o", path])).split(" "))].sort();
  };
  const released = (version: string): string[] => ["controller", "speaker"].map((part) => `quay.io/metallb/${part}:v${version}`);
  const assigned = (): Promise<string> =>
    cluster.kubectl(["get", "service", "whoami", "-n", "demo", "-o", "jsonpath={.status.loadBalancer.ingress[*].ip}"]);
  /** Whether the definitions in the cluster are those of the new version. */
  const hasNewDefinitions = async (): Promise<boolean> => {
    const fields = "jsonpath={.spec.versions[*].schema.openAPIV3Schema.properties.spec.properties}";
    const known = await cluster.kubectl(["get", "crd", "l2advertisements.metallb.io", "-o", fields]);
    return known.includes("preferredNodeSelectors");
  };

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
    await startWith(earlierVersion);
    failure = await underLoad("an image that is missing", () =>
      up(missingImages).then(
        () => assert.fail("the upgrade went through"),
        (error: Error) => error.message,
      ),
    );
    return failure;
  }

  it(`starts from ${earlierVersion}, deployed by the program, with a service in use`, async () => {
    await startWith(earlierVersion);
    assert.deepEqual(await images(), released(earlierVersion));
    assert.equal(await hasNewDefinitions(), false);
  });

  it("is previewed as a new version of programs and definitions, and changes nothing yet", async () => {
    await startWith(earlierVersion);
    edited.reset();
    const printed = await pulumi(lab, stack, ["preview", "--diff"]);
    for (const version of [earlierVersion, newVersion]) assert.ok(printed.includes(version), version);
    assert.deepEqual(await images(), released(earlierVersion));
  });

  it(`installs ${newVersion} with its definitions, and every service keeps its address`, async () => {
    await startWith(earlierVersion);
    await underLoad(`${earlierVersion} to ${newVersion}`, () => deploy(newVersion));
    assert.deepEqual(await images(), released(newVersion));
    assert.equal(await hasNewDefinitions(), true);
    await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
  });

  it(`goes back to ${earlierVersion} the same way`, async () => {
    await startWith(newVersion);
    await underLoad(`${newVersion} to ${earlierVersion}`, () => deploy(earlierVersion));
    assert.deepEqual(await images(), released(earlierVersion));
    assert.equal(await hasNewDefinitions(), false);
    await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
  });

  it("fails within a time limit if an image does not exist, names the image, and services keep their address", async () => {
    const printed = await startWithFailure();
    assert.match(printed, /metallb-(controller|speaker)/);
    assert.match(printed, /v0\.0\.0-missing/);
  });

  it("succeeds after the fix, without a change by hand", async () => {
    await startWithFailure();
    await underLoad("the fix", () => deploy(newVersion));
    assert.deepEqual(await images(), released(newVersion));
    await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
  });
});
