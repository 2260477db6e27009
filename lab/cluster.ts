import * as fs from "node:fs";
import { readAudit, type AuditedRequest } from "./audit";
import * as controlPlane from "./control-plane";
import { UserError, messageOf } from "../config/user-error";
import { type LabFolders, kubeconfigOf } from "./folders";
import { writeAtomically } from "../config/files";
import { EXCLUSION_LABEL, MASTER_LABEL } from "../config/node-labels";
import type { Host } from "./host";
import * as files from "./kubernetes-files";
import { ClusterNode } from "./node";
import type { NodeSpec } from "./topology";
import { until } from "./wait";

/**
 * A stack's cluster with real etcd, control plane, kubelet, containerd and kube-proxy. Either a single master that also runs pods, as in small
 * homelabs, or masters and workers, where the masters have a taint and only workers run pods without a toleration.
 */
export class Cluster {
  readonly nodes: readonly ClusterNode[];
  private readonly masters: readonly ClusterNode[];
  private readonly first: ClusterNode;

  constructor(
    private readonly lab: LabFolders,
    readonly stack: string,
    specs: readonly NodeSpec[],
  ) {
    this.nodes = specs.map((spec) => new ClusterNode(lab, spec));
    this.masters = this.nodes.filter(({ spec }) => spec.role === "master");
    const [first] = this.masters;
    if (first === undefined) throw new Error(`the cluster of ${stack} has no master`);
    this.first = first;
  }

  /** The master that is the stack's next hop, and that `kubectl` and the engine use. */
  get master(): Host {
    return this.first.host;
  }

  /** Writes the configuration, which outlives reboots of the nodes. Must run before the nodes are powered on for the first time. */
  prepare(): void {
    const { first, masters, nodes } = this;
    if (fs.existsSync(first.etc("tokens.csv"))) return;
    const credential = (who: { user: string; group: string }): { token: string; user: string; group: string } => ({
      token: files.newToken(),
      ...who,
    });
    const shared = new Map(Object.entries(files.identities).map(([name, who]) => [name, credential(who)]));
    const kubelets = new Map(nodes.map((node) => [node, credential(files.nodeIdentity(node.name))]));
    const keys = files.serviceAccountKeys();
    const tainted = nodes.length > masters.length;
    for (const node of nodes) {
      const master = node.spec.role === "master";
      node.prepare(master && tainted ? [{ key: MASTER_LABEL, effect: "NoSchedule" }] : []);
      for (const name of master ? shared.keys() : ["proxy"])
        writeAtomically(node.etc(`${name}.token`), shared.get(name)?.token ?? "", 0o600);
      writeAtomically(node.etc("kubelet.token"), kubelets.get(node)?.token ?? "", 0o600);
      if (!master) continue;
      writeAtomically(node.etc("sa.key"), keys.privateKey, 0o600);
      writeAtomically(node.etc("sa.pub"), keys.publicKey);
    }
    // The first master's file is written last: its existence shows that everything else was written.
    const table = files.tokenFile([...shared.values(), ...kubelets.values()]);
    for (const master of [...masters].reverse()) writeAtomically(master.etc("tokens.csv"), table, 0o600);
  }

  /** Starts everything that is not running, and waits until the nodes accept pods. The nodes must be powered on and plugged in. */
  async start(): Promise<void> {
    try {
      await this.startAll();
    } catch (error) {
      const logs = this.nodes.map(({ host }) => host.dataPath("/var/log")).join(", ");
      throw new UserError(`The cluster of ${this.stack} did not come up: ${messageOf(error)}\nIts logs are in ${logs}.`);
    }
  }

  private async startAll(): Promise<void> {
    const { first, masters, nodes } = this;
    const specs = masters.map(({ spec }) => spec);
    await Promise.all(nodes.map((node) => node.startRuntime()));
    await Promise.all(masters.map((master) => master.keep(controlPlane.etcd(master.spec, specs))));
    for (const master of masters) writeAtomically(master.etc("audit.yaml"), files.auditPolicy);
    await Promise.all(masters.map((master) => master.keep(controlPlane.apiServer(master.spec))));
    const images = Promise.all(nodes.map((node) => node.importImages()));
    for (const master of masters) await until(`${master.name}'s certificate`, () => fs.existsSync(master.etc("pki/apiserver.crt")));
    this.writeKubeconfigs();
    for (const master of masters)
      await until(`${master.name}'s API server`, async () => (await master.kubectl(["get", "--raw", "/readyz"])) === "ok");
    const leaderElection = masters.length > 1;
    await Promise.all([
      ...masters.map((master) => master.keep(controlPlane.controllerManager(leaderElection))),
      ...masters.map((master) => master.keep(controlPlane.scheduler(leaderElection))),
      images.then(() => Promise.all(nodes.map((node) => node.startKubelet()))),
      ...nodes.map((node) => node.startProxy()),
    ]);
    for (const { name } of nodes)
      await until(`node ${name} to register`, async () => (await first.kubectl(["get", "node", name, "-o", "name"])) !== "");
    // As kubeadm does: the role, and the label that excludes masters from load balancing unless MetalLB is told otherwise.
    await first.kubectl(["label", "node", ...masters.map(({ name }) => name), `${MASTER_LABEL}=`, `${EXCLUSION_LABEL}=`, "--overwrite"]);
    for (const { name } of nodes) await this.awaitReadiness(name, "True");
  }

  /** Loads the image archives of a folder on the machine into every node. */
  async loadImages(folder: string): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.loadImages(folder)));
  }

  /** Returns the audited requests to the first master since it was created. The audit policy omits the cluster's own components. */
  auditedRequests(): AuditedRequest[] {
    const file = this.master.dataPath(files.auditLog);
    return fs.existsSync(file) ? readAudit(fs.readFileSync(file, "utf8")) : [];
  }

  /** Returns a node's Ready condition: "True", "False", or "Unknown" if the node does not report. */
  readiness(node: string): Promise<string> {
    return this.kubectl(["get", "node", node, "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}']);
  }

  /** Waits until a node's Ready condition is this. Kubernetes needs most of a minute to miss a node that has lost its power. */
  async awaitReadiness(node: string, status: "True" | "Unknown"): Promise<void> {
    const condition = `--for=condition=Ready=${status}`;
    await until(`node ${node} to be ${status === "True" ? "Ready" : "missed"}`, async () => {
      await this.kubectl(["wait", `node/${node}`, condition, "--timeout=120s"]);
      return true;
    });
  }

  /** Runs kubectl as the cluster's admin on the first master that is powered on. */
  kubectl(args: readonly string[], input?: string): Promise<string> {
    return (this.masters.find(({ host }) => host.isOn) ?? this.first).kubectl(args, input);
  }

  /** Writes the kubeconfigs. Each API server has a self-signed certificate; all of them form the authority. Workers use the first API server. */
  private writeKubeconfigs(): void {
    const { first, masters, nodes, stack } = this;
    const authority = masters.map((master) => fs.readFileSync(master.etc("pki/apiserver.crt"), "utf8")).join("");
    for (const node of nodes) {
      const master = node.spec.role === "master";
      const { address } = master ? node.spec : first.spec;
      if (master) writeAtomically(node.etc("authorities.crt"), authority);
      for (const name of [...(master ? Object.keys(files.identities) : ["proxy"]), "kubelet"]) {
        const token = fs.readFileSync(node.etc(`${name}.token`), "utf8");
        writeAtomically(node.etc(`${name}.conf`), files.kubeconfig([{ context: stack, address }], authority, token), 0o600);
      }
    }
    const servers = masters.length > 1 ? masters.map(({ name, spec }) => ({ context: name, address: spec.address })) : [];
    const admin = fs.readFileSync(first.etc("admin.token"), "utf8");
    const contexts = [{ context: stack, address: first.spec.address }, ...servers];
    writeAtomically(kubeconfigOf(this.lab, stack), files.kubeconfig(contexts, authority, admin), 0o600);
  }
}
