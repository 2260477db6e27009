/** Objects of the stack, of MetalLB's chart and by hand, that other field managers write in a cluster that runs. */
import assert from "node:assert/strict";

import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import { onOperator } from "../../lab/operator";
import { endLab, pulumi, raiseLab } from "../support/lab";
import { untilNodesTakePods } from "../support/nodes";
import { applyObjects } from "../support/pool-objects";
import { StackEdit } from "../support/stack-edit";
import { warningsOf } from "../support/warnings";

const stack = "lab-dev";
const namespace = "metallb-system";
const hop = "next-hop-192-168-50-240";
const speaker = "metallb-speaker";
const role = "metallb:speaker";
/** The characters of a text in order: the items of a list may change places. */
const sorted = (text: string): string => [...text].sort().join("");

describe("objects of the stack that other field managers write", () => {
  let lab: Lab;
  let cluster: Cluster;
  let edited: StackEdit;

  const pools = [{ name: "lab-dev", addresses: ["10.5.0.0/24"] }];
  const changes = { pools, "gateway.mode": "floating", "gateway.addresses": ["192.168.50.240"] };

  before(async () => {
    lab = await raiseLab("test-altered-objects", { stacks: [stack] });
    cluster = lab.cluster(stack);
    await untilNodesTakePods(cluster);
    edited = new StackEdit(lab, stack);
    edited.write(changes);
    await up();
  });
  after(() => endLab(lab));
  afterEach(() => edited.write(changes));

  const up = (...options: string[]): Promise<string> => pulumi(lab, stack, ["up", "--yes", "--skip-preview", ...options]);
  const preview = (...options: string[]): Promise<string> => pulumi(lab, stack, ["preview", ...options]);
  const refused = (work: Promise<unknown>, expected: RegExp) =>
    assert.rejects(work, ({ message }: Error) => {
      assert.match(message, expected);
      return true;
    });
  const read = (kind: string, name: string, path: string): Promise<string> =>
    cluster.kubectl(["get", kind, name, "--namespace", namespace, "--output", `jsonpath={${path}}`]);

  for (const { title, options } of [
    { title: "up", options: ["--skip-preview"] },
    { title: "up --refresh", options: ["--refresh", "--skip-preview"] },
    { title: "up --refresh with its preview", options: ["--refresh"] },
  ]) {
    it(`has fields of other managers in its own objects shown by preview, and restored by ${title}`, async () => {
      const patch = (kind: string, name: string, content: object) =>
        cluster.kubectl(["patch", kind, name, "--namespace", namespace, "--type", "merge", "--patch", JSON.stringify(content)]);
      await patch("l2advertisement", "pools", { spec: { interfaces: ["eth9"] } });
      await patch("ipaddresspool", "lab-dev", { spec: { addresses: ["10.5.0.0/25"], serviceAllocation: { priority: 5 } } });
      await patch("service", hop, { spec: { externalTrafficPolicy: "Local" } });
      await cluster.kubectl(["label", "namespace", namespace, "pod-security.kubernetes.io/warn=baseline", "team=home", "--overwrite"]);
      const json = (kind: string, name: string, ...operations: object[]) =>
        cluster.kubectl(["patch", kind, name, "--namespace", namespace, "--type", "json", "--patch", JSON.stringify(operations)]);
      const container = "/spec/template/spec/containers/0";
      const before = await read("daemonset", speaker, `.spec.template.spec.containers[0]['args','env','livenessProbe']`);
      const rules = await read("clusterrole", role, ".rules");
      await json(
        "daemonset",
        speaker,
        { op: "add", path: `${container}/args/-`, value: "--log-level=all" },
        { op: "add", path: `${container}/env/-`, value: { name: "BY_HAND", value: "1" } },
        { op: "remove", path: `${container}/livenessProbe` },
      );
      await cluster.kubectl(["rollout", "restart", `daemonset/${speaker}`, "--namespace", namespace]);
      const restarted = ".spec.template.metadata.annotations.kubectl\\.kubernetes\\.io/restartedAt";
      const restart = await read("daemonset", speaker, restarted);
      await json("clusterrole", role, { op: "add", path: "/rules/-", value: { apiGroups: [""], resources: ["secrets"], verbs: ["get"] } });
      await cluster.kubectl(["scale", "deployment", "metallb-controller", "--namespace", namespace, "--replicas", "2"]);
      const shown = (await warningsOf(lab, stack)).join("\n");
      for (const field of [
        "spec.template.spec.containers[speaker].args",
        "spec.template.spec.containers[speaker].env[BY_HAND]",
        "spec.replicas",
        "rules",
        "spec.interfaces",
        "spec.addresses",
        "spec.serviceAllocation",
        "spec.externalTrafficPolicy",
        "pod-security.kubernetes.io/warn",
      ])
        assert.match(shown, new RegExp(`was changed by [-\\w, ]*: .*${field.replaceAll(/[.[\]]/g, "\\$&")} is .*; up restores it`));
      assert.match(shown, /spec\.template\.spec\.containers\[speaker\]\.livenessProbe is missing/);
      const { stdout, exitCode } = await onOperator(lab, ["drift", stack], { reject: false });
      const drifted = stdout.replaceAll(/ {2,}/g, " | ");
      assert.match(drifted, /differs \| preview \| .*spec\.externalTrafficPolicy is "Local", which the stack did not set/);
      assert.equal(exitCode, 2, drifted);
      await pulumi(lab, stack, ["up", "--yes", ...options]);
      const pool = JSON.parse(await cluster.kubectl(["get", "ipaddresspool", "lab-dev", "--namespace", namespace, "--output", "json"])) as {
        spec: unknown;
      };
      assert.deepEqual(pool.spec, { addresses: ["10.5.0.0/24"], autoAssign: true, avoidBuggyIPs: true });
      assert.equal(await read("l2advertisement", "pools", ".spec.interfaces"), "");
      assert.equal(await read("service", hop, ".spec.externalTrafficPolicy"), "Cluster");
      assert.equal(await read("namespace", namespace, ".metadata.labels.pod-security\\.kubernetes\\.io/warn"), "privileged");
      assert.deepEqual(
        sorted(await read("daemonset", speaker, `.spec.template.spec.containers[0]['args','env','livenessProbe']`)),
        sorted(before),
      );
      assert.equal(await read("clusterrole", role, ".rules"), rules);
      assert.equal(await read("deployment", "metallb-controller", ".spec.replicas"), "1");
      // A refresh takes the mark over into the state, and the engine then removes it.
      if (title === "up") assert.equal(await read("daemonset", speaker, restarted), restart, "a restart is no alteration");
      assert.deepEqual(await warningsOf(lab, stack, "--refresh", "--expect-no-changes"), []);
      await cluster.kubectl(["label", "namespace", namespace, "team-"]);
    });
  }

  it("refuses unmanaged objects with planned names and another content, takes over others, and changes them later", async () => {
    const metadata = (name: string) => ({ name, namespace });
    const advertisement = (interfaces: object) => ({
      ...{ apiVersion: "metallb.io/v1beta1", kind: "L2Advertisement", metadata: metadata("by-hand") },
      spec: { ipAddressPools: ["by-hand"], ...interfaces },
    });
    const spec = { addresses: ["10.5.2.0/24"], avoidBuggyIPs: true };
    await applyObjects(cluster, [{ apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: metadata("by-hand"), spec }]);
    await applyObjects(cluster, [advertisement({ interfaces: ["eth9"] })]);
    const planned = (address: string) => ({
      ...changes,
      pools: [...pools, { name: "by-hand", addresses: [address] }],
      advertisements: [
        { name: "pools", pools: ["lab-dev"] },
        { name: "by-hand", pools: ["by-hand"], nodeSelectors: [{}] },
      ],
    });
    edited.write(planned("10.5.2.0/24"));
    const refusal = /L2Advertisement by-hand already exists[^]*\(written by kubectl[-\w]*\): spec\.interfaces is \["eth9"\]/;
    await refused(preview(), refusal);
    await refused(up(), refusal);
    await cluster.kubectl(["delete", "l2advertisement", "by-hand", "--namespace", namespace]);
    await applyObjects(cluster, [advertisement({})]);
    assert.match(
      await preview(),
      /has IPAddressPool by-hand, L2Advertisement by-hand \(changes spec\.nodeSelectors from nothing to \[\{\}\]\) already: up takes them over/,
    );
    await up();
    await preview("--expect-no-changes");
    edited.write(planned("10.5.3.0/24"));
    await preview();
    await up();
    assert.equal(await read("ipaddresspool", "by-hand", ".spec.addresses"), '["10.5.3.0/24"]');
    edited.write(changes);
    await up();
  });
});
