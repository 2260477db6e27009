import assert from "node:assert/strict";

import { planAdoption, type AdoptionInputs, type Planned, type Release } from "../../../cluster/diagnosis/adoption";
import type { MetalLbObject } from "../../../cluster/diagnosis/cluster-state";
import { parseStackConfig } from "../../../config/parse";
import type { KubeObject } from "../../../cluster/manifests/kube-object";
import { foundObject } from "../../support/pool-objects";
import { devConfig } from "../../support/stack-files";
import { survey } from "../../support/surveys";

const namespace = "metallb-system";
const at = (changes: Record<string, unknown> = {}) => parseStackConfig("lab-dev", devConfig(changes)).plan;

const object = (kind: string, name: string, content: object = {}): KubeObject => ({
  apiVersion: /^(IPAddressPool|L2Advertisement)$/.test(kind) ? "metallb.io/v1beta1" : "apps/v1",
  kind,
  metadata: { name, namespace },
  ...content,
});
const speaker = object("DaemonSet", "metallb-speaker", {
  spec: { updateStrategy: { type: "RollingUpdate" }, template: { spec: { a: 1 } } },
});
const pool = object("IPAddressPool", "lab-dev", { spec: { addresses: ["10.5.0.0/24"], autoAssign: true, avoidBuggyIPs: true } });
const there = (one: KubeObject): Planned => ({ object: one, live: one });
const release = (changes: Partial<Release> = {}): Release => ({
  name: "metallb",
  namespace,
  revision: 1,
  status: "deployed",
  chart: "metallb",
  version: "0.16.2",
  objects: [speaker],
  ...changes,
});
const poolOf = (name: string, ...addresses: string[]): MetalLbObject =>
  foundObject("IPAddressPool", name, { addresses, manager: "kubectl", at: namespace });
const holding = (changes: Partial<AdoptionInputs> = {}, state: Parameters<typeof survey>[0] = {}): AdoptionInputs => ({
  planned: [there(speaker), there(pool)],
  releases: [release()],
  reconcilers: [],
  survey: survey({ speakers: [namespace], objects: [poolOf("lab-dev", "10.5.0.0/24")], ...state }),
  ...changes,
});

describe("an adoption", () => {
  it("takes over existing objects unchanged, and restarts no pod", () => {
    const { taken, ...others } = planAdoption(at(), holding());
    assert.deepEqual(taken, [speaker, pool]);
    assert.deepEqual(others, { refusals: [], made: [], changes: [], restarts: [], left: [] });
  });

  it("creates missing objects, and keeps those of the stack", () => {
    const manager = "pulumi-kubernetes-1";
    const live = { ...pool, metadata: { ...pool.metadata, managedFields: [{ manager, operation: "Apply", fieldsV1: {} }] } };
    const planned = [{ object: speaker }, { object: pool, live, manager }];
    const { taken, made } = planAdoption(at(), holding({ planned }, { speakers: [] }));
    assert.deepEqual([taken, made], [[], [speaker]]);
  });

  it("takes over fields from their earlier owner if an earlier run skipped that", () => {
    const live = { ...pool, metadata: { ...pool.metadata, annotations: { "meta.helm.sh/release-name": "metallb" } } };
    const { taken } = planAdoption(at(), holding({ planned: [there(speaker), { object: pool, live, manager: "pulumi-kubernetes-1" }] }));
    assert.deepEqual(taken, [speaker, pool]);
  });

  it("lists what changes in the release's objects, and which pods restart", () => {
    const other = { ...speaker, spec: { updateStrategy: { type: "RollingUpdate" }, template: { spec: { a: 2, b: 3 } } } };
    const { changes, restarts } = planAdoption(at(), holding({ releases: [release({ objects: [other] })] }));
    assert.deepEqual(changes, [
      {
        object: speaker,
        differences: [
          { path: "spec.template.spec.a", from: 2, to: 1 },
          { path: "spec.template.spec.b", from: 3, to: undefined },
        ],
      },
    ]);
    assert.deepEqual(restarts, [speaker]);
    const strategy = { ...speaker, spec: { updateStrategy: { type: "OnDelete" }, template: { spec: { a: 1 } } } };
    assert.deepEqual(planAdoption(at(), holding({ releases: [release({ objects: [strategy] })] })).restarts, []);
  });

  it("lists what changes in a pool that no release contains", () => {
    const live = { ...pool, spec: { addresses: ["10.5.0.0/24"], autoAssign: false, avoidBuggyIPs: true }, status: { assignedIPv4: 1 } };
    const { changes } = planAdoption(at(), holding({ planned: [there(speaker), { object: pool, live }] }));
    assert.deepEqual(changes, [{ object: pool, differences: [{ path: "spec.autoAssign", from: false, to: true }] }]);
  });

  it("lists objects of the release and of MetalLB that stay as they are", () => {
    const config = object("ConfigMap", "metallb-frr-startup");
    const objects = [poolOf("lab-dev", "10.5.0.0/24"), poolOf("old", "10.9.0.0/24"), { ...poolOf("far", "10.9.1.0/24"), namespace: "far" }];
    const { left, refusals } = planAdoption(at(), holding({ releases: [release({ objects: [speaker, config] })] }, { objects }));
    assert.deepEqual(left, [`ConfigMap ${namespace}/metallb-frr-startup`, `IPAddressPool ${namespace}/old`]);
    assert.deepEqual(refusals, []);
  });
});

/** Returns path, value, rule and fix of the only refusal. */
function refusal(given: AdoptionInputs, plan = at()): string[] {
  const { refusals } = planAdoption(plan, given);
  assert.equal(refusals.length, 1, JSON.stringify(refusals));
  return refusals.flatMap(({ path, value, rule, fix }) => [path, value, rule, fix]);
}

describe("an adoption is refused", () => {
  it("if MetalLB is in another namespace", () =>
    assert.deepEqual(refusal(holding({ planned: [{ object: speaker }], releases: [] }, { speakers: ["lb"] })), [
      "metallb.namespace",
      '"metallb-system"',
      "cluster lab-dev has its MetalLB in namespace lb",
      'set it to "lb" to take that one over',
    ]));

  it("if the release has another name, or if objects without a release have other names", () => {
    const named = refusal(holding({ planned: [{ object: speaker }], releases: [release({ name: "lb", objects: [] })] }));
    assert.deepEqual(named.slice(2), [
      "Helm's release there is called lb, and its objects by that name, the stack's by metallb",
      'neither can be renamed: see "Another name" in docs/how-to/metallb-adopt.md',
    ]);
    const manifests = refusal(holding({ planned: [{ object: speaker }], releases: [] }));
    assert.equal(manifests[2], "its MetalLB was installed from manifests, whose objects have other names than the chart's");
  });

  it("if the chart has another version, with both ways to continue", () =>
    assert.deepEqual(refusal(holding({ releases: [release({ version: "0.15.3" })] })), [
      "metallb.version",
      '"0.16.2"',
      "Helm's release metallb-system/metallb has chart version 0.15.3",
      'set it to "0.15.3" to adopt, and raise it in a second step; or upgrade that release first',
    ]));

  it("while Helm is changing the release", () =>
    assert.deepEqual(refusal(holding({ releases: [release({ status: "pending-upgrade" })] })).slice(2), [
      "Helm's release metallb-system/metallb is pending-upgrade",
      "wait for its end, or run helm rollback metallb --namespace metallb-system",
    ]));

  it("if another chart's release has more objects than those that are adopted, and not otherwise", () => {
    const umbrella = (...objects: KubeObject[]) => [release(), release({ name: "home", chart: "home", version: "1.0.0", objects })];
    const more = refusal(holding({ releases: umbrella(pool, object("ConfigMap", "other")) }));
    assert.equal(
      more[2],
      "Helm's release metallb-system/home of chart home has objects that the stack takes over and 1 more, which would lose their release",
    );
    assert.deepEqual(planAdoption(at(), holding({ releases: umbrella(pool) })).refusals, []);
  });

  it("while Flux reconciles the release, with the command that suspends it", () =>
    assert.deepEqual(refusal(holding({ reconcilers: [{ kind: "Kustomization", namespace: "flux-system", name: "pools" }] })), [
      "cluster.context",
      '"lab-dev"',
      "Flux's Kustomization flux-system/pools manages it, and would revert the adoption",
      "run flux suspend kustomization pools --namespace flux-system",
    ]));

  it("if a pool has other addresses, in any order", () => {
    const other = holding({}, { objects: [poolOf("lab-dev", "10.5.0.0/25")] });
    assert.deepEqual(refusal(other), [
      "pools[0].addresses",
      '["10.5.0.0/24"]',
      "pool lab-dev of the cluster has 10.5.0.0/25",
      "write the same to adopt it, and edit it in a second step",
    ]);
    const plan = at({ "pools[0].addresses": ["10.5.1.0/24", "10.5.0.0/24"] });
    const same = holding({}, { objects: [poolOf("lab-dev", "10.5.0.0/24", "10.5.1.0/24")] });
    assert.deepEqual(planAdoption(plan, same).refusals, []);
  });

  it("if a pool of another name has the addresses", () =>
    assert.deepEqual(refusal(holding({}, { objects: [poolOf("first", "10.5.0.0-10.5.0.9")] })), [
      "pools[0].name",
      '"lab-dev"',
      "pool first of the cluster has 10.5.0.0-10.5.0.9",
      'set it to "first"',
    ]));

  it("if a service has an address that the plan's pool would not keep", () => {
    const services = [{ name: "web/shop", addresses: ["10.5.0.0"], pool: "lab-dev" }];
    assert.equal(refusal(holding({}, { services }))[2], "1 service will lose its address: web/shop (10.5.0.0)");
  });
});
