import assert from "node:assert/strict";

import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import { Prober, failures, longestGap } from "../../lab/prober/prober";
import { demoNamespace, deployDemo, get } from "../../lab/proof";
import { whoamiImage } from "../../lab/tools/toolbox";
import { until } from "../../lab/wait";
import { endLab, pulumi, raiseLab } from "../support/lab";
import { answeringNode } from "../support/layer-two";
import { untilNodesTakePods } from "../support/nodes";
import { demoNodes, speakerOn } from "../support/pods";
import { StackEdit } from "../support/stack-edit";
import { warningsOf } from "../support/warnings";

const stack = "lab-dev";
const master = "lab-dev-master";
const role = "node-role.kubernetes.io/control-plane";
const exclusion = "node.kubernetes.io/exclude-from-external-load-balancers";
const metallb = "metallb-system";
/** The selectors of the default advertisement, as a warning quotes them. */
const selectors = `${JSON.stringify([{ matchExpressions: [{ key: role, operator: "Exists" }] }]).slice(0, 77)}...`;

describe("the speakers of a cluster with one master and two workers, of which only the master's announces", () => {
  let lab: Lab;
  let cluster: Cluster;
  let edited: StackEdit;
  // One pool with a route on the router, and one on the LAN, where clients use ARP.
  const pools = [
    { name: "lab-dev", addresses: ["10.5.0.0/24"] },
    { name: "lan", addresses: ["192.168.50.240/29"], autoAssign: false, route: false },
  ];
  const changes = { pools, "router.observe": false };
  let routed: string;
  let onLan: string;

  before(async () => {
    lab = await raiseLab("test-speakers", { stacks: [stack], workers: 2 });
    cluster = lab.cluster(stack);
    await untilNodesTakePods(cluster);
    edited = new StackEdit(lab, stack);
    edited.write(changes);
    await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
    const [plan] = lab.plans;
    assert.ok(plan);
    await deployDemo(cluster, plan);
    await cluster.kubectl(["scale", "deployment/whoami", "--namespace", demoNamespace, "--replicas=4"]);
    await makeService("on-lan", { pool: "lan" });
    [routed, onLan] = [await addressOf("whoami"), await addressOf("on-lan")];
    await until("pods on both workers", async () => new Set(await demoNodes(cluster)).size === 2);
    for (const address of [routed, onLan]) await answers(address);
  });
  after(() => endLab(lab));

  /** Creates a service for the demo's pods, or for others. */
  async function makeService(name: string, { pool = "lab-dev", app = "whoami", externalTrafficPolicy = "Cluster" }): Promise<void> {
    const metadata = { name, namespace: demoNamespace, annotations: { "metallb.io/address-pool": pool } };
    const spec = { type: "LoadBalancer", externalTrafficPolicy, selector: { app }, ports: [{ port: 80, targetPort: 8080 }] };
    await cluster.kubectl(["apply", "--filename", "-"], JSON.stringify({ apiVersion: "v1", kind: "Service", metadata, spec }));
  }
  const addressOf = (name: string): Promise<string> =>
    until(`an address of ${name}`, async () => {
      const path = "jsonpath={.status.loadBalancer.ingress[0].ip}";
      return (await cluster.kubectl(["get", "service", name, "--namespace", demoNamespace, "--output", path])) || undefined;
    });
  /** Sends a request as a client that has not used the address before. */
  const ask = async (address: string) => {
    await lab.client.exec(["ip", "neighbour", "flush", "all"]);
    return get(lab.client, address);
  };
  const answers = (address: string) => until(`an answer of ${address}`, async () => (await ask(address)).status === 200);
  const isSilent = (address: string) => assert.rejects(ask(address), /timed out|No route to host|Could not connect|Failed to connect/i);
  const warnings = (...options: string[]): Promise<string[]> => warningsOf(lab, stack, ...options);
  const quiet = async (): Promise<void> => assert.deepEqual(await warnings("--expect-no-changes"), []);
  const at = (text: string): string => `warning: Pulumi.lab-dev.yaml:${edited.lineOf(text)}: `;

  /** Returns the master's speaker. */
  const speaker = () => speakerOn(cluster, master);

  /** Runs work while two clients send requests, and prints what they observed. @returns the failed requests by the route */
  async function probed(what: string, work: () => Promise<void>): Promise<number> {
    // A long limit, so that a machine that is slow for a moment does not count as unreachable.
    const pace = { timeout: 5000 };
    const probers = [await Prober.start(lab.client, `http://${routed}/`, pace), await Prober.start(lab.client, `http://${onLan}/`, pace)];
    try {
      await work();
    } finally {
      await Promise.all(probers.map((prober) => prober.stop()));
    }
    const [byRoute = 0] = probers.map(({ samples }, index) => {
      const failed = failures(samples).length;
      const gap = Math.round(longestGap(samples)?.length ?? 0);
      console.log(
        `      ${what}, ${["by the route", "on the LAN"][index]}: ${failed} of ${samples.length} requests failed, longest gap ${gap} ms`,
      );
      return failed;
    });
    return byRoute;
  }

  it("are all ready: both services answer, and preview prints no warning", async () => {
    await until("the announcement", async () => (await answeringNode(lab, onLan)) === master);
    await quiet();
  });

  for (const { title, what, inject } of [
    {
      title: "have one killed",
      what: "speaker killed",
      inject: () => cluster.master.exec(["pkill", "-KILL", "-x", "speaker"]),
    },
    {
      title: "have the pod of one deleted",
      what: "speaker's pod deleted",
      inject: () =>
        cluster.kubectl([
          ...["delete", "pods", "--namespace", metallb, "--selector", "app.kubernetes.io/component=speaker"],
          ...["--field-selector", `spec.nodeName=${master}`],
        ]),
    },
  ]) {
    it(`${title}: it returns and announces, and no request by the route fails`, async () => {
      const before = await speaker();
      const failed = await probed(what, async () => {
        await inject();
        await until("another speaker", async () => {
          const now = await speaker();
          return now?.ready === true && (now.uid !== before?.uid || now.starts > before.starts);
        });
        await until("its announcement", async () => (await answeringNode(lab, onLan)) === master);
      });
      assert.equal(failed, 0);
      await answers(onLan);
      assert.deepEqual([await addressOf("whoami"), await addressOf("on-lan")], [routed, onLan]);
      await quiet();
    });
  }

  it("are kept off the master by a taint: none announces, the route still works, and preview warns with the fix", async () => {
    const failed = await probed("speaker kept away", async () => {
      await cluster.kubectl(["taint", "node", master, "example.com/upkeep=:NoExecute"]);
      await until("the speaker's end", async () => (await speaker()) === undefined);
      await until("the end of the announcement", async () => (await answeringNode(lab, onLan)) === undefined);
      await isSilent(onLan);
      assert.deepEqual(await warnings("--expect-no-changes"), [
        `${at("config:")}advertisements[0].nodeSelectors = ${selectors}: no speaker is ready on a node of cluster lab-dev that advertisement pools selects ` +
          `(${master}), so no node announces; see what blocks it: kubectl describe pods --namespace ${metallb} ` +
          "--selector app.kubernetes.io/component=speaker; if there is none, a taint of the node keeps it away: remove the taint, or add to " +
          "speaker.tolerations of metallb.values",
      ]);
    });
    assert.equal(failed, 0);
    await cluster.kubectl(["taint", "node", master, "example.com/upkeep-"]);
    await until("the speaker", async () => (await speaker())?.ready);
    await answers(onLan);
    await quiet();
  });

  describe("and services with externalTrafficPolicy: Local", () => {
    it("answer by the route with a pod on the master, and preview prints no warning", async () => {
      const labels = { app: "near" };
      const spec = {
        nodeSelector: { [role]: "" },
        tolerations: [{ key: role, operator: "Exists", effect: "NoSchedule" }],
        containers: [{ name: "whoami", image: whoamiImage, env: [{ name: "NODE_NAME", value: master }] }],
      };
      const deployment = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "near", namespace: demoNamespace },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      };
      await cluster.kubectl(["apply", "--filename", "-"], JSON.stringify(deployment));
      await cluster.kubectl(["rollout", "status", "deployment/near", "--namespace", demoNamespace, "--timeout=120s"]);
      await makeService("near", { app: "near", externalTrafficPolicy: "Local" });
      const address = await addressOf("near");
      await answers(address);
      const { node } = JSON.parse((await ask(address)).body) as { node: string };
      assert.equal(node, master);
      await quiet();
    });

    it("do not answer with pods on the workers only: preview warns, until the policy is Cluster", async () => {
      await makeService("far", { externalTrafficPolicy: "Local" });
      const address = await addressOf("far");
      const warning =
        `${at("192.168.50.11")}gateway.addresses[0] = "192.168.50.11": service ${demoNamespace}/far has externalTrafficPolicy: Local and no ready ` +
        `endpoint on ${master}, where the router sends its traffic, so it does not answer; set its policy to Cluster, or have a pod of it run ` +
        `on ${master}`;
      assert.deepEqual(await warnings("--expect-no-changes"), [warning]);
      await isSilent(address);
      await makeService("far", { externalTrafficPolicy: "Cluster" });
      await answers(address);
      await quiet();
    });
  });

  it("obey the label that kubeadm gives a master, if the values say so: preview warns that no speaker will announce, and none does", async () => {
    edited.write({ ...changes, "metallb.values": { speaker: { ignoreExcludeLB: false } } });
    const values = `${at("ignoreExcludeLB")}metallb.values.speaker.ignoreExcludeLB = false: `;
    const [warning = "", ...more] = await warnings();
    assert.equal(
      warning,
      `${values}all nodes of cluster lab-dev that advertisement pools selects (${master}) have the label ${exclusion}, so no node announces; ` +
        `remove it, or remove the label: kubectl label node ${master} ${exclusion}-`,
    );
    assert.deepEqual(more, []);
    await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
    await until("the end of the announcement", async () => (await answeringNode(lab, onLan)) === undefined);
    await isSilent(onLan);
    await answers(routed);
    await cluster.kubectl((/kubectl (.*)$/.exec(warning)?.[1] ?? "").split(" "));
    await until("the announcement", async () => (await answeringNode(lab, onLan)) === master);
    await answers(onLan);
    await quiet();
  });

  // The last suite, because it leaves the values behind.
  describe("by settings in the stack file", () => {
    it("are kept off by a master's taint, if the values say so: preview warns before and after, and a toleration fixes it", async () => {
      const values = { tolerateMaster: false };
      edited.write({ ...changes, "metallb.values": { speaker: values } });
      const warning =
        `${at("tolerateMaster")}metallb.values.speaker.tolerateMaster = false: all nodes of cluster lab-dev that advertisement pools selects (${master}) have ` +
        "a master's taint, which keeps the speakers away, so no node announces; remove it, or add to speaker.tolerations of metallb.values: " +
        `{ key: ${role}, operator: Exists }`;
      assert.deepEqual(await warnings(), [warning]);
      await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
      await until("the speaker's end", async () => (await speaker()) === undefined);
      await isSilent(onLan);
      await answers(routed);
      assert.deepEqual(await warnings("--expect-no-changes"), [warning]);
      edited.write({ ...changes, "metallb.values": { speaker: { ...values, tolerations: [{ key: role, operator: "Exists" }] } } });
      assert.match((await warnings()).join("\n"), /^[^\n]*no speaker is ready on a node [^\n]*, so no node announces;[^\n]*$/);
      await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
      await answers(onLan);
      await quiet();
    });

    it("announce from no node if an advertisement selects none: preview warns", async () => {
      edited.write({ ...changes, advertisements: [{ name: "pools", nodeSelectors: [{ matchLabels: { rack: "1" } }] }] });
      assert.deepEqual(await warnings(), [
        `${at("nodeSelectors")}advertisements[0].nodeSelectors = [{"matchLabels":{"rack":"1"}}]: matches no node of cluster lab-dev, so no node announces; ` +
          "correct it, or label a node: kubectl get nodes --show-labels",
      ]);
    });
  });
});
