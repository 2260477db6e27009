import assert from "node:assert/strict";

import type { ClusterConnection } from "../../cluster/survey/reader";
import { WEBHOOKS } from "../../cluster/survey/survey";
import { removeWebhook, surveyWhenNamespaceReady } from "../../preflight/orphaned-webhook";
import type { Survey } from "../../cluster/diagnosis/cluster-state";
import { ApiServer, base64, kubeconfigFor } from "../support/api-server";
import { listening } from "../support/program";
import { survey } from "../support/surveys";

const name = "metallb-webhook-configuration";
const path = `${WEBHOOKS}/${name}`;
const service = { namespace: "metallb-system", name: "metallb-webhook-service" };
const configuration = (resourceVersion = "7") => ({
  metadata: { name, uid: "u", resourceVersion },
  webhooks: [{ name: "ipaddresspoolvalidationwebhook.metallb.io", clientConfig: { service: { ...service, path: "/validate" } } }],
});
const found = { name, uid: "u", resourceVersion: "7", service, serviceExists: false };
const quick = { limit: 100, interval: 5, reportInterval: 20 };

describe("an orphaned webhook configuration", () => {
  let server: ApiServer;
  let connection: ClusterConnection;
  beforeEach(async () => {
    server = await ApiServer.start({ [path]: configuration() });
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    connection = { kubeconfig: { text: kubeconfigFor(cluster), folder: "/" }, context: "lab-dev", namespace: "metallb-system" };
  });
  afterEach(() => server.stop());
  const remove = () => listening(() => removeWebhook(connection, found, quick));
  const changes = () => server.requests.filter(({ method }) => method !== "GET");

  it("is deleted only in the version that was read, and awaited", async () => {
    server.change = (_, answers) => {
      setTimeout(() => delete answers[path], 30);
      return 200;
    };
    assert.equal((await remove()).result, "removed");
    assert.equal(server.answers[path], undefined);
    const sent = changes();
    assert.deepEqual(
      sent.map(({ method, url, body }) => [method, url, JSON.parse(body) as unknown]),
      [["DELETE", path, { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: "u", resourceVersion: "7" } }]],
    );
  });

  for (const [title, answers, outcome] of [
    ["if its service exists again", { [`/api/v1/namespaces/metallb-system/services/${service.name}`]: {} }, "alive"],
    ["if it changed after it was read", { [path]: configuration("8") }, "changed"],
    ["if it no longer belongs to MetalLB", { [path]: { ...configuration(), webhooks: [{ name: "x", clientConfig: {} }] } }, "changed"],
    ["if it was deleted already", { [path]: 404 }, "gone already"],
  ] as const) {
    it(`is kept ${title}`, async () => {
      Object.assign(server.answers, answers);
      assert.equal((await remove()).result, outcome);
      assert.deepEqual(changes(), []);
    });
  }

  it("is kept if the server reports a conflict, and counts as removed if it does not exist", async () => {
    server.change = () => 409;
    assert.equal((await remove()).result, "changed");
    server.change = () => 404;
    assert.equal((await remove()).result, "gone already");
  });

  it("stops the run if the server rejects the deletion or a finalizer blocks it", async () => {
    server.change = () => 403;
    await assert.rejects(remove(), { message: `Webhook configuration ${name} cannot be removed: refused with 403.` });
    server.change = () => 200;
    await assert.rejects(remove(), {
      message:
        `Webhook configuration ${name} is still there 0.1 s after its deletion; see its finalizers with ` +
        `"kubectl get validatingwebhookconfiguration ${name} --output yaml".`,
    });
  });
});

describe("a namespace that is being deleted", () => {
  const connection = { kubeconfig: { text: "", folder: "/" }, context: "lab-dev", namespace: "metallb-system" };
  const settle = (phases: Survey["namespace"][], limit = quick.limit) => {
    const next = () => Promise.resolve(survey({ namespace: phases.length > 1 ? (phases.shift() ?? "missing") : (phases[0] ?? "missing") }));
    return listening(() => surveyWhenNamespaceReady(connection, next, { ...quick, limit }));
  };

  it("is awaited with progress messages, and then the cluster is surveyed again", async () => {
    const run = await settle([...Array<Survey["namespace"]>(10).fill("Terminating"), "missing"], 60_000);
    assert.deepEqual([run.result.namespace, run.result.hasWaited], ["missing", true]);
    assert.equal(run.notes[0], "info: [runtime] Waiting until namespace metallb-system, which is being deleted, is gone.");
    assert.ok(run.notes.length >= 2, run.notes.join());
  });

  it("causes no delay if there is none", async () => {
    for (const phase of ["missing", "Active"] as const) assert.deepEqual((await settle([phase])).notes, []);
  });

  it("stops the run on a timeout, with the command that shows why", () =>
    assert.rejects(settle(["Terminating"]), {
      message:
        "Namespace metallb-system has been in deletion for more than 0.1 s, so nothing can be created in it; " +
        'see what blocks it with "kubectl get namespace metallb-system --output yaml", under conditions.',
    }));
});
