import assert from "node:assert/strict";

import type { Survey } from "../../../cluster/diagnosis/cluster-state";
import { findMisconfigurations } from "../../../cluster/diagnosis/misconfigurations";
import { devPlan } from "../../support/readings";
import { node, survey } from "../../support/surveys";

const misconfigurations = (changes: Partial<Survey>, config: Record<string, unknown> = {}) =>
  findMisconfigurations(devPlan(config), survey(changes)).map(({ path, value, rule, fix }) => `${path} = ${value}: ${rule}; ${fix}`);

const key = "node-role.kubernetes.io/control-plane";
const selectors = `[{"matchExpressions":[{"key":"${key}","operator":"Exists"}]}]`;
const exclusion = "node.kubernetes.io/exclude-from-external-load-balancers";
const former = { nodes: [node("m1", { labels: { "node-role.kubernetes.io/master": "" } })] };
const excluded = (...names: string[]) => ({ nodes: names.map((name) => node(name, { labels: { [key]: "", [exclusion]: "" } })) });
const heeded = { metallb: { values: { speaker: { ignoreExcludeLB: false } } } };
const local = (...nodes: string[]) => ({ localServices: [{ name: "web/shop", nodes }] });

describe("known misconfigurations of a cluster", () => {
  it("are none in a healthy cluster", () => assert.deepEqual(misconfigurations({}), []));

  for (const { title, state, printed } of [
    {
      title: "masters with only the label from before Kubernetes 1.24",
      state: former,
      printed:
        `advertisements[0].nodeSelectors = ${selectors.slice(0, 77)}...: no node of cluster lab-dev has the label ${key}, so no node announces; ` +
        `label the masters: kubectl label node m1 ${key}=`,
    },
    {
      title: "another MetalLB",
      state: { speakers: ["metallb", "metallb-system"] },
      printed:
        'metallb.namespace = "metallb-system": cluster lab-dev has another MetalLB, in namespace metallb, and the two overwrite each other\'s webhook ' +
        'and services; remove that one, or set it to "metallb" to take it over',
    },
    {
      title: "k3s's servicelb",
      state: {
        conflictingControllers: [{ kind: "servicelb" as const, evidence: ["kube-system/svclb-traefik-7d", "kube-system/svclb-shop-9c"] }],
      },
      printed:
        'pools = ["lab-dev"]: k3s\'s servicelb also gives addresses to services in cluster lab-dev ' +
        "(kube-system/svclb-traefik-7d, kube-system/svclb-shop-9c), and each controller overwrites the other's; start every k3s server with --disable servicelb",
    },
    {
      title: "kube-vip's cloud provider",
      state: { conflictingControllers: [{ kind: "kube-vip" as const, evidence: ["kube-system/kube-vip-cloud-provider"] }] },
      printed:
        'pools = ["lab-dev"]: kube-vip\'s cloud provider also gives addresses to services in cluster lab-dev (kube-system/kube-vip-cloud-provider), ' +
        "and each controller overwrites the other's; remove it (kube-vip may stay for the control plane), or give its services a loadBalancerClass",
    },
    {
      title: "Cilium's pools",
      state: { conflictingControllers: [{ kind: "cilium" as const, evidence: ["blue"] }] },
      printed:
        "pools = [\"lab-dev\"]: Cilium's LB-IPAM also gives addresses to services in cluster lab-dev (blue), and each controller overwrites the other's; " +
        "remove its pools, or give its services a loadBalancerClass",
    },
    {
      title: "IPVS without strictARP",
      state: { lacksStrictArp: true },
      printed:
        'pools = ["lab-dev"]: kube-proxy of cluster lab-dev is in IPVS mode without strictARP, so every node answers ARP for every service; ' +
        "set ipvs.strictARP: true in ConfigMap kube-system/kube-proxy: kubectl edit configmap kube-proxy --namespace kube-system; and restart it",
    },
    {
      title: "a service that answers only on nodes with its pods, and has none at the next hop",
      state: local("w1"),
      printed:
        'gateway.addresses[0] = "192.168.50.11": service web/shop has externalTrafficPolicy: Local and no ready endpoint on m1, where the router sends ' +
        "its traffic, so it does not answer; set its policy to Cluster, or have a pod of it run on m1",
    },
    {
      title: "no ready speaker on the nodes of an advertisement",
      state: { nodes: [node("m1"), node("w1", { isMaster: false, labels: {} })], readySpeakers: ["w1"] },
      printed:
        `advertisements[0].nodeSelectors = ${selectors.slice(0, 77)}...: no speaker is ready on a node of cluster lab-dev that advertisement pools ` +
        "selects (m1), so no node announces; see what blocks it: kubectl describe pods --namespace metallb-system " +
        "--selector app.kubernetes.io/component=speaker; if there is none, a taint of the node keeps it away: remove the taint, or add " +
        "to speaker.tolerations of metallb.values",
    },
  ]) {
    it(`include ${title}, with the fix`, () => assert.deepEqual(misconfigurations(state), [printed]));
  }

  it("include services whose annotations have MetalLB's former prefix, with the new one", () => {
    const both = { namespace: "web", name: "a", annotations: ["loadBalancerIPs", "allow-shared-ip"] };
    const others = ["b", "c", "d", "e", "f"].map((name) => ({ namespace: "web", name, annotations: ["address-pool"] }));
    assert.deepEqual(misconfigurations({ formerAnnotations: [both, ...others] }), [
      'metallb.version = "0.16.2": services of cluster lab-dev have annotations with the prefix metallb.universe.tf/, which a later MetalLB may ' +
        "ignore: web/a (loadBalancerIPs, allow-shared-ip), web/b (address-pool), web/c (address-pool), web/d (address-pool), web/e (address-pool) " +
        "and 1 more; write metallb.io/ instead; in one step: kubectl annotate service a --namespace web " +
        "metallb.io/loadBalancerIPs=... metallb.io/allow-shared-ip=... metallb.universe.tf/loadBalancerIPs- metallb.universe.tf/allow-shared-ip-",
    ]);
  });

  it("include an advertisement that matches no node", () => {
    const racked = { advertisements: [{ name: "all", nodeSelectors: [{ matchLabels: { rack: "1" } }] }] };
    const printed =
      'advertisements[0].nodeSelectors = [{"matchLabels":{"rack":"1"}}]: matches no node of cluster lab-dev, so no node announces; correct it, or ' +
      "label a node: kubectl get nodes --show-labels";
    assert.deepEqual(misconfigurations({}, racked), [printed]);
    assert.deepEqual(misconfigurations({ nodes: [node("m1", { labels: { [key]: "", rack: "1" } })] }, racked), []);
  });

  it("include speakers that the control-plane label keeps from announcing", () => {
    assert.deepEqual(misconfigurations(excluded("m1", "m2"), heeded), [
      "metallb.values.speaker.ignoreExcludeLB = false: all nodes of cluster lab-dev that advertisement pools selects (m1, m2) have the label " +
        `${exclusion}, so no node announces; remove it, or remove the label: kubectl label node m1 m2 ${exclusion}-`,
    ]);
    assert.deepEqual(misconfigurations(excluded("m1")), []);
    assert.deepEqual(misconfigurations({ nodes: [...excluded("m1").nodes, node("m2")] }, heeded), []);
  });

  describe("that keep speakers silent", () => {
    const cut = (name: string, changes: Parameters<typeof node>[1] = {}) => node(name, { isNetworkUnavailable: true, ...changes });
    const at = `advertisements[0].nodeSelectors = ${selectors.slice(0, 77)}...: `;
    const see = (names: string) =>
      "repair the network of the node, such as its network plugin; see the reason under Conditions: kubectl describe node " + names;

    it("report the condition NetworkUnavailable on all nodes of an advertisement", () => {
      const rule =
        "all nodes of cluster lab-dev that advertisement pools selects (m1, m2) have the condition NetworkUnavailable, so no node announces";
      const worker = node("w1", { isMaster: false, labels: {} });
      assert.deepEqual(misconfigurations({ nodes: [cut("m1"), cut("m2"), worker] }), [`${at}${rule}; ${see("m1 m2")}`]);
      assert.deepEqual(
        misconfigurations({ nodes: [node("m1"), cut("w1", { isMaster: false, labels: {} })] }),
        [],
        "of a node that is not selected",
      );
    });

    it("report the condition on one node while another announces", () =>
      assert.deepEqual(misconfigurations({ nodes: [node("m1"), cut("m2")] }), [
        `${at}m2 of cluster lab-dev has the condition NetworkUnavailable, so no speaker announces for advertisement pools there; ${see("m2")}`,
      ]));

    it("report several causes together if each node has another one", () => {
      const nodes = [cut("m1"), node("m2", { labels: { [key]: "", [exclusion]: "" } }), node("m3")];
      assert.deepEqual(misconfigurations({ nodes, readySpeakers: ["m1", "m2"] }, heeded), [
        `${at}no node of cluster lab-dev that advertisement pools selects can announce: m1 has the condition NetworkUnavailable, ` +
          `m2 has the label ${exclusion}, m3 has no ready speaker; correct one of them, or select other nodes`,
      ]);
    });

    it("report them for the next hop, which masters announce, whatever nodes announce the pools", () => {
      const workers = [{ name: "pools", nodeSelectors: [{ matchLabels: { lb: "yes" } }] }];
      const floating = { "gateway.mode": "floating", "gateway.addresses": ["192.168.50.240"], advertisements: workers };
      const nodes = [cut("m1"), node("w1", { isMaster: false, labels: { lb: "yes" } })];
      const [found = "", ...more] = misconfigurations({ nodes }, floating);
      assert.match(
        found,
        /^gateway\.addresses\[0\] = "192\.168\.50\.240": all nodes .* advertisement next-hop-192-168-50-240 selects \(m1\)/,
      );
      assert.deepEqual(more, []);
      assert.equal(misconfigurations({ nodes }, { ...floating, advertisements: [{ name: "pools" }] }).length, 1, "once for the same nodes");
    });

    it("report a taint that speakers will not tolerate, before MetalLB is installed", () => {
      const taints = [{ key: "dedicated", value: "storage", effect: "NoSchedule" }];
      const printed =
        "metallb.values.speaker.tolerations = []: all nodes of cluster lab-dev that advertisement pools selects (m1) have a taint (dedicated), which keeps " +
        "the speakers away, so no node announces; remove the taint, or add to speaker.tolerations of metallb.values: { key: dedicated, operator: Exists }";
      assert.deepEqual(misconfigurations({ nodes: [node("m1", { taints })] }), [printed]);
      assert.deepEqual(misconfigurations({ nodes: [node("m1", { taints })], readySpeakers: ["m1"] }), [], "a speaker that runs");
      const passing = ["disk-pressure", "not-ready"].map((name) => ({ key: `node.kubernetes.io/${name}`, effect: "NoSchedule" }));
      assert.deepEqual(misconfigurations({ nodes: [node("m1", { taints: passing })] }), []);
    });
  });

  it("include speakers that a master's taint keeps away, if the chart values remove the toleration", () => {
    const tainted = (...names: string[]) => names.map((name) => node(name, { taints: [{ key, effect: "NoSchedule" }] }));
    const aloof = (speaker: object) => ({ metallb: { values: { speaker: { tolerateMaster: false, ...speaker } } } });
    const printed =
      "metallb.values.speaker.tolerateMaster = false: all nodes of cluster lab-dev that advertisement pools selects (m1, m2) have a master's taint, " +
      "which keeps the speakers away, so no node announces; remove it, or add to speaker.tolerations of metallb.values: " +
      `{ key: ${key}, operator: Exists }`;
    assert.deepEqual(misconfigurations({ nodes: tainted("m1", "m2") }, aloof({})), [printed]);
    assert.deepEqual(
      misconfigurations({ nodes: tainted("m1", "m2"), readySpeakers: [] }, aloof({})),
      [printed],
      "and not once more that none is ready",
    );
    assert.deepEqual(misconfigurations({ nodes: tainted("m1") }), []);
    assert.deepEqual(misconfigurations({ nodes: [...tainted("m1"), node("m2")] }, aloof({})), []);
    assert.deepEqual(misconfigurations({ nodes: [node("m1", { taints: [{ key, effect: "PreferNoSchedule" }] })] }, aloof({})), []);
    assert.deepEqual(misconfigurations({ nodes: tainted("m1") }, aloof({ tolerations: [{ key, operator: "Exists" }] })), []);
  });

  for (const { nodeSelectors, silent } of [
    { nodeSelectors: [{ matchLabels: { lb: "yes" } }], silent: "w1" },
    { nodeSelectors: [{ matchLabels: { lb: "no" } }], silent: undefined },
    { nodeSelectors: [{ matchExpressions: [{ key: "lb", operator: "In", values: ["yes", "maybe"] }] }], silent: "w1" },
    { nodeSelectors: [{ matchExpressions: [{ key: "lb", operator: "NotIn", values: ["yes"] }] }], silent: "m1, w2" },
    { nodeSelectors: [{ matchExpressions: [{ key: "lb", operator: "DoesNotExist" }] }], silent: "m1, w2" },
    { nodeSelectors: [{ matchLabels: { lb: "yes" } }, { matchLabels: { name: "w2" } }], silent: "w1, w2" },
    { nodeSelectors: [{ matchLabels: { lb: "yes", name: "w2" } }], silent: undefined },
    { nodeSelectors: [{}], silent: "m1, w1, w2" },
  ]) {
    it(`select nodes as Kubernetes does with ${JSON.stringify(nodeSelectors)}`, () => {
      const workers = { w1: { lb: "yes" }, w2: { name: "w2" } };
      const nodes = [node("m1"), ...Object.entries(workers).map(([name, labels]) => node(name, { isMaster: false, labels }))];
      const [printed] = misconfigurations({ nodes, readySpeakers: [] }, { advertisements: [{ name: "some", nodeSelectors }] });
      assert.equal(/selects \(([^)]*)\)/.exec(printed ?? "")?.[1], silent);
    });
  }

  it("omit speakers on masters that are not Ready, which the gateway check reports", () => {
    assert.deepEqual(misconfigurations({ nodes: [node("m1", { isReady: false })], readySpeakers: [] }), []);
    const elsewhere = [node("m1", { isReady: false, addresses: ["192.168.50.12"] })];
    assert.equal(misconfigurations({ nodes: elsewhere, readySpeakers: [] }).length, 1);
  });

  it("are reported together", () => assert.equal(misconfigurations({ ...local(), lacksStrictArp: true, speakers: ["a", "b"] }).length, 4));

  it("ignore the control-plane label for an advertisement with other nodes", () => {
    const nodeSelectors = [{ matchExpressions: [{ key, operator: "Exists" }] }, { matchLabels: { lb: "yes" } }];
    assert.deepEqual(misconfigurations(former, { advertisements: [{ name: "all", nodeSelectors: [{}] }] }), []);
    const [printed = "", ...more] = misconfigurations(former, { advertisements: [{ name: "some", nodeSelectors }] });
    assert.match(printed, /matches no node of cluster lab-dev/);
    assert.deepEqual(more, []);
  });

  it("omit a cluster without masters, which the gateway check reports", () => assert.deepEqual(misconfigurations({ nodes: [] }), []));

  it("accept a service with a pod at the next hop, and a service without a route", () => {
    assert.deepEqual(misconfigurations(local("w1", "m1")), []);
    assert.deepEqual(misconfigurations(local(), { pools: [{ name: "lan", addresses: ["192.168.50.200/32"], route: false }] }), []);
  });

  describe("of a floating next hop", () => {
    const floating = { "gateway.mode": "floating", "gateway.addresses": ["192.168.50.240"] };
    const external = { "gateway.mode": "external", "gateway.addresses": ["192.168.50.240"] };
    const always =
      "so it does not always answer; set its policy to Cluster, or have a pod of it run on every node that the next hop may be on";

    it("name a service that lacks a pod on some master, and none that has one on each", () => {
      assert.deepEqual(misconfigurations(local("w1"), floating), [
        `gateway.mode = "floating": service web/shop has externalTrafficPolicy: Local and no ready endpoint on m1, where the next hop may be, ${always}`,
      ]);
      assert.deepEqual(misconfigurations(local("m1"), floating), []);
    });

    it("name every such service if the next hop is external", () =>
      assert.deepEqual(misconfigurations(local("m1"), external), [
        `gateway.mode = "external": service web/shop has externalTrafficPolicy: Local and the next hop may be on any node, ${always}`,
      ]));
  });
});
