import assert from "node:assert/strict";

import type { Cluster } from "../../lab/cluster";
import { messageOf } from "../../config/user-error";
import type { Lab } from "../../lab/lab";
import { until } from "../../lab/wait";
import { foreignWebhook } from "../support/foreign-webhooks";
import { pulumi } from "../support/lab";
import { deploy, deployed, sharedLab } from "../support/shared-lab";
import { printed, StackEdit } from "../support/stack-edit";
import { warningsOf } from "../support/warnings";

const stack = "lab-dev";
const namespace = "metallb-system";
const own = "metallb-webhook-configuration";
const kind = "validatingwebhookconfiguration";

interface Configuration {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly webhooks: readonly { readonly clientConfig: { readonly caBundle: string; readonly service: { readonly path: string } } }[];
}

describe("webhook configurations in a cluster", () => {
  let lab: Lab;
  let cluster: Cluster;
  let edited: StackEdit;

  before(async () => {
    lab = await sharedLab(__filename);
    cluster = lab.cluster(stack);
    edited = new StackEdit(lab, stack);
    edited.write(poolOf("10.5.0.0/24"));
    await applyForeign();
  });
  after(() => edited?.reset());

  /** Returns a pool without a route, because a route on the router could be reported before the cluster's webhooks. */
  const poolOf = (range: string) => ({ pools: [{ name: stack, addresses: [range], route: false }] });
  const up = (): Promise<string> => pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
  const apply = (...items: readonly object[]): Promise<string> =>
    cluster.kubectl(["apply", "--filename", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const configurations = async (): Promise<Configuration[]> =>
    (JSON.parse(await cluster.kubectl(["get", kind, "--output", "json"])) as { items: Configuration[] }).items;
  /** Returns the unmanaged webhook configurations. Their resource versions show any write. */
  const foreign = async (): Promise<Configuration[]> => (await configurations()).filter(({ metadata }) => metadata.name !== own);
  const mine = async (): Promise<Configuration> => {
    const found = (await configurations()).find(({ metadata }) => metadata.name === own);
    assert.ok(found, "MetalLB's configuration is gone");
    return found;
  };
  /** Returns the API server's answer to an object for which it calls an unmanaged webhook. The object is not stored. */
  const judged = (by: string): Promise<string> => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "judged", namespace: "default", labels: { "judged-by": by } } };
    return cluster.kubectl(["create", "--dry-run=server", "--filename", "-"], JSON.stringify(object)).catch(messageOf);
  };

  const applyForeign = (): Promise<string> => {
    const gone = { namespace: "gone", name: "gone" };
    const metallbs = { "app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "webhook" };
    const spec = { selector: { app: "policy" }, ports: [{ port: 443 }] };
    return apply(
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "policy" } },
      { apiVersion: "v1", kind: "Service", metadata: { name: "policy", namespace: "policy" }, spec },
      foreignWebhook("service-there", { service: { namespace: "policy", name: "policy" } }),
      foreignWebhook("service-gone", { service: gone }),
      foreignWebhook("by-address", { url: "https://policy.example.com/judge" }),
      // Each has only some of MetalLB's names: labels, service, or webhooks. Only a configuration with all of them is MetalLB's.
      foreignWebhook("metallb-labels", { service: gone }, {}, metallbs),
      foreignWebhook(
        "metallb-policy",
        { service: { namespace, name: "metallb-webhook-service" } },
        { name: "policyvalidationwebhook.metallb.io" },
      ),
    );
  };

  it("stay byte for byte if unmanaged, while up removes MetalLB's orphaned one", async () => {
    const service = { namespace, name: "metallb-webhook-service" };
    await apply(foreignWebhook(own, { service }, { name: "ipaddresspoolvalidationwebhook.metallb.io" }));
    const before = await foreign();
    assert.equal(before.length, 5);
    const dead = await mine();
    const removed = printed(await up()).filter((line) => line.includes("is orphaned"));
    assert.deepEqual(removed, [
      `Webhook configuration ${own} in cluster lab-dev is orphaned: its service ${namespace}/metallb-webhook-service does not exist; ` +
        "this run removed it.",
    ]);
    assert.deepEqual(await foreign(), before);
    assert.notEqual((await mine()).metadata.uid, dead.metadata.uid);
    assert.deepEqual(await warningsOf(lab, stack, "--expect-no-changes"), []);
    deployed.add(stack);
  });

  describe("after MetalLB is deployed", () => {
    beforeEach(() => deploy(lab, stack));

    it("stay if their service exists: MetalLB's own, and an unmanaged one that rejects unknown objects", async () => {
      const { caBundle, service } =
        (await mine()).webhooks.map(({ clientConfig }) => clientConfig).find(({ service }) => service.path) ?? {};
      assert.ok(caBundle !== undefined && service !== undefined);
      // MetalLB's program plays an unmanaged webhook: it answers, and accepts no ConfigMap as a pool.
      await apply(foreignWebhook("alive", { service: { ...service, namespace, name: "metallb-webhook-service" }, caBundle }));
      const refusal = /admission webhook "policy\.example\.com" denied the request/;
      await until("its refusal", async () => refusal.test(await judged("alive")));
      const [before, living] = [await foreign(), await mine()];
      edited.write(poolOf("10.5.0.0/25"));
      assert.doesNotMatch(await up(), /left over/);
      assert.deepEqual([await foreign(), await mine()], [before, living]);
      assert.match(await judged("alive"), refusal);
    });

    it("are created again if a stopped run created them and did not record it", async () => {
      deployed.delete(stack);
      await pulumi(lab, stack, ["stack", "rm", "--force", "--yes", "--preserve-config"]);
      await lab.engine.selectStack(stack);
      // A run is stopped before it has created workloads.
      await cluster.kubectl(["delete", "deployment,daemonset", "--all", "--namespace", namespace]);
      const { uid } = (await mine()).metadata;
      await up();
      assert.equal((await mine()).metadata.uid, uid);
      assert.deepEqual(await warningsOf(lab, stack, "--expect-no-changes"), []);
      deployed.add(stack);
    });

    it("stay if no state has them any more: up refuses to deploy over a working webhook, and changes nothing", async () => {
      deployed.delete(stack);
      await pulumi(lab, stack, ["stack", "rm", "--force", "--yes", "--preserve-config"]);
      await lab.engine.selectStack(stack);
      const [before, living] = [await foreign(), await mine()];
      await assert.rejects(up(), /cluster lab-dev already has a MetalLB that this stack does not manage; run make adopt STACK=lab-dev/);
      assert.deepEqual([await foreign(), await mine()], [before, living]);
    });
  });
});
