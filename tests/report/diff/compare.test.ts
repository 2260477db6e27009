import assert from "node:assert/strict";

import fc from "fast-check";

import type { RenderedStack } from "../../../cluster/manifests/rendered-stack";
import { overlaps } from "../../../config/address/address";
import { inspectStack } from "../../../config/parse";
import { compare } from "../../../report/diff/compare";
import { isEmpty, type Diff, type StackDiff } from "../../../report/diff/diff";
import { objectName } from "../../../report/diff/text";
import { renderedStack, workload } from "../../support/rendered";
import { households } from "../../support/plans";
import { devConfig, stackConfig } from "../../support/stack-files";

const changed = (changes: Record<string, unknown>) => renderedStack(devConfig(changes));
const names = (stack: StackDiff | undefined) => stack?.objects.map((one) => `${one.change} ${objectName(one)}`);

/** Returns the differences of lab-dev after an edit. */
function edit(changes: Record<string, unknown>): StackDiff | undefined {
  return compare([renderedStack()], [changed(changes)]).stacks[0];
}

describe("the differences between two versions of the household", () => {
  it("are none for an edit that deploys the same", () => {
    assert.ok(isEmpty(compare([renderedStack()], [changed({ "metallb.namespace": "metallb-system", "router.metric": 0 })])));
  });

  it("name a pool that is added, with its content and its route", () => {
    const stack = edit({ "pools[1]": { name: "media", addresses: ["10.5.1.0/24"] } });
    assert.deepEqual(names(stack), ["changed L2Advertisement metallb-system/pools", "added IPAddressPool metallb-system/media"]);
    assert.deepEqual(stack?.objects[1]?.differences.at(-1)?.to, { addresses: ["10.5.1.0/24"], autoAssign: true, avoidBuggyIPs: true });
    assert.deepEqual(stack?.routes, [
      { change: "added", router: "192.168.50.1", network: "10.5.1.0", netmask: "255.255.255.0", gateway: "192.168.50.11", metric: 0 },
    ]);
  });

  it("show a route with another gateway as one change, with the earlier values", () => {
    const stack = edit({ "gateway.addresses": ["192.168.50.12"] });
    assert.deepEqual(names(stack), []);
    assert.deepEqual(
      stack?.routes.map(({ change, gateway, before }) => [change, gateway, before]),
      [["changed", "192.168.50.12", { gateway: "192.168.50.11", metric: 0 }]],
    );
  });

  it("show each route twice if the router is another one", () => {
    assert.deepEqual(
      edit({ "router.host": "192.168.50.2" })?.routes.map(({ change, router }) => `${change} ${router}`),
      ["removed 192.168.50.1", "added 192.168.50.2"],
    );
  });

  it("name the objects of a floating next hop", () => {
    const hop = "metallb-system/next-hop-192-168-50-240";
    const stack = edit({ gateway: { mode: "floating", addresses: ["192.168.50.240"] } });
    assert.deepEqual(names(stack), [`added IPAddressPool ${hop}`, `added L2Advertisement ${hop}`, `added Service ${hop}`]);
  });

  it("have the values that are in no object and no route", () => {
    const stack = edit({ "cluster.context": "other", "pools[0].protect": true, "reserved.dhcp": ["192.168.50.100-192.168.50.199"] });
    assert.deepEqual(
      stack?.settings.map(({ path, from, to }) => [path, from, to]),
      [
        ["cluster.context", "lab-dev", "other"],
        ["pools.lab-dev.protect", false, true],
        ["reserved.dhcp", [], ["192.168.50.100-192.168.50.199"]],
      ],
    );
  });

  it("have another next hop than auto only if the stack file has", () => {
    const auto = { "gateway.addresses": ["auto"] };
    assert.ok(isEmpty(compare([changed(auto)], [changed(auto)])));
    assert.equal(edit(auto)?.routes[0]?.gateway, "auto");
  });

  it("name the place of an encrypted value that is another one, and show no value", () => {
    const values = { credentials: { password: "ciphertext-1" } };
    const config = (password: string) =>
      devConfig({ "router.privateKeyFile": undefined, "router.password": password, "metallb.values": values });
    const encrypted = ["router.password", "metallb.values.credentials.password"];
    const [before, after] = ["ciphertext-2", "ciphertext-3"].map((password) => renderedStack(config(password), { encrypted }));
    assert.ok(before && after);
    const diff = compare([before], [after]);
    assert.deepEqual(diff.stacks[0]?.secrets, ["router.password"]);
    assert.doesNotMatch(JSON.stringify(diff), /ciphertext/);
  });

  it("do not show a kubeconfig's content, nor a value that looks like a secret, nor the data of a Secret", () => {
    const kubeconfig = "apiVersion: v1\nusers: [{name: a, user: {token: plain}}]";
    const secret = (value: string) => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "one" }, stringData: { key: value } });
    const version = (text: string) =>
      renderedStack(devConfig({ "cluster.kubeconfig": `${kubeconfig}${text}` }), {
        chart: [secret(text), workload(`image:1`, `password=${text}`)],
      });
    const diff = compare([version("plain-1")], [version("plain-2")]);
    assert.deepEqual(diff.stacks[0]?.secrets, ["cluster.kubeconfig"]);
    assert.deepEqual(names(diff.stacks[0]), ["changed Deployment metallb-system/metallb-controller"]);
    assert.doesNotMatch(JSON.stringify(diff), /plain/);
  });

  it("name a stack that is added and one that is removed, with all their objects", () => {
    const prod = renderedStack(stackConfig("lab-prod"), { stack: "lab-prod" });
    const { stacks } = compare([renderedStack()], [prod]);
    assert.deepEqual(
      stacks.map(({ stack, change, objects, routes }) => [stack, change, objects.length, routes.length]),
      [
        ["lab-dev", "removed", 3, 1],
        ["lab-prod", "added", 3, 1],
      ],
    );
  });

  it("have the addresses that go from one stack to another", () => {
    const at = (stack: string, config: string, addresses: string) =>
      renderedStack({ ...stackConfig(config), pools: [{ name: "primary", addresses: [addresses] }] }, { stack });
    const { moved } = compare(
      [at("one", "lab-dev", "10.5.0.0/23"), at("two", "lab-prod", "10.6.0.0/24")],
      [at("one", "lab-dev", "10.5.0.0/24"), at("two", "lab-prod", "10.5.1.0/24")],
    );
    assert.deepEqual(moved, [{ addresses: "10.5.1.0/24", from: { stack: "one", pool: "primary" }, to: { stack: "two", pool: "primary" } }]);
  });

  it("have the versions of images, and arguments as a list", () => {
    const version = (tag: string) => renderedStack(devConfig(), { chart: [workload(`registry:5000/metallb/controller:${tag}`)] });
    const [stack] = compare([version("v0.15.3")], [version("v0.16.2@sha256:abc")]).stacks;
    assert.deepEqual(stack?.images, [{ image: "registry:5000/metallb/controller", from: ["v0.15.3"], to: ["v0.16.2@sha256:abc"] }]);
    const one = workload("image:1");
    const other = { ...one, spec: JSON.parse(JSON.stringify(one["spec"]).replace("7472", "9120")) as object };
    const [listed] = compare([renderedStack(devConfig(), { chart: [one] })], [renderedStack(devConfig(), { chart: [other] })]).stacks;
    assert.deepEqual(
      listed?.objects[0]?.differences.map(({ path, to }) => [path, to]),
      [["spec.template.spec.containers[controller].args", ["--port=9120", "--log-level=info"]]],
    );
  });

  describe("for any two households", () => {
    /** A household whose stacks are valid on their own, without those that have an address of an earlier one. */
    const rendered = households.map((stacks) =>
      stacks
        .flatMap(([stack, config]) => (inspectStack({ stack, config }).parsed === undefined ? [] : [renderedStack(config, { stack })]))
        .reduce<RenderedStack[]>((valid, one) => (valid.some((other) => isClash(one, other)) ? valid : [...valid, one]), []),
    );

    it("are none from a household to itself", () => {
      fc.assert(fc.property(rendered, (household) => isEmpty(compare(household, structuredClone(household)))));
    });

    it("lead from the first one to the second one", () => {
      fc.assert(
        fc.property(rendered, rendered, (base, head) => {
          assert.deepEqual(apply(inventory(base), compare(base, head)), inventory(head));
        }),
      );
    });

    it("are the same in the other direction, with added and removed exchanged", () => {
      const swapped = { added: "removed", removed: "added", changed: "changed" } as const;
      const list = ({ stacks }: Diff, swap: boolean) =>
        stacks
          .flatMap(({ stack, objects, routes }) => [
            ...objects.map((one) => `${stack} ${swap ? swapped[one.change] : one.change} ${objectName(one)}`),
            ...routes.map(({ change, network, netmask }) => `${stack} ${swap ? swapped[change] : change} ${network} ${netmask}`),
          ])
          .sort();
      fc.assert(
        fc.property(rendered, rendered, (base, head) => {
          assert.deepEqual(list(compare(head, base), true), list(compare(base, head), false));
        }),
      );
    });
  });
});

const isClash = (one: RenderedStack, other: RenderedStack) =>
  one.blocks.some(({ block }) => other.blocks.some((another) => overlaps(block, another.block)));

/** Returns the names of all objects and the forms of all routes. */
function inventory(stacks: readonly RenderedStack[]): string[] {
  return stacks
    .flatMap(({ stack, objects, routes }) => [
      ...objects.map(({ kind, metadata: { namespace, name } }) => `${stack} ${kind} ${namespace} ${name}`),
      ...routes.map(({ network, netmask, gateway, metric }) => `${stack} ${network} ${netmask} ${gateway} ${metric}`),
    ])
    .sort();
}

/** Applies differences to an inventory. */
function apply(before: readonly string[], { stacks }: Diff): string[] {
  const after = new Set(before);
  for (const { stack, objects, routes } of stacks) {
    for (const { change, kind, namespace, name } of objects) {
      const one = `${stack} ${kind} ${namespace} ${name}`;
      if (change === "removed") assert.ok(after.delete(one), one);
      if (change === "added") after.add(one);
    }
    for (const { change, network, netmask, gateway, metric, before: earlier } of routes) {
      const at = (target: { gateway: string; metric: number }) => `${stack} ${network} ${netmask} ${target.gateway} ${target.metric}`;
      const old = earlier ?? { gateway, metric };
      if (change !== "added") assert.ok(after.delete(at(old)), at(old));
      if (change !== "removed") after.add(at({ gateway, metric }));
    }
  }
  return [...after].sort();
}
