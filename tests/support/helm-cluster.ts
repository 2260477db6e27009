import assert from "node:assert/strict";

import { idOf } from "../../cluster/manifests/kube-object";
import { layer2Values } from "../../cluster/manifests/values";
import type { Plan } from "../../config/plan";
import type { Cluster } from "../../lab/cluster";
import { kubeconfigOf } from "../../lab/folders";
import { until } from "../../lab/wait";
import type { Lab } from "../../lab/lab";
import { failures, longestGap, Prober } from "../../lab/prober/prober";
import { requestDemo, deployDemo } from "../../lab/proof";
import { pulumi } from "./lab";
import { marksOf, metallbObjects } from "./ownership";

const namespace = "metallb-system";

/**
 * A cluster of a lab with a manual installation: MetalLB by Helm with the program's values, pool and advertisement by kubectl, the route on the router's page.
 * A service uses the pool.
 */
export class HelmCluster {
  readonly cluster: Cluster;

  private constructor(
    private readonly lab: Lab,
    private readonly plan: Plan,
    /** The demo service's address. */
    private address = "",
  ) {
    this.cluster = lab.cluster(plan.stack);
  }

  /** Installs everything according to the plan. @param chart the chart's path */
  static async install(lab: Lab, plan: Plan, chart: string): Promise<HelmCluster> {
    const made = new HelmCluster(lab, plan);
    const values = Object.entries(layer2Values()).flatMap(([key, value]) => ["--set-json", `${key}=${JSON.stringify(value)}`]);
    await made.helm("install", "metallb", chart, "--namespace", namespace, "--create-namespace", "--wait", "--timeout", "5m", ...values);
    const of = (kind: string, name: string, spec: object): object => ({
      apiVersion: "metallb.io/v1beta1",
      kind,
      metadata: { name, namespace },
      spec,
    });
    const pools = [
      ...plan.pools.map(({ name, addresses }) =>
        of("IPAddressPool", name, { addresses: addresses.map(({ text }) => text), avoidBuggyIPs: true }),
      ),
      of("L2Advertisement", "pools", { ipAddressPools: plan.pools.map(({ name }) => name) }),
    ];
    // From chart 0.16.0 on, a ready controller does not prove that its webhook answers.
    await until("MetalLB's webhook to accept pools", () => made.apply(pools).then(() => true));
    await lab.router.enter(plan.routes);
    await deployDemo(made.cluster, plan);
    made.address = (await requestDemo(lab.client, made.cluster, plan)).address;
    return made;
  }

  async helm(...args: string[]): Promise<string> {
    const env = { ...this.lab.engine.environment, KUBECONFIG: kubeconfigOf(this.lab.folders, this.plan.stack) };
    return (await this.lab.operator.exec(["sh", "-c", 'exec helm "$@"', "helm", ...args], { env })).stdout;
  }

  apply(items: readonly object[], ...options: string[]): Promise<string> {
    return this.cluster.kubectl(["apply", "--filename", "-", ...options], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  }

  /** Returns MetalLB's pods with their UIDs and restart counts, which show whether a pod was replaced or restarted. */
  pods(): Promise<string> {
    const path = "{range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount}{'\\n'}{end}";
    return this.cluster.kubectl(["get", "pods", "-n", namespace, "-o", `jsonpath=${path}`]);
  }

  /** Returns Helm's release Secrets. */
  async secrets(): Promise<string[]> {
    return (await metallbObjects(this.cluster)).map(idOf).filter((id) => id.startsWith(`Secret ${namespace}/sh.helm.release`));
  }

  /** Runs work while a client sends the service twenty requests a second. Asserts that none fails, and that the service keeps its address. */
  async undisturbed<T>(what: string, work: () => Promise<T>): Promise<T> {
    const prober = await Prober.start(this.lab.client, `http://${this.address}/`);
    const result = await work().finally(async () => {
      const samples = await prober.stop();
      const gap = Math.round(longestGap(samples)?.length ?? 0);
      console.log(`      ${what}, ${this.plan.stack}: ${samples.length} requests, longest gap ${gap} ms`);
      assert.deepEqual(failures(samples), []);
    });
    const path = "jsonpath={.status.loadBalancer.ingress[*].ip}";
    assert.equal(await this.cluster.kubectl(["get", "service", "whoami", "-n", "demo", "-o", path]), this.address);
    return result;
  }

  /** Asserts that the stack owns every object, and no other tool owns any. */
  async isTheStacks(): Promise<void> {
    const objects = await metallbObjects(this.cluster);
    assert.ok(objects.length > 25, objects.map(idOf).join(", "));
    assert.deepEqual(
      objects.filter((object) => marksOf(object).length > 0).map((object) => `${idOf(object)}: ${marksOf(object).join(", ")}`),
      [],
    );
    assert.deepEqual(await this.secrets(), []);
    const unowned = objects.filter(
      ({ metadata }) =>
        metadata.name !== "metallb-memberlist" && !metadata.managedFields?.some(({ manager }) => manager?.startsWith("pulumi-")),
    );
    assert.deepEqual(unowned.map(idOf), []);
    await pulumi(this.lab, this.plan.stack, ["preview", "--expect-no-changes"]);
    await pulumi(this.lab, this.plan.stack, ["preview", "--refresh", "--expect-no-changes"]);
  }
}
