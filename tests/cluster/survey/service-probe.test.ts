/** Runs on loopback with the stand-in for an API server. tests/e2e/verify.test.ts probes real clusters. */
import assert from "node:assert/strict";
import { hostname } from "node:os";

import { apiServerOf, type ApiServer as Access } from "../../../cluster/api/kubeconfig";
import { addressOf, createProbe, creator, removeStaleProbes, removeProbe, ProbeFailed } from "../../../cluster/survey/service-probe";
import type { PoolPlan } from "../../../config/plan";
import { ApiServer, base64, kubeconfigFor, Reply, type Received } from "../../support/api-server";
import { plannedStack } from "../../support/stacks";

const SERVICES = "/api/v1/namespaces/metallb-system/services";
const SLICES = "/apis/discovery.k8s.io/v1/namespaces/metallb-system/endpointslices";
const backend = { address: "10.244.0.9", port: 7472, node: "m1" };

describe("a probe in a cluster", () => {
  let server: ApiServer;
  let access: Access;
  /** Whether the server rejects creating an object at a path. */
  let refused: (path: string) => boolean;
  const { plan } = plannedStack();
  const pool = plan.pools[0] as PoolPlan;
  const make = () => createProbe(access, plan, pool, backend);

  beforeEach(async () => {
    refused = () => false;
    server = await ApiServer.start({});
    server.change = ({ method, url, body }, answers) => {
      const [path = ""] = url.split("?");
      if (method === "DELETE") {
        if (answers[path] === undefined) return 404;
        delete answers[path];
        return 200;
      }
      if (refused(path)) return 403;
      const content = JSON.parse(body) as { metadata: { name: string } };
      answers[`${path}/${content.metadata.name}`] = content;
      return new Reply(201, { ...content, metadata: { ...content.metadata, uid: "u1" } });
    };
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    access = apiServerOf({ text: kubeconfigFor(cluster), folder: "/" }, "lab-dev");
  });
  afterEach(() => server.stop());
  const left = () => Object.keys(server.answers);
  const by = (method: string) => server.requests.filter((request: Received) => request.method === method).map(({ url }) => url);

  it("creates a service and its endpoint, and removes both", async () => {
    const probe = await make();
    assert.match(probe.name, /^homelab-network-trial-[0-9a-f]{8}$/);
    assert.deepEqual(probe, { namespace: "metallb-system", name: probe.name, uid: "u1" });
    assert.deepEqual(left(), [`${SERVICES}/${probe.name}`, `${SLICES}/${probe.name}`]);
    await removeProbe(access, probe);
    assert.deepEqual(left(), []);
  });

  it("reports why the cluster rejects it, and removes nothing", async () => {
    refused = () => true;
    await assert.rejects(make(), { message: "a probe service cannot be created: refused with 403" });
    assert.deepEqual([left(), by("DELETE")], [[], []]);
  });

  it("deletes the service if its endpoint cannot be created", async () => {
    refused = (path) => path === SLICES;
    await assert.rejects(make(), ProbeFailed);
    assert.deepEqual(left(), []);
  });

  it("deletes a service whose creation is uncertain", async () => {
    const { change } = server;
    server.change = (request, answers) => {
      const answer = change(request, answers);
      return request.method === "POST" ? 504 : answer;
    };
    await assert.rejects(make(), ProbeFailed);
    assert.equal(by("POST").length, 1);
    assert.equal(by("DELETE").length, 2);
    assert.deepEqual(left(), []);
  });

  it("returns the address, or the reason why there is none yet", async () => {
    const probe = { namespace: "metallb-system", name: "t", uid: "u1" };
    const events = "/api/v1/namespaces/metallb-system/events?fieldSelector=involvedObject.uid%3Du1%2Ctype%3DWarning";
    server.answers[`${SERVICES}/t`] = { metadata: { name: "t" }, status: { loadBalancer: {} } };
    assert.deepEqual(await addressOf(access, probe), {});
    server.answers[events] = [{ message: "Failed to allocate IP: no available IPs" }];
    assert.deepEqual(await addressOf(access, probe), { blocker: "Failed to allocate IP: no available IPs" });
    server.answers[`${SERVICES}/t`] = { metadata: { name: "t" }, status: { loadBalancer: { ingress: [{ ip: "10.5.0.1" }] } } };
    assert.deepEqual(await addressOf(access, probe), { address: "10.5.0.1" });
  });

  it("finds stale probes, and ignores those in use", async () => {
    const now = new Date().toISOString();
    const service = (name: string, made: string, since = now) => ({
      metadata: { name, namespace: "metallb-system", annotations: { "homelab-network/made-by": made }, creationTimestamp: since },
    });
    server.answers["/api/v1/services?labelSelector=homelab-network%2Ftrial"] = [
      service("at-work", creator()),
      service("killed", `${hostname()} 0`),
      service("elsewhere", "another-machine 1"),
      service("old", "another-machine 1", "2026-01-01T00:00:00Z"),
    ];
    assert.deepEqual(await removeStaleProbes(access), ["metallb-system/killed", "metallb-system/old"]);
    assert.deepEqual(
      by("DELETE").filter((url) => url.startsWith(SERVICES)),
      [`${SERVICES}/killed`, `${SERVICES}/old`],
    );
  });
});
