/** On loopback, with the API server's stand-in; real clusters are compared in tests/e2e/identity.test.ts. */
import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { NoAnswer } from "../../cluster/api/kubeconfig";
import { checkIdentity, type IdentityDeps } from "../../preflight/identity";
import { ApiServer, base64, kubeconfigFor, oneMaster } from "../support/api-server";
import { deployedTo, ONE, OTHER } from "../support/identities";
import { nothingLeft, routerStack } from "../support/router-stack";

const KUBE_SYSTEM = "/api/v1/namespaces/kube-system";

describe("the check of a cluster's identity", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await ApiServer.start(oneMaster)));
  afterEach(() => server.stop());

  function check(state = nothingLeft.state, changes: Partial<IdentityDeps> = {}) {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const kubeconfigContent = { text: kubeconfigFor(cluster), folder: "/" };
    const others = () => Promise.resolve(new Map<string, string>());
    return checkIdentity({ ...routerStack(), kubeconfigContent, state }, { others, isPreview: () => false, ...changes });
  }

  it("gives the identity to record at the first deployment", async () => assert.deepEqual(await check(), { identity: ONE }));

  it("goes on with the recorded cluster, and then reads no other stack's state", async () => {
    const others = () => Promise.reject(new Error("other states were read"));
    assert.deepEqual(await check(deployedTo(ONE), { others }), { identity: ONE });
    assert.deepEqual(
      server.requests.map(({ method, url }) => `${method} ${url}`),
      [`GET ${KUBE_SYSTEM}`],
    );
  });

  for (const isPreview of [true, false]) {
    it(`ends ${isPreview ? "a preview" : "a run"} on another cluster, in one message without a stack trace`, async () => {
      await assert.rejects(check(deployedTo(OTHER), { isPreview: () => isPreview }), (error: Error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(error.stack, undefined);
        assert.equal(
          error.message,
          `Nothing was changed:\n  Pulumi.lab-dev.yaml:4: cluster.context = "lab-dev": stack lab-dev is deployed to the cluster with identity ${OTHER} ` +
            `(the UID of namespace kube-system), and the cluster that answers at ${server.url} has identity ${ONE}; ` +
            'correct cluster.kubeconfig or cluster.context; or, if the cluster was rebuilt, run "homelab forget-cluster lab-dev" and deploy again',
        );
        return true;
      });
    });
  }

  it("refuses the first deployment to another stack's cluster", async () => {
    const others = () => Promise.resolve(new Map([["lab-prod", ONE]]));
    await assert.rejects(
      check(undefined, { others }),
      /which is the cluster of stack lab-prod, and each stack needs a cluster of its own; correct/,
    );
  });

  it("leaves a cluster that cannot be reached to the checks after it, and keeps the recorded identity", async () => {
    const unreachable = () => Promise.reject(new NoAnswer("it is switched off"));
    for (const state of [nothingLeft.state, deployedTo(ONE)]) {
      const { identity, silence } = await check(state, { read: unreachable, knock: unreachable });
      assert.equal(identity, state.size === 0 ? undefined : ONE);
      assert.ok(silence instanceof NoAnswer);
    }
  });

  it("refuses a deployed stack whose cluster answers and does not tell its identity, but not its preview", async () => {
    for (const answer of [403, 404]) {
      server.answers[KUBE_SYSTEM] = answer;
      await assert.rejects(
        check(deployedTo(ONE)),
        /^Error: Nothing was changed: the identity of cluster lab-dev cannot be compared with the recorded one: /,
      );
      assert.equal((await check(deployedTo(ONE), { isPreview: () => true })).identity, ONE);
      assert.equal((await check()).identity, undefined);
    }
  });
});
