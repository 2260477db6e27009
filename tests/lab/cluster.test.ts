import assert from "node:assert/strict";
import * as fs from "node:fs";
import { parse } from "yaml";
import { Cluster } from "../../lab/cluster";
import { labFolders } from "../../lab/folders";
import { plansOf } from "../../config/plans";
import { type LabSize, topologyOf } from "../../lab/topology";
import { scratchFolder } from "./scratch";
import { HOUSEHOLD } from "../support/stack-files";

describe("the configuration of a lab cluster's nodes", () => {
  let scratch: string;
  beforeEach(() => (scratch = scratchFolder("cluster")));
  afterEach(() => fs.rmSync(scratch, { recursive: true }));

  function prepared(size: LabSize): Cluster {
    const { nodes } = topologyOf(plansOf(HOUSEHOLD), size);
    const cluster = new Cluster(
      labFolders("cluster", scratch),
      "lab-dev",
      nodes.filter(({ stack }) => stack === "lab-dev"),
    );
    cluster.prepare();
    return cluster;
  }
  const read = (file: string): string => fs.readFileSync(file, "utf8");
  const taints = (cluster: Cluster): unknown[] =>
    cluster.nodes.map((node) => (parse(read(node.etc("kubelet.yaml"))) as { registerWithTaints: unknown }).registerWithTaints);

  it("taints masters only if there are workers", () => {
    const taint = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };
    assert.deepEqual(taints(prepared({})), [[]]);
    fs.rmSync(scratch, { recursive: true });
    assert.deepEqual(taints(prepared({ masters: 2, workers: 1 })), [[taint], [taint], []]);
  });

  it("gives workers no credentials of a master, and every master the same ones", () => {
    const [first, second, worker] = prepared({ masters: 2, workers: 1 }).nodes;
    assert.ok(first && second && worker);
    assert.deepEqual(fs.readdirSync(worker.etc("")).sort(), ["kubelet.token", "kubelet.yaml", "proxy.token", "proxy.yaml"]);
    for (const shared of ["tokens.csv", "admin.token", "scheduler.token", "controller-manager.token", "proxy.token", "sa.key", "sa.pub"])
      assert.equal(read(second.etc(shared)), read(first.etc(shared)), shared);
    assert.notEqual(read(second.etc("kubelet.token")), read(first.etc("kubelet.token")));
  });

  it("gives each node an identity of its own", () => {
    const { nodes } = prepared({ workers: 1 });
    const table = read(nodes[0]?.etc("tokens.csv") ?? "").split("\n");
    for (const node of nodes) {
      const token = read(node.etc("kubelet.token"));
      assert.ok(table.includes(`${token},system:node:${node.name},system:node:${node.name},"system:nodes"`), node.name);
    }
  });

  it("is unchanged when it is prepared again", () => {
    const cluster = prepared({ workers: 1 });
    const tokens = (): string[] => cluster.nodes.map((node) => read(node.etc("kubelet.token")));
    const before = tokens();
    cluster.prepare();
    assert.deepEqual(tokens(), before);
  });

  it("has a part of the pods' range for each node", () => {
    const { nodes } = prepared({ workers: 2 });
    const subnets = nodes.map(({ host }) => /"subnet":"([^"]+)"/.exec(read(host.dataPath("/etc/cni/net.d/10-pods.conflist")))?.[1]);
    assert.deepEqual(subnets, ["10.244.0.0/24", "10.244.1.0/24", "10.244.2.0/24"]);
  });
});
