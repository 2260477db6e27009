import assert from "node:assert/strict";

import type { UsedBlock } from "../../../cluster/diagnosis/cluster-state";
import { findUsedAddresses } from "../../../cluster/diagnosis/used-addresses";
import { findMisconfigurations } from "../../../cluster/diagnosis/misconfigurations";
import { foundObject } from "../../support/pool-objects";
import { survey } from "../../support/surveys";
import { devPlan } from "../../support/readings";

const reserved = { pods: ["10.42.0.0/16"], services: ["10.43.0.0/16"] };
const find = (addresses: readonly string[], ...used: UsedBlock[]) =>
  findUsedAddresses(devPlan({ reserved, pools: [{ name: "lab-dev", addresses, route: false }] }), { used, objects: [] }).map(
    ({ path, value, rule, fix }) => `${path} = ${value}: ${rule}; ${fix}`,
  );
const podNetwork: UsedBlock = { kind: "pods", text: "10.244.0.0/24", owner: "the pod network of node m1" };
const pod = (last: number): UsedBlock => ({ kind: "pods", text: `10.244.0.${last}`, owner: `the address of pod web/p${last}` });
const service: UsedBlock = { kind: "services", text: "10.96.115.9", owner: "the cluster IP of service web/shop" };

describe("pools compared with the cluster's real networks", () => {
  it("are reported once if they are in a pod network, without the pods in it", () =>
    assert.deepEqual(find(["10.5.0.0/24", "10.244.0.0/24"], podNetwork, pod(2)), [
      'pools[0].addresses[1] = "10.244.0.0/24": overlaps addresses that cluster lab-dev uses itself: 10.244.0.0/24, the pod network of node m1; ' +
        "use addresses that are free, and write what the cluster uses into reserved.pods",
    ]));

  it("are reported in a service network", () => {
    const network: UsedBlock = { kind: "services", text: "10.96.0.0/12", owner: "the service network in ServiceCIDR kubernetes" };
    assert.match(find(["10.96.115.0/24"], network, service)[0] ?? "", /10\.96\.0\.0\/12, the service network in ServiceCIDR kubernetes; /);
  });

  it("are reported with three of the pods, services and nodes that use an address, and the number of the others", () => {
    const [found = ""] = find(["10.244.0.2-10.244.0.9"], pod(2), pod(3), pod(4), pod(5), pod(10));
    assert.match(found, /: 10\.244\.0\.2, the address of pod web\/p2; .*; 10\.244\.0\.4, the address of pod web\/p4, and 1 more; use /);
    assert.match(find(["10.96.115.0/24"], service)[0] ?? "", /the cluster IP of service web\/shop; .* reserved\.services$/);
    const node: UsedBlock = { kind: "nodes", text: "192.168.50.242", owner: "the address of node w1" };
    assert.match(find(["192.168.50.240/29"], node)[0] ?? "", /192\.168\.50\.242, the address of node w1; .* reserved\.nodes$/);
  });

  it("are reported in a network from which new nodes get theirs, and tolerated there once they are deployed", () => {
    const reserve: UsedBlock = { kind: "pods", text: "10.0.0.0/8", owner: "cluster-pool-ipv4-cidr in Cilium's ConfigMap", isReserve: true };
    assert.match(find(["10.5.0.0/24"], reserve)[0] ?? "", /itself: 10\.0\.0\.0\/8, cluster-pool-ipv4-cidr in Cilium's ConfigMap; use/);
    const plan = devPlan({ reserved });
    const deployed = [foundObject("IPAddressPool", "lab-dev", { addresses: ["10.5.0.0/24"] })];
    const seen = survey({ used: [reserve], objects: deployed });
    assert.deepEqual(findUsedAddresses(plan, seen), []);
    assert.match(findMisconfigurations(plan, seen)[0]?.rule ?? "", /^overlaps addresses that cluster lab-dev uses itself: 10\.0\.0\.0\/8/);
    const inUse = survey({ used: [reserve, { ...reserve, text: "10.5.0.0/24", isReserve: false }], objects: deployed });
    assert.equal(findUsedAddresses(plan, inUse).length, 1);
  });

  it("are compared in both families, and unparsable addresses of a cluster are ignored", () => {
    const six: UsedBlock = { kind: "pods", text: "fd00:5::/64", owner: "the pod network of node m1" };
    assert.equal(find(["fd00:5::10-fd00:5::20"], six).length, 1);
    assert.deepEqual(find(["10.5.0.0/24"], six, podNetwork, service, { ...six, text: "?" }), []);
  });
});
