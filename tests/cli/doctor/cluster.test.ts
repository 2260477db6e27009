/** Runs on loopback with the stand-in for an API server. tests/e2e/doctor.test.ts checks real clusters. */
import assert from "node:assert/strict";

import { checkCluster } from "../../../cli/doctor/cluster";
import type { StateReading } from "../../../cli/check/cli";
import { ApiServer, base64, kubeconfigFor, oneMaster, Reply, type Answers } from "../../support/api-server";
import { fresh, plannedStack, text, upState } from "../../support/stacks";

const dependent = (why: string) => ["rights", "gateway", "metallb"].map((what) => `unknown ${what}: ${why}`);
const sound: Answers = { ...oneMaster, "/version": { gitVersion: "v1.34.4" } };
const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

const file = "ok kubeconfig: /home/me/.kube/config, context lab-dev";

describe("homelab doctor, about the cluster", () => {
  let server: ApiServer | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  async function serve(answers: Answers = sound): Promise<ApiServer> {
    server = await ApiServer.start(answers);
    // The user may do everything: rights.test.ts has the others.
    server.change = ({ url, method }) => (method === "POST" && url === REVIEWS ? new Reply(201, { status: { allowed: true } }) : 405);
    return server;
  }

  async function reported(changes: Readonly<Record<string, unknown>> = {}, state: StateReading = fresh): Promise<string[]> {
    const api = server ?? (await serve());
    const cluster = { server: api.url, "certificate-authority-data": base64(api.certificate.cert) };
    const kubeconfigContent = { text: kubeconfigFor(cluster), folder: "/" };
    return (await checkCluster(plannedStack(changes, { kubeconfigContent, state: () => Promise.resolve(state) }))).map(text);
  }

  it("prints a line for each check of a cluster before the first up", async () => {
    const lines = await reported();
    assert.deepEqual(lines, [
      file,
      `ok cluster: ${server?.url} answers, Kubernetes v1.34.4`,
      "ok rights: this user has all rights that up needs",
      "ok gateway: 192.168.50.11 is m1, a Ready master",
      "ok metallb: no known misconfiguration; up installs it in namespace metallb-system",
    ]);
    const changes = server?.requests.filter(({ method, url }) => method !== "GET" && url !== REVIEWS);
    assert.deepEqual(changes, []);
  });

  it("reports an unreachable cluster, a rejected login, and what is therefore unknown", async () => {
    await serve({ ...sound, "/version": 401 });
    const fix = "start its API server, or correct cluster.kubeconfig and cluster.context";
    assert.deepEqual(await reported(), [
      file,
      `failed cluster: ${server?.url} rejects the credentials of the kubeconfig's user (401); renew the credentials of the kubeconfig's user: its token or client certificate is wrong or has expired`,
      ...dependent("skipped: the cluster cannot be read"),
    ]);
    await server?.stop();
    const kubeconfigContent = { text: kubeconfigFor({ server: "https://127.0.0.1:1" }), folder: "/" };
    const lines = (await checkCluster(plannedStack({}, { kubeconfigContent }))).map(text);
    assert.deepEqual(lines.slice(1, 3), [
      `failed cluster: https://127.0.0.1:1 does not answer (ECONNREFUSED); ${fix}`,
      "unknown rights: skipped: the cluster cannot be read",
    ]);
  });

  it("reports problems of a kubeconfig and of its login program", async () => {
    const missing = { path: "cluster.kubeconfig", value: '"~/x"', rule: "no such file", fix: "set it" };
    const none = plannedStack({}, { problems: { kubeconfig: [missing], login: [] } });
    const lines = (await checkCluster(none)).map(text);
    assert.equal(
      lines[0]?.replace(/:\d+:/, ":"),
      'failed kubeconfig: Pulumi.lab-dev.yaml: cluster.kubeconfig = "~/x": no such file; set it',
    );
    assert.deepEqual(lines.slice(1), ["unknown cluster: skipped: no kubeconfig", ...dependent("skipped: no kubeconfig")]);
    const kubeconfigContent = {
      text: kubeconfigFor({ server: "https://127.0.0.1:1" }, { exec: { command: "no-such-login-program" } }),
      folder: "/",
    };
    const other = (await checkCluster(plannedStack({}, { kubeconfigContent }))).map(text);
    assert.deepEqual(other.slice(1), [
      "failed cluster: login program no-such-login-program of the kubeconfig's context lab-dev gives no credentials (no such program); " +
        "install it, or correct its path in the kubeconfig",
      ...dependent("skipped: the cluster cannot be read"),
    ]);
    const without = { text: '{"contexts": [{"name": "lab-dev"}]}', folder: "/" };
    const unknown = (await checkCluster(plannedStack({}, { kubeconfigContent: without }))).map(text);
    assert.equal(unknown[1], "failed cluster: the kubeconfig's context lab-dev has no server; correct the kubeconfig");
    assert.deepEqual(unknown.slice(2), dependent("skipped: the cluster cannot be read"));
  });

  it("reports a gateway that is no Ready master", async () => {
    const line = (await reported({ "gateway.addresses": ["192.168.50.12"] }))[3];
    assert.match(
      line ?? "",
      /^failed gateway: .*"192\.168\.50\.12": no node of cluster lab-dev has this address; set it to .* m1 \(192\.168\.50\.11\)$/,
    );
  });

  describe("with an installed MetalLB", () => {
    const labels = { "app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "speaker" };
    const speaker = { metadata: { name: "metallb-speaker", namespace: "metallb-system", labels } };
    const pool = {
      metadata: { name: "lab-dev", namespace: "metallb-system", managedFields: [{ manager: "kubectl" }] },
      spec: { addresses: ["10.5.0.0/25"] },
    };
    const there: Answers = {
      ...sound,
      "/apis/apps/v1/daemonsets": [speaker],
      "/api/v1/namespaces/metallb-system/pods": [
        {
          metadata: { name: "metallb-speaker-1", labels },
          spec: { nodeName: "m1" },
          status: { conditions: [{ type: "Ready", status: "True" }] },
        },
      ],
      "/apis/metallb.io/v1beta1/ipaddresspools": [pool],
      "/api/v1/namespaces/metallb-system": { status: { phase: "Active" } },
    };

    it("accepts one that the stack manages", async () => {
      await serve(there);
      const own = upState(plannedStack(), ["Namespace", "metallb-system"], ["IPAddressPool", "lab-dev"]);
      assert.equal((await reported({}, own))[4], "ok metallb: no known misconfiguration; it runs in namespace metallb-system");
    });

    it("names objects of the stack that somebody deleted, such as MetalLB's definitions", async () => {
      const gone = { "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools": 404 };
      await serve({ ...sound, ...gone, "/api/v1/namespaces/metallb-system": { status: { phase: "Active" } } });
      const definition = {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "ipaddresspools.metallb.io" },
      };
      const ownPool = {
        apiVersion: "metallb.io/v1beta1",
        kind: "IPAddressPool",
        metadata: { name: "lab-dev", namespace: "metallb-system" },
      };
      const deployed = { outputs: new Map<string, object>([definition, ownPool].map((one) => [one.metadata.name, one])) } as StateReading;
      assert.equal(
        (await reported({}, deployed))[4],
        "failed objects: cluster lab-dev lacks objects of this stack: CustomResourceDefinition ipaddresspools.metallb.io, " +
          'IPAddressPool metallb-system/lab-dev; deleted by hand or by an interrupted run; "pulumi up --refresh --stack lab-dev" restores them',
      );
    });

    it("reports how the stack can adopt it, and its differences from the plan", async () => {
      await serve(there);
      const [foreign, differs] = (await reported()).slice(4);
      assert.match(foreign ?? "", /^failed metallb: .*already has a MetalLB that this stack does not manage; run make adopt STACK=lab-dev/);
      assert.match(
        differs ?? "",
        /^warning metallb: .*pool lab-dev already exists in the cluster with 10\.5\.0\.0\/25, and this stack does not manage it/,
      );
      assert.equal(
        (await reported({}, {}))[4],
        "ok metallb: no known misconfiguration; it runs in namespace metallb-system",
        "whose it is is not known",
      );
    });

    it("fails for pools that up refuses: an unmanaged pool overlaps, or the cluster uses the addresses", async () => {
      const old = { ...pool, metadata: { ...pool.metadata, name: "old" } };
      const nodes = [{ metadata: { name: "w2" }, spec: { podCIDRs: ["10.5.0.128/25"] } }, ...(sound["/api/v1/nodes"] as object[])];
      await serve({ ...sound, "/api/v1/nodes": nodes, "/apis/metallb.io/v1beta1/ipaddresspools": [old] });
      const lines = (await reported()).slice(4);
      assert.match(
        lines[0] ?? "",
        /^failed pools: .*overlaps addresses that cluster lab-dev uses itself: 10\.5\.0\.128\/25, the pod network of node w2; /,
      );
      assert.match(lines[1] ?? "", /^failed metallb: .*overlaps 10\.5\.0\.0\/25 of pool old, /);
    });

    it("warns of a speaker that a condition of its node silences", async () => {
      const [master] = there["/api/v1/nodes"] as { status: { conditions: object[] } }[];
      const conditions = [...(master?.status.conditions ?? []), { type: "NetworkUnavailable", status: "True" }];
      await serve({ ...there, "/api/v1/nodes": [{ ...master, status: { ...master?.status, conditions } }] });
      const own = upState(plannedStack(), ["Namespace", "metallb-system"], ["IPAddressPool", "lab-dev"]);
      assert.match(
        (await reported({}, own))[4] ?? "",
        /^warning metallb: .*selects \(m1\) have the condition NetworkUnavailable, so no node announces; /,
      );
    });

    it("warns of misconfigurations, a namespace that is being deleted, and an orphaned webhook", async () => {
      const service = { namespace: "metallb-system", name: "metallb-webhook-service" };
      const webhook = { name: "ipaddresspoolvalidationwebhook.metallb.io", clientConfig: { service } };
      await serve({
        ...sound,
        "/api/v1/namespaces/metallb-system": { status: { phase: "Terminating" } },
        "/apis/apps/v1/deployments": [{ metadata: { name: "kube-vip-cloud-provider", namespace: "kube-system" } }],
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations": [
          { metadata: { name: "metallb-webhook-configuration" }, webhooks: [webhook] },
        ],
      });
      const lines = (await reported()).slice(4);
      assert.match(lines[0] ?? "", /^warning metallb: .*kube-vip's cloud provider also gives addresses to services in cluster lab-dev \(/);
      assert.deepEqual(lines.slice(1), [
        "warning metallb: webhook configuration metallb-webhook-configuration is orphaned: its service does not exist, so the API server rejects every pool; up removes it before anything else",
        "warning metallb: namespace metallb-system is being deleted; up waits until it is gone",
      ]);
    });
  });
});
