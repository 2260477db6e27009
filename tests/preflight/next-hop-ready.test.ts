import assert from "node:assert/strict";

import { waitForNextHop } from "../../preflight/next-hop-ready";
import type { RouterAnswer } from "../../router/ssh";
import { RouterUnreachable } from "../../router/ssh-errors";
import { HOST_KEY } from "../support/host-key";
import { ApiServer, base64, kubeconfigFor } from "../support/api-server";
import { listening } from "../support/program";
import { answerOf, neighbour } from "../support/readings";
import { routerStack } from "../support/router-stack";

const HOP = "192.168.50.240";
const STATUSES = "/apis/metallb.io/v1beta1/servicel2statuses";
const status = (serviceName: string) => ({
  metadata: { name: "l2-x" },
  status: { node: "m1", serviceName, serviceNamespace: "metallb-system" },
});

describe("the wait for a floating next hop", () => {
  let server: ApiServer;
  let asked: number;
  beforeEach(async () => {
    server = await ApiServer.start({ [STATUSES]: [] });
    asked = 0;
  });
  afterEach(() => server.stop());

  /** Returns a router that gives one answer after the other, and then repeats the last one. */
  const router =
    (...states: string[]) =>
    () => {
      const state = states[Math.min(asked++, states.length - 1)] ?? "";
      return Promise.resolve<RouterAnswer>({ text: answerOf({ ways: { [HOP]: neighbour(state, "br0", HOP) } }), hostKey: HOST_KEY });
    };
  const wait = (ask: () => Promise<RouterAnswer>, limit = 20_000, changes = {}, user = {}) => {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const stack = routerStack({ "gateway.mode": "floating", "gateway.addresses": [HOP], ...changes });
    const kubeconfigContent = { text: kubeconfigFor(cluster, user), folder: "/" };
    return listening(() => waitForNextHop({ ...stack, kubeconfigContent }, { limit, interval: 5, reportInterval: 20_000 }, ask));
  };
  const waiting = "info: [runtime] Waiting until a node announces the next hop, before the route is set.";

  it("ends at once if MetalLB reports the announcing node, without a query of the router", async () => {
    server.answers[STATUSES] = [status("next-hop-192-168-50-240")];
    assert.deepEqual((await wait(router("FAILED"))).notes, []);
    assert.equal(asked, 0);
  });

  it("ends if the router gets an answer, even if MetalLB's status lacks the new node, and ignores other next hops", async () => {
    server.answers[STATUSES] = [status("next-hop-192-168-50-250")];
    assert.deepEqual((await wait(router("FAILED", "STALE", "REACHABLE"))).notes, [waiting]);
    assert.equal(asked, 3);
  });

  it("stops the run on a timeout, also if the router cannot be queried", async () => {
    const message =
      "No node has announced the next hop 192.168.50.240 (service metallb-system/next-hop-192-168-50-240) within 0.2 s, so no route can use it; " +
      'see which masters have a speaker with "kubectl get pods --namespace metallb-system --output wide".';
    await assert.rejects(wait(router("FAILED"), 200), { message });
    await assert.rejects(
      wait(() => Promise.reject(new RouterUnreachable("192.168.50.1:22 does not answer")), 200),
      { message },
    );
  });

  it("is skipped if the program cannot read the cluster", async () => {
    await wait(router("FAILED"), 200, {}, { exec: { command: "aws" } });
    assert.deepEqual([server.requests.length, asked], [0, 0]);
  });
});
