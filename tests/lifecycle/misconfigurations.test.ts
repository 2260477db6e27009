import assert from "node:assert/strict";

import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import { until } from "../../lab/wait";
import { endLab, pulumi, raiseLab } from "../support/lab";
import { ciliumKind, ciliumPool, kubeProxy, kubeVip, otherMetalLb, servicelb } from "../support/conflicting-controllers";
import { StackEdit } from "../support/stack-edit";
import { warningsOf } from "../support/warnings";

const stack = "lab-dev";
const node = "lab-dev-master";
const role = "node-role.kubernetes.io/control-plane";
const formerRole = "node-role.kubernetes.io/master";
/** The selectors of the default advertisement, as a warning quotes them. */
const selectors = `${JSON.stringify([{ matchExpressions: [{ key: role, operator: "Exists" }] }]).slice(0, 77)}...`;

/** Skips the router, which these tests do not check. */
const unobserved = { "router.observe": false };

/** The conflicting objects are real, but their controllers do not run, so their effects are not tested here. */
describe("a cluster with a known misconfiguration", () => {
  let lab: Lab;
  let cluster: Cluster;
  let edited: StackEdit;

  before(async () => {
    lab = await raiseLab("test-misconfigurations", { stacks: [stack] });
    cluster = lab.cluster(stack);
    edited = new StackEdit(lab, stack);
    edited.write(unobserved);
    await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
    await cluster.kubectl(["create", "namespace", "lb"]);
  });
  after(() => endLab(lab));

  const apply = (...items: readonly object[]): Promise<string> =>
    cluster.kubectl(["apply", "--filename", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const remove = (kind: string, name: string, namespace = "kube-system"): Promise<string> =>
    cluster.kubectl(["delete", kind, name, "--namespace", namespace]);
  const preview = (): Promise<string[]> => warningsOf(lab, stack, "--expect-no-changes");
  /** Returns the beginning of a warning about the line with a text. */
  const at = (text: string): string => `warning: Pulumi.lab-dev.yaml:${edited.lineOf(text)}: `;
  /** The line of a warning about something that the file lacks. */
  const config = "config:";
  const conflicting = (who: string, evidence: string, fix: string): string =>
    `${at("homelab-network:pools")}pools = ["lab-dev"]: ${who} also gives addresses to services in cluster lab-dev (${evidence}), and each controller overwrites the other's; ${fix}`;

  it("without the misconfiguration: preview prints no warning", async () => assert.deepEqual(await preview(), []));

  const cases: readonly { it: string; stage: () => Promise<unknown>; warning: () => string; fix: () => Promise<unknown> }[] = [
    {
      it: "kube-proxy in IPVS mode without strictARP, as kubeadm keeps its configuration",
      stage: () => apply(kubeProxy(false)),
      warning: () =>
        `${at("homelab-network:pools")}pools = ["lab-dev"]: kube-proxy of cluster lab-dev is in IPVS mode without strictARP, so every node answers ARP for every ` +
        "service; set ipvs.strictARP: true in ConfigMap kube-system/kube-proxy: kubectl edit configmap kube-proxy --namespace kube-system; " +
        "and restart it",
      fix: () => apply(kubeProxy(true)),
    },
    {
      it: "k3s's servicelb",
      stage: () => apply(servicelb),
      warning: () => conflicting("k3s's servicelb", "kube-system/svclb-shop-5f0d3c1e", "start every k3s server with --disable servicelb"),
      fix: () => remove("daemonset", "svclb-shop-5f0d3c1e"),
    },
    {
      it: "kube-vip's cloud provider",
      stage: () => apply(kubeVip),
      warning: () =>
        conflicting(
          "kube-vip's cloud provider",
          "kube-system/kube-vip-cloud-provider",
          "remove it (kube-vip may stay for the control plane), or give its services a loadBalancerClass",
        ),
      fix: () => remove("deployment", "kube-vip-cloud-provider"),
    },
    {
      it: "Cilium's pools, whose kind alone is nothing to say",
      stage: async () => {
        await apply(ciliumKind);
        await cluster.kubectl(["wait", "--for=condition=Established", `crd/${ciliumKind.metadata.name}`]);
        assert.deepEqual(await preview(), []);
        await apply(ciliumPool);
      },
      warning: () => conflicting("Cilium's LB-IPAM", "blue", "remove its pools, or give its services a loadBalancerClass"),
      fix: () => cluster.kubectl(["delete", "ciliumloadbalancerippool", "blue"]),
    },
    {
      it: "a second MetalLB in another namespace",
      stage: () => apply(otherMetalLb),
      warning: () =>
        `${at("homelab-network:metallb")}metallb.namespace = "metallb-system": cluster lab-dev has another MetalLB, in namespace lb, and the two overwrite each other's ` +
        'webhook and services; remove that one, or set it to "lb" to take it over',
      fix: () => remove("daemonset", "metallb-speaker", "lb"),
    },
    {
      it: "a master that only the label of before Kubernetes 1.24 marks, with the command of the warning as its fix",
      stage: () => cluster.kubectl(["label", "node", node, `${role}-`, `${formerRole}=`]),
      warning: () =>
        `${at(config)}advertisements[0].nodeSelectors = ${selectors}: no node of cluster lab-dev has the label ${role}, so no node announces; ` +
        `label the masters: kubectl label node ${node} ${role}=`,
      fix: async () => {
        const [, command = ""] = /kubectl (label .*)$/.exec((await preview()).join("\n")) ?? [];
        await cluster.kubectl([...command.split(" "), `${formerRole}-`]);
      },
    },
    {
      it: "no Ready master",
      stage: async () => {
        await cluster.master.exec(["sh", "-c", 'kill -KILL "$(cat /run/kubelet.pid)"']);
        await cluster.awaitReadiness(node, "Unknown");
      },
      warning: () =>
        `${at("192.168.50.11")}gateway.addresses[0] = "192.168.50.11": ${node} has this address and is not ` +
        `Ready; cluster lab-dev has no Ready master: start one, or label it ${role}`,
      fix: async () => {
        await cluster.nodes[0]?.startKubelet();
        await cluster.awaitReadiness(node, "True");
        const ready = "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}";
        await until("MetalLB's pods to be Ready", async () => {
          const seen = await cluster.kubectl(["get", "pods", "--namespace", "metallb-system", "--output", ready]);
          return seen.split(" ").every((status) => status === "True");
        });
      },
    },
  ];
  for (const { it: title, stage, warning, fix } of cases) {
    it(`${title}: preview prints one line with the fix, and none after that`, async () => {
      try {
        await stage();
        assert.deepEqual(await preview(), [warning()]);
      } finally {
        await fix();
      }
      assert.deepEqual(await preview(), []);
    });
  }

  describe("or a pool that is removed while another one gets its addresses in the same edit", () => {
    type Pools = Readonly<Record<string, readonly string[]>>;
    const write = (pools: Pools): void =>
      edited.write({ ...unobserved, pools: Object.entries(pools).map(([name, addresses]) => ({ name, addresses, route: false })) });
    const up = (): Promise<string> => pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
    const poolsOf = async (): Promise<Pools> => {
      const { items } = JSON.parse(await cluster.kubectl(["get", "ipaddresspools", "--all-namespaces", "--output", "json"])) as {
        items: { metadata: { name: string }; spec: { addresses: string[] } }[];
      };
      return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, spec.addresses]));
    };
    /** Waits until the service has an address of one of the pools. @returns the address */
    const served = (...pools: readonly string[]): Promise<string> =>
      until(`an address of ${pools.join(" or ")}`, async () => {
        const path = "jsonpath={.metadata.annotations.metallb\\.io/ip-allocated-from-pool} {.status.loadBalancer.ingress[0].ip}";
        const printed = await cluster.kubectl(["get", "service", "shop", "--namespace", "web", "--output", path]);
        const [pool = "", address = ""] = printed.split(" ");
        return pools.includes(pool) && address !== "" && address;
      });
    const warnings = (): Promise<string[]> => warningsOf(lab, stack);
    const loses = (pools: Pools, address: string): string =>
      `${at("homelab-network:pools")}pools = ${JSON.stringify(Object.values(pools).flat())}: 1 service will lose its address: web/shop (${address}); ` +
      "keep what they have in their pools, or expect new ones";

    let address: string;
    before(async () => {
      write({ front: ["10.5.0.0/25"] });
      await up();
      const spec = { type: "LoadBalancer", ports: [{ port: 80 }], selector: { app: "shop" } };
      await apply(
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } },
        { apiVersion: "v1", kind: "Service", metadata: { name: "shop", namespace: "web" }, spec },
      );
      address = await served("front");
      write({ front: ["10.5.0.0/25"], back: ["10.5.0.128/25"] });
      await up();
    });

    it("is refused if the other one exists, because Pulumi removes last; the two suggested steps succeed", async () => {
      const pools = { back: ["10.5.0.0/24"] };
      write(pools);
      await assert.rejects(pulumi(lab, stack, ["preview"]), ({ message }: Error) => {
        const refusal =
          'pools[0].addresses = ["10.5.0.0/24"]: takes over addresses of pool front, which is no longer in the plan and is deleted last, and until then MetalLB ' +
          "rejects pools that overlap; do it in two steps: leave out the addresses of front and run pulumi up, then write it here";
        assert.ok(message.includes(refusal), message);
        return true;
      });
      const between = { back: ["10.5.0.128/25"] };
      write(between);
      assert.deepEqual(await warnings(), [loses(between, address)]);
      await up();
      address = await served("back");
      write(pools);
      assert.deepEqual(await warnings(), []);
      await up();
      assert.deepEqual(await poolsOf(), pools);
      assert.equal(await served("back"), address);
    });

    it("is accepted if the other one is new: the removal comes first, and preview names the service that loses its address", async () => {
      const pools = { side: ["10.5.0.128/26"], more: ["10.5.1.0/24"] };
      write(pools);
      assert.deepEqual(await warnings(), [loses(pools, address)]);
      await up();
      assert.deepEqual(await poolsOf(), pools);
      await served("side", "more");
      await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
    });
  });
});
