import assert from "node:assert/strict";

import type { Cluster } from "../../lab/cluster";
import { all, type Lab } from "../../lab/lab";
import { kubernetesProviderRelease } from "../../lab/tools/installed";
import { pulumi } from "../support/lab";
import { deploy, deployed, sharedLab } from "../support/shared-lab";
import { printed, StackEdit } from "../support/stack-edit";

const namespace = "metallb-system";
const webhook = "metallb-webhook-configuration";

interface KubernetesObject {
  kind: string;
  metadata: { name: string; labels?: object; annotations?: object };
}

/** The parts of an engine event that are used here. */
interface EngineEvent {
  readonly diagnosticEvent?: { readonly message: string };
  readonly resourcePreEvent?: { readonly metadata: { readonly op: string; readonly urn: string; readonly type: string } };
}

describe(`a fresh stack over orphaned objects of another MetalLB, with Kubernetes provider ${kubernetesProviderRelease()}`, () => {
  let lab: Lab;
  let edited: StackEdit | undefined;
  /** What a deleted namespace leaves behind: the webhook configuration and the kinds of a chart. */
  let remains: KubernetesObject[];

  before(async () => {
    lab = await sharedLab(__filename);
    edited = new StackEdit(lab, "lab-dev");
    // After the loss of the state, the router still has the routes.
    edited.writeToAll({ "router.adopt": true });
    await all(lab.plans.map(({ stack }) => deploy(lab, stack)));
    const kinds = ["validatingwebhookconfigurations,crds", "--output", "json"];
    const { items } = JSON.parse(await lab.cluster("lab-dev").kubectl(["get", ...kinds])) as { items: KubernetesObject[] };
    remains = items.filter(({ metadata }) => metadata.name.includes("metallb"));
    assert.equal(remains.length, 10);
  });
  after(() => edited?.reset());

  const up = (stack: string): Promise<string> => pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
  const names = async (cluster: Cluster, kinds: string): Promise<string[]> =>
    (await cluster.kubectl(["get", kinds, "--all-namespaces", "--output", "name"])).split("\n").filter((name) => name.includes("metallb"));
  const apply = (cluster: Cluster, items: readonly object[], ...options: string[]): Promise<string> =>
    cluster.kubectl(["apply", "--filename", "-", ...options], JSON.stringify({ apiVersion: "v1", kind: "List", items }));

  /** Removes a stack's state, as if it had been lost. */
  async function forget(stack: string): Promise<void> {
    deployed.delete(stack);
    await pulumi(lab, stack, ["stack", "rm", "--force", "--yes", "--preserve-config"]);
    await lab.engine.selectStack(stack);
  }

  /** Removes all of MetalLB except the orphaned objects. */
  async function clear(cluster: Cluster): Promise<void> {
    await cluster.kubectl(["delete", "validatingwebhookconfiguration", webhook, "--ignore-not-found"]);
    await cluster.kubectl(["delete", "namespace", namespace, "--ignore-not-found"]);
    for (const kind of ["crd", "clusterrole", "clusterrolebinding"]) {
      const found = await names(cluster, kind);
      if (found.length > 0) await cluster.kubectl(["delete", ...found]);
    }
  }

  /** Applies the orphaned objects with a tool's labels and annotations. */
  function leave(cluster: Cluster, marks: { labels: object; annotations?: object }, ...options: string[]): Promise<string> {
    const items = remains.map((object) => ({ ...object, metadata: { name: object.metadata.name, ...marks } }));
    return apply(cluster, items, ...options);
  }

  /** Previews and deploys a new stack over orphaned objects. Checks the messages, the order, and the cluster. */
  async function provision(stack: string, webhookUid: string): Promise<void> {
    const cluster = lab.cluster(stack);
    const uid = (): Promise<string> =>
      cluster.kubectl(["get", "validatingwebhookconfiguration", webhook, "--output", "jsonpath={.metadata.uid}"]);
    const left =
      `Webhook configuration ${webhook} in cluster ${stack} is orphaned: ` +
      `its service ${namespace}/metallb-webhook-service does not exist`;
    const preview = printed(await pulumi(lab, stack, ["preview"]));
    assert.ok(preview.includes(`${left}; up removes it before anything else.`), preview.join("\n"));
    assert.equal(await uid(), webhookUid, "a preview touches nothing");
    const lines = (await pulumi(lab, stack, ["up", "--yes", "--skip-preview", "--json"])).trim().split("\n");
    const events = lines.map((line) => JSON.parse(line) as EngineEvent);
    const removed = events.findIndex(({ diagnosticEvent }) => diagnosticEvent?.message.trim() === `${left}; this run removed it.`);
    const first = events.findIndex(({ resourcePreEvent }) => /Chart|kubernetes:/.test(resourcePreEvent?.metadata.type ?? ""));
    assert.ok(removed >= 0 && first > removed, `removed at event ${removed}, first of the chart at ${first}`);
    assert.notEqual(await uid(), webhookUid, "the configuration is the chart's own");
    const addresses = await cluster.kubectl(["get", "ipaddresspools", "-A", "--output", "jsonpath={.items[*].spec.addresses}"]);
    assert.equal(addresses, stack === "lab-dev" ? '["10.5.0.0/24"]' : '["10.6.0.0/24"]');
    assert.deepEqual(printed(await pulumi(lab, stack, ["preview", "--expect-no-changes"])), []);
    deployed.add(stack);
  }

  const webhookUid = (cluster: Cluster): Promise<string> =>
    cluster.kubectl(["get", "validatingwebhookconfiguration", webhook, "--output", "jsonpath={.metadata.uid}"]);

  it("removes those of an older stack whose state was lost and whose namespace was deleted, or deleted and created again", async () => {
    await all(
      lab.plans.map(async ({ stack }) => {
        const cluster = lab.cluster(stack);
        await deploy(lab, stack);
        await forget(stack);
        await cluster.kubectl(["delete", "namespace", namespace]);
        if (stack === "lab-prod") await cluster.kubectl(["create", "namespace", namespace]);
        await provision(stack, await webhookUid(cluster));
      }),
    );
  });

  it("removes those of kubectl, in a namespace that is still being deleted, and those of Helm", async () => {
    await all(
      lab.plans.map(async ({ stack }) => {
        const cluster = lab.cluster(stack);
        await forget(stack);
        await clear(cluster);
        if (stack === "lab-dev") {
          await leave(cluster, { labels: { app: "metallb" } });
          const uid = await webhookUid(cluster);
          await cluster.kubectl(["create", "namespace", namespace]);
          // Delays its deletion, as objects with finalizers do.
          const held = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "held", namespace, finalizers: ["example.com/hold"] } };
          await apply(cluster, [held]);
          await cluster.kubectl(["delete", "namespace", namespace, "--wait=false"]);
          const patch = ["--type", "merge", "--patch", '{"metadata":{"finalizers":null}}'];
          const release = () => cluster.kubectl(["patch", "configmap", "held", "--namespace", namespace, ...patch]);
          const timer = setTimeout(() => void release(), 8000);
          await provision(stack, uid).catch(async (error: unknown) => {
            clearTimeout(timer);
            // Always releases it, because a held object would keep the next test from deleting the namespace.
            await release().catch(() => undefined);
            throw error;
          });
        } else {
          const annotations = { "meta.helm.sh/release-name": "metallb", "meta.helm.sh/release-namespace": namespace };
          const labels = { "app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "metallb-0.16.2" };
          await leave(cluster, { labels, annotations }, "--server-side", "--field-manager", "helm");
          await provision(stack, await webhookUid(cluster));
        }
      }),
    );
  });

  it("handles those of Flux, with a planned pool and a conflicting one, a webhook configuration in use, and an unmanaged one", async () => {
    const [dev, prod] = [lab.cluster("lab-dev"), lab.cluster("lab-prod")];
    await forget("lab-dev");
    await clear(dev);
    const labels = { "kustomize.toolkit.fluxcd.io/name": "metallb", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" };
    const manager = ["--server-side", "--field-manager", "kustomize-controller"];
    const [, ...kinds] = [...remains].sort(({ kind }) => (kind === "ValidatingWebhookConfiguration" ? -1 : 1));
    await apply(
      dev,
      kinds.map((object) => ({ ...object, metadata: { name: object.metadata.name, labels } })),
      ...manager,
    );
    await dev.kubectl(["create", "namespace", namespace]);
    await dev.kubectl(["wait", "--for=condition=Established", "crd/ipaddresspools.metallb.io", "crd/l2advertisements.metallb.io"]);
    const pool = (name: string, addresses: string[]): object => ({
      apiVersion: "metallb.io/v1beta1",
      kind: "IPAddressPool",
      metadata: { name, namespace, labels },
      spec: { addresses, autoAssign: true, avoidBuggyIPs: true },
    });
    await apply(dev, [pool("lab-dev", ["10.5.0.0/24"]), pool("old", ["10.9.0.0/24"])], ...manager);
    await leave(dev, { labels }, ...manager);
    const other = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "somebody-else" },
      webhooks: [
        {
          name: "pods.example.com",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          failurePolicy: "Ignore",
          clientConfig: { service: { namespace: "gone", name: "gone", path: "/" } },
          rules: [{ apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["widgets"] }],
        },
      ],
    };
    await apply(dev, [other]);
    const output = printed(await pulumi(lab, "lab-dev", ["preview"]));
    const takenOver = "MetalLB's CustomResourceDefinitions (9), IPAddressPool lab-dev";
    assert.ok(output.includes(`Cluster lab-dev has ${takenOver} already: up takes them over.`), output.join("\n"));
    await up("lab-dev");
    const pools = await dev.kubectl(["get", "ipaddresspools", "-n", namespace, "--output", "jsonpath={.items[*].spec.addresses}"]);
    assert.equal(pools, '["10.5.0.0/24"] ["10.9.0.0/24"]', "a pool that the plan has not stays");
    assert.equal(await dev.kubectl(["get", "validatingwebhookconfiguration", "somebody-else", "-o", "name"]).then(Boolean), true);

    // The webhook configuration is not orphaned, because its service exists.
    await deploy(lab, "lab-prod");
    await forget("lab-prod");
    const living = await webhookUid(prod);
    assert.doesNotMatch(await pulumi(lab, "lab-prod", ["preview"]), /left over/);
    assert.equal(await webhookUid(prod), living);
  });
});
