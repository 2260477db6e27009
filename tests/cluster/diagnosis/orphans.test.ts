import assert from "node:assert/strict";

import type { MetalLbObject, WebhookState } from "../../../cluster/diagnosis/cluster-state";
import { plannedObjects } from "../../../cluster/manifests/planned-objects";
import { classifyOrphans } from "../../../cluster/diagnosis/orphans";
import { foundObject } from "../../support/pool-objects";
import { devPlan } from "../../support/readings";
import { survey } from "../../support/surveys";

const plan = devPlan();
const judge = (changes: Parameters<typeof survey>[0], ...own: string[]) => classifyOrphans(plan, survey(changes), new Set(own));

const service = { namespace: "metallb-system", name: "metallb-webhook-service" };
const webhook = (serviceExists: boolean): WebhookState => ({
  name: "metallb-webhook-configuration",
  uid: "u",
  resourceVersion: "7",
  service,
  serviceExists,
});
const pool = (name: string, addresses: string[], at = "metallb-system", spec: object = {}): MetalLbObject =>
  foundObject("IPAddressPool", name, { addresses, at, spec });
const advertisement = (name: string, spec: object = {}): MetalLbObject => foundObject("L2Advertisement", name, { spec });

describe("orphaned objects of a MetalLB", () => {
  it("are none in a cluster without MetalLB", () => assert.deepEqual(judge({}), { adopted: [], findings: [], overlaps: [] }));

  it("include an unmanaged webhook configuration whose service does not exist", () =>
    assert.deepEqual(judge({ webhooks: [webhook(false)] }), { removable: webhook(false), adopted: [], findings: [], overlaps: [] }));

  it("omit a webhook configuration whose service exists", () =>
    assert.deepEqual(judge({ webhooks: [webhook(true)] }), { adopted: [], findings: [], overlaps: [] }));

  it("omit the stack's own webhook configuration whose service was deleted", () =>
    assert.deepEqual(judge({ webhooks: [webhook(false)] }, "ValidatingWebhookConfiguration metallb-webhook-configuration"), {
      ownWebhook: webhook(false),
      adopted: [],
      findings: [],
      overlaps: [],
    }));

  it("are adopted if the plan has the same kinds, pools and advertisements", () => {
    const planned = plannedObjects(plan).find(({ role }) => role === "advertisement")?.object["spec"] as object;
    const objects = [
      pool("lab-dev", ["10.5.0.0/24"]),
      advertisement("pools", planned),
      advertisement("other"),
      pool("lab-dev", [], "elsewhere"),
    ];
    const crds = ["ipaddresspools.metallb.io", "l2advertisements.metallb.io"];
    assert.deepEqual(judge({ objects, crds }).adopted, [
      "MetalLB's CustomResourceDefinitions (2)",
      "IPAddressPool lab-dev",
      "L2Advertisement pools",
    ]);
    const own = [...crds.map((name) => `CustomResourceDefinition ${name}`), "IPAddressPool lab-dev", "L2Advertisement pools"];
    assert.deepEqual(judge({ objects, crds }, ...own).adopted, []);
  });

  it("include a pool with a planned name and other addresses, with the possible fixes", () => {
    const { adopted, findings } = judge({ objects: [pool("lab-dev", ["10.5.0.0/25", "10.5.1.0/24"])] });
    assert.deepEqual(adopted, []);
    assert.deepEqual(findings, [
      {
        path: "pools[0].addresses",
        value: '["10.5.0.0/24"]',
        rule: "pool lab-dev already exists in the cluster with 10.5.0.0/25, 10.5.1.0/24, and this stack does not manage it (written by helm)",
        fix:
          "write its addresses here to take it over as it is; run PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up once to overwrite it; or remove it: " +
          "kubectl delete ipaddresspool lab-dev --namespace metallb-system",
      },
    ]);
  });

  it("name what up changes in an object that it takes over, if no other manager wrote that", () => {
    const { object, ...rest } = pool("lab-dev", ["10.5.0.0/24"]);
    const live = { ...rest, object: { ...object, spec: { addresses: ["10.5.0.0/24"], autoAssign: true, avoidBuggyIPs: false } } };
    assert.deepEqual(judge({ objects: [live] }).adopted, ["IPAddressPool lab-dev (changes spec.avoidBuggyIPs from false to true)"]);
  });

  it("include an object with a planned name in which another manager wrote something that the plan does not have", () => {
    const planned = plannedObjects(plan).find(({ role }) => role === "advertisement")?.object["spec"] as object;
    const { adopted, findings } = judge({
      objects: [
        pool("lab-dev", ["10.5.0.0/24"], "metallb-system", { autoAssign: false }),
        advertisement("pools", { ...planned, interfaces: ["eth9"] }),
      ],
    });
    assert.deepEqual(adopted, []);
    const fix = (kind: string, name: string) =>
      `write the same into the stack file to take it over as it is, or remove it: kubectl delete ${kind} ${name} --namespace metallb-system`;
    const exists = "already exists in the cluster, and this stack does not manage it (written by helm)";
    assert.deepEqual(findings, [
      {
        path: "pools",
        value: '"lab-dev"',
        rule: `IPAddressPool lab-dev ${exists}: spec.autoAssign is false and not true`,
        fix: fix("ipaddresspool", "lab-dev"),
      },
      {
        path: "advertisements",
        value: '"pools"',
        rule: `L2Advertisement pools ${exists}: spec.interfaces is ["eth9"], which the stack did not set`,
        fix: fix("l2advertisement", "pools"),
      },
    ]);
  });

  it("include an object that conflicts with a planned pool, with its manager and the command that removes it", () => {
    const objects = [pool("old", ["10.9.0.0/24", "10.5.0.128-10.5.0.199"]), pool("far", ["10.9.1.0/24"]), pool("odd", ["?"])];
    assert.deepEqual(judge({ objects }).findings, [
      {
        path: "pools[0].addresses",
        value: '["10.5.0.0/24"]',
        rule: "overlaps 10.5.0.128-10.5.0.199 of pool old, which already exists in the cluster and which this stack does not manage (written by helm); MetalLB rejects that",
        fix: "use other addresses, or remove it: kubectl delete ipaddresspool old --namespace metallb-system",
      },
    ]);
    assert.deepEqual(judge({ objects }, "IPAddressPool old").findings, []);
  });

  it("reports an unmanaged pool with the address of a floating next hop", () => {
    const floating = devPlan({ "gateway.mode": "floating", "gateway.addresses": ["192.168.50.240"] });
    const { findings, overlaps } = classifyOrphans(floating, survey({ objects: [pool("house", ["192.168.50.240/29"])] }), new Set());
    assert.deepEqual(findings, overlaps);
    assert.deepEqual(
      findings.map(({ path, rule }) => [path, rule.split(",")[0]]),
      [["gateway.addresses[0]", "overlaps 192.168.50.240/29 of pool house"]],
    );
  });
});
