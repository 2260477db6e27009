/** Runs on loopback with the stand-in for an API server. tests/e2e/identity.test.ts compares real clusters. */
import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { NoResponse } from "../../cluster/api/kubeconfig";
import { checkIdentity, type IdentityDeps } from "../../preflight/identity";
import { ApiServer, base64, kubeconfigFor, oneMaster } from "../support/api-server";
import { deployedTo, ONE, OTHER } from "../support/identities";
import { nothingLeft, routerStack } from "../support/router-stack";

const KUBE_SYSTEM = "/api/v1/namespaces/kube-system";

describe("the identity check", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await ApiServer.start(oneMaster)));
  afterEach(() => server.stop());

  function check(state = nothingLeft.state, changes: Partial<IdentityDeps> = {}) {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const kubeconfigContent = { text: kubeconfigFor(cluster), folder: "/" };
    const others = () => Promise.resolve(new Map<string, string>());
    return checkIdentity({ ...routerStack(), kubeconfigContent, state }, { others, isPreview: () => false, ...changes });
  }

  it("returns the identity to record at the first deployment", async () => assert.deepEqual(await check(), { identity: ONE }));

  it("accepts the recorded cluster after one request", async () => {
    assert.deepEqual(await check(deployedTo(ONE)), { identity: ONE });
    assert.deepEqual(
      server.requests.map(({ method, url }) => `${method} ${url}`),
      [`GET ${KUBE_SYSTEM}`],
    );
  });

  it("refuses two stacks that recorded the same cluster, which two simultaneous first deployments cause", async () => {
    const others = () => Promise.resolve(new Map([["lab-prod", ONE]]));
    await assert.rejects(
      check(deployedTo(ONE), { others }),
      /stacks lab-dev and lab-prod are both deployed to the cluster with identity 1.*; run "homelab forget-cluster" for the stack that has the wrong/,
    );
  });

  for (const isPreview of [true, false]) {
    it(`stops ${isPreview ? "a preview" : "a run"} on another cluster, in one message without a stack trace`, async () => {
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

  it("accepts a cluster that cannot be reached, and keeps the recorded identity", async () => {
    const unreachable = () => Promise.reject(new NoResponse("it is switched off"));
    for (const state of [nothingLeft.state, deployedTo(ONE)]) {
      const { identity, noResponse } = await check(state, { read: unreachable, checkConnection: unreachable });
      assert.equal(identity, state.size === 0 ? undefined : ONE);
      assert.ok(noResponse instanceof NoResponse);
    }
  });

  it("refuses a cluster that answers without its identity, deployed or not, but not in a preview", async () => {
    const answers = [401, 403, 404, 500, {}, { metadata: {} }, { metadata: { uid: 7 } }, { metadata: { uid: "\u001b[31mred" } }];
    for (const answer of answers) {
      server.answers[KUBE_SYSTEM] = answer;
      await assert.rejects(check(deployedTo(ONE)), ({ message }: Error) => {
        assert.match(
          message,
          /^Nothing was changed:\n {2}Pulumi\.lab-dev\.yaml:4: cluster\.context = "lab-dev": stack lab-dev is deployed to .* 1111/,
        );
        assert.match(
          message,
          /the server at https:\/\/127\.0\.0\.1:\d+ does not report its identity: .*; or, if the cluster is gone, run "homelab forget/,
        );

        assert.doesNotMatch(message, /\u001b/);
        return true;
      });
      await assert.rejects(check(), /stack lab-dev has no record of its cluster yet, and the server at .* does not report its identity/);
      assert.equal((await check(deployedTo(ONE), { isPreview: () => true })).identity, ONE);
      assert.equal((await check(undefined, { isPreview: () => true })).identity, undefined);
    }
  });

  it("refuses a cluster that only the provider can reach, through a proxy of the environment", async () => {
    const silent = () => Promise.reject(new NoResponse("it is switched off"));
    const changes = { read: silent, checkConnection: silent, env: { HTTPS_PROXY: "http://192.168.50.9:3128" } };
    for (const state of [nothingLeft.state, deployedTo(ONE)])
      await assert.rejects(
        check(state, changes),
        /without the proxy in HTTPS_PROXY, which only the provider uses; set proxy-url in the kubeconfig/,
      );
    assert.equal((await check(deployedTo(ONE), { ...changes, isPreview: () => true })).identity, ONE);
    assert.equal((await check(deployedTo(ONE), { env: changes.env })).identity, ONE);
  });
});
