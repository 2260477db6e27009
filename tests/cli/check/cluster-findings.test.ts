/** Runs on loopback with the stand-in for an API server: what verify and drift report about a cluster. */
import assert from "node:assert/strict";

import { checkCluster } from "../../../cli/check/cluster";
import { ApiServer, base64, kubeconfigFor, oneMaster, type Answers } from "../../support/api-server";
import { plannedStack, text } from "../../support/stacks";

const chart = (component: string) => ({ "app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": component });

describe("a deployed cluster, compared with its plan", () => {
  let server: ApiServer | undefined;
  afterEach(() => server?.stop());

  /** Returns the lines of the checks that have something to report. */
  async function troubles(answers: Answers, changes: Readonly<Record<string, unknown>> = {}): Promise<string[]> {
    server = await ApiServer.start({ ...oneMaster, "/version": { gitVersion: "v1.34.4" }, ...answers });
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const kubeconfigContent = { text: kubeconfigFor(cluster), folder: "/" };
    const { lines } = await checkCluster(plannedStack(changes, { kubeconfigContent }));
    return lines.filter(({ what }) => ["pools", "services", "speakers"].includes(what)).map(text);
  }

  it("has no line about networks, classes and speakers where all is well", async () => assert.deepEqual(await troubles({}), []));

  it("fails for a pool in the cluster's real networks", async () => {
    const pods = [{ metadata: { namespace: "web", name: "shop-1" }, status: { phase: "Running", podIPs: [{ ip: "10.5.0.2" }] } }];
    assert.match((await troubles({ "/api/v1/pods": pods }))[0] ?? "", /^failed pools: .*10\.5\.0\.2, the address of pod web\/shop-1; /);
  });

  it("fails for a speaker that a condition of its node silences", async () => {
    const [master] = oneMaster["/api/v1/nodes"] as { status: { conditions: object[] } }[];
    const conditions = [...(master?.status.conditions ?? []), { type: "NetworkUnavailable", status: "True" }];
    const nodes = [{ ...master, status: { ...master?.status, conditions } }];
    assert.match(
      (await troubles({ "/api/v1/nodes": nodes }))[0] ?? "",
      /^failed speakers: .*condition NetworkUnavailable, so no node announces; /,
    );
  });

  it("fails for services that keep an address which MetalLB counts as free", async () => {
    const controller = {
      metadata: { name: "metallb-controller", labels: chart("controller") },
      spec: { template: { spec: { containers: [{ args: ["--lb-class=home/metallb"] }] } } },
    };
    const answers = { "/apis/apps/v1/namespaces/metallb-system/deployments": [controller] };
    const [line = ""] = await troubles(answers, { "metallb.values": { loadBalancerClass: "home/metallb" } });
    assert.match(
      line,
      /^failed services: .*MetalLB handles only services of class home\/metallb, so it does not handle web\/shop \(10\.5\.0\.1\)/,
    );
  });
});
