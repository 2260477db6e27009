import assert from "node:assert/strict";

import { isMaster } from "../../../cluster/diagnosis/cluster-state";

describe("a node's labels", () => {
  const role = (name: string) => isMaster({ "kubernetes.io/os": "linux", [`node-role.kubernetes.io/${name}`]: "" });

  it("make it a master, the one of now and the one of before Kubernetes 1.24", () =>
    assert.deepEqual(["control-plane", "master"].map(role), [true, true]));

  it("do not with any other role, nor with none", () =>
    assert.deepEqual([role("worker"), role("etcd"), isMaster({})], [false, false, false]));
});
