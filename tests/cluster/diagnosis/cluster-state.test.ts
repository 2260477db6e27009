import assert from "node:assert/strict";

import { isMaster } from "../../../cluster/diagnosis/cluster-state";

describe("the labels of a node", () => {
  const role = (name: string) => isMaster({ "kubernetes.io/os": "linux", [`node-role.kubernetes.io/${name}`]: "" });

  it("make it a master with today's label and with the one before Kubernetes 1.24", () =>
    assert.deepEqual(["control-plane", "master"].map(role), [true, true]));

  it("make it no master with another role or none", () =>
    assert.deepEqual([role("worker"), role("etcd"), isMaster({})], [false, false, false]));
});
