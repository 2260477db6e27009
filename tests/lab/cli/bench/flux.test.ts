import assert from "node:assert/strict";
import { poolFile, moments } from "../../../../lab/cli/bench/flux";
import { EventLines } from "../../../../lab/cli/bench/pool-watch";
import { fluxObjects } from "../../../../lab/flux";

describe("what Flux is measured by", () => {
  it("is a push at each part of the time between two polls, and none at their ends", () => {
    assert.deepEqual(moments(5, 60), [6, 18, 30, 42, 54]);
    assert.deepEqual(moments(1, 60), [30]);
  });

  it("is a pool as the program makes one", () =>
    assert.deepEqual(JSON.parse(poolFile({ name: "one-more", addresses: ["10.98.0.0/24"] }, "metallb-system")), {
      apiVersion: "metallb.io/v1beta1",
      kind: "IPAddressPool",
      metadata: { name: "one-more", namespace: "metallb-system" },
      spec: { addresses: ["10.98.0.0/24"] },
    }));

  it("is a Kustomization of the repository, with the intervals of flux bootstrap, that removes what is removed", () => {
    const [, repository, kustomization] = fluxObjects("http://192.168.50.130/git/fleet.git");
    assert.deepEqual(repository, {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: "pools", namespace: "flux-system" },
      spec: { interval: "1m0s", url: "http://192.168.50.130/git/fleet.git", ref: { branch: "main" } },
    });
    assert.deepEqual(kustomization, {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name: "pools", namespace: "flux-system" },
      spec: { interval: "10m0s", path: "./pools", prune: true, sourceRef: { kind: "GitRepository", name: "pools" } },
    });
  });
});

describe("a watch of pools", () => {
  it("tells an event when its line is whole, however it is cut, and passes over other lines", () => {
    const lines = new EventLines();
    assert.deepEqual(lines.take("ADDED fi"), []);
    assert.deepEqual(lines.take("rst\nMODIFIED first\nBOOKMARK x\nDEL"), [
      { kind: "ADDED", pool: "first" },
      { kind: "MODIFIED", pool: "first" },
    ]);
    assert.deepEqual(lines.take("ETED first"), []);
    assert.deepEqual(lines.take("\n"), [{ kind: "DELETED", pool: "first" }]);
  });
});
