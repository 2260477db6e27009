import assert from "node:assert/strict";

import type { ClusterState } from "../../../cluster/diagnosis/cluster-state";
import { parseStackConfig } from "../../../config/parse";
import {
  definitionsIn,
  findDeletedWith,
  findDestroyed,
  findProtectedInUse,
  findOthersDeleted,
} from "../../../cluster/diagnosis/destruction";
import { foundObject } from "../../support/pool-objects";
import { devConfig } from "../../support/stack-files";

const plan = (changes: Record<string, unknown> = {}) => parseStackConfig("lab-dev", devConfig(changes)).plan;

describe("the services of a stack before its destruction", () => {
  const service = (name: string, pool: string, ...addresses: string[]) => ({ name, pool, addresses });
  const cluster = (...services: ClusterState["services"]): ClusterState => ({ nodes: [], services, pools: ["lab-dev"] });
  const services = [
    service("web/shop", "lab-dev", "10.5.0.1", "fd00::1"),
    service("web/blog", "by-hand", "10.9.0.1"),
    service("a/b", "lab-dev"),
  ];

  it("lose their address, also one from an unmanaged pool; services without an address are not listed", () => {
    assert.deepEqual(findDestroyed(plan(), cluster(...services)), {
      path: "pools",
      value: '["10.5.0.0/24"]',
      rule: "destroy removes the address of 2 services: web/shop (10.5.0.1, fd00::1), web/blog (10.9.0.1)",
      fix: "clients can no longer reach them there",
    });
    const [shop, , waiting] = services;
    assert.ok(shop && waiting);
    assert.equal(findDestroyed(plan(), cluster(shop))?.rule, "destroy removes the address of 1 service: web/shop (10.5.0.1, fd00::1)");
    assert.equal(findDestroyed(plan(), cluster(waiting)), undefined);
  });

  it("block the destruction of a protected pool from which they have an address, and of no other pool", () => {
    const pools = [
      { name: "lab-dev", addresses: ["10.5.0.0/24"] },
      { name: "web", addresses: ["10.5.1.0/24"], protect: true },
    ];
    assert.deepEqual(findProtectedInUse(plan({ pools }), cluster(...services, service("c/d", "web"))), []);
    assert.deepEqual(findProtectedInUse(plan({ pools }), cluster(...services, service("c/d", "web", "10.5.1.1"))), [
      {
        path: "pools[1].protect",
        value: "true",
        rule: "services have addresses from it: c/d (10.5.1.1)",
        fix: "remove them first, or set it to false and run pulumi up",
      },
    ]);
  });

  it("are listed with other unmanaged objects of MetalLB's definitions, in every namespace", () => {
    const object = (kind: string, name: string, manager: string, namespace = "metallb-system") => ({
      apiVersion: "metallb.io/v1beta1",
      kind,
      metadata: { name, namespace, managedFields: [{ manager, fieldsV1: { "f:spec": {} } }] },
    });
    const own = new Set(["L2Advertisement pools", "BGPPeer kept"]);
    const found = (...objects: ReturnType<typeof object>[]) => findOthersDeleted(plan(), objects, own);
    const stackObjects = [
      object("L2Advertisement", "pools", "x"),
      object("L2Advertisement", "next-hop", "pulumi-kubernetes-1"),
      object("IPAddressPool", "old", "x"),
    ];
    assert.equal(found(...stackObjects), undefined);
    assert.equal(
      found(...stackObjects, object("BGPPeer", "upstream", "kubectl-create"), object("L2Advertisement", "pools", "helm", "elsewhere"))
        ?.rule,
      "objects that this stack does not manage are deleted with their CustomResourceDefinitions: " +
        "BGPPeer metallb-system/upstream (by kubectl-create); L2Advertisement elsewhere/pools (by helm)",
    );
    assert.deepEqual(definitionsIn(new Set(["CustomResourceDefinition bgppeers.metallb.io", "Namespace x"])), ["bgppeers.metallb.io"]);
  });

  it("are listed with unmanaged pools that are deleted too, and with other objects by kind", () => {
    const object = (name: string, at = "metallb-system", kind: "IPAddressPool" | "L2Advertisement" = "IPAddressPool") =>
      foundObject(kind, name, { addresses: ["10.9.0.0/24"], manager: "kubectl", at });
    const found = (...objects: ReturnType<typeof object>[]) => findDeletedWith(plan(), { objects, pools: ["lab-dev", "former"] });
    assert.equal(found(object("lab-dev"), object("former"), object("x", "metallb-system", "L2Advertisement")), undefined);
    assert.deepEqual(found(object("old"), object("lab-dev", "elsewhere")), {
      path: "metallb",
      value: '"metallb-system"',
      rule: "pools that this stack does not manage are deleted with MetalLB's CustomResourceDefinitions: old (10.9.0.0/24, by kubectl); lab-dev (10.9.0.0/24, by kubectl)",
      fix: "save them if you need them again",
    });
  });
});
