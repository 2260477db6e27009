import * as fs from "node:fs";
import * as path from "node:path";
import type execa from "execa";
import { isIpv4, type Ipv4 } from "../config/address/address";
import { withNextHop, type UnresolvedPlan, type Plan } from "../config/plan";
import { plansOf } from "../config/plans";
import { endProcesses, removeCgroup } from "./cgroups";
import { Cluster } from "./cluster";
import { Engine } from "./engine";
import { UserError } from "../config/user-error";
import { type LabFolders, cacheFolder, kubeconfigOf } from "./folders";
import { writeAtomically } from "../config/files";
import { repository } from "../config/project";
import { Host } from "./host";
import { Lan, routerPort } from "./lan";
import { withFileLock } from "./lock";
import { type ClusterNode, containerdFolder, nodeImage } from "./node";
import type { Progress } from "./progress";
import { refreshProject } from "./project";
import { checkOwner, recordOf, writeRecord } from "./record";
import { RouterHost } from "./router";
import { ed25519 } from "./ssh-key";
import { versions } from "./tools/catalogue";
import { copyImageStore } from "./tools/image-store";
import type { Toolbox } from "./tools/toolbox";
import { type LabSize, type NodeSpec, type HostSpec, type Topology, topologyOf } from "./topology";

/** The twin of the network that the stack files describe. */
export class Lab {
  readonly topology: Topology;
  readonly router: RouterHost;
  readonly client: Host;
  readonly operator: Host;
  readonly clusters: readonly Cluster[];
  readonly engine: Engine;
  readonly lan: Lan;
  /** The plans of the stacks that have a cluster in this lab. */
  readonly plans: readonly Plan[];
  private readonly switchHost: Host;

  /**
   * @param source the folder with its stack files
   * @param size by default the size with which the lab was last raised
   */
  constructor(
    readonly folders: LabFolders,
    private readonly source: string,
    private readonly box: Toolbox,
    private readonly size: LabSize = recordOf(folders)?.size ?? {},
  ) {
    checkOwner(folders);
    const plans = plansOf(source);
    checkChart(plans);
    const chosen = plans.filter(({ stack }) => size.stacks?.includes(stack) ?? true);
    this.topology = topologyOf(chosen, size);
    this.plans = chosen.map((plan) => withNextHop(plan, this.masterOf(plan.stack)));
    this.switchHost = new Host(folders, "switch");
    this.lan = new Lan(this.switchHost);
    this.router = new RouterHost(folders, this.topology, box);
    this.client = new Host(folders, this.topology.client.name);
    this.operator = new Host(folders, this.topology.operator.name);
    this.clusters = this.plans.map(({ stack }) => new Cluster(folders, stack, this.nodesOf(stack)));
    this.engine = new Engine(folders, box, this.operator);
  }

  private masterOf(name: string): Ipv4 {
    const master = this.topology.nodes.find(({ stack, role }) => stack === name && role === "master");
    if (master === undefined || !isIpv4(master.address)) throw new Error(`the lab has no master for ${name}`);
    return master.address;
  }

  /** The root folder with the nodes' programs, including tcpdump and ping. */
  get nodeRoot(): string {
    return this.box.nodeRoot;
  }

  /** The folder of MetalLB's chart. */
  get chart(): string {
    return this.box.chart;
  }

  /** All hosts. */
  get hosts(): readonly Host[] {
    return [this.router.host, this.client, this.operator, ...this.nodes.map(({ host }) => host)];
  }

  private get nodes(): readonly ClusterNode[] {
    return this.clusters.flatMap(({ nodes }) => nodes);
  }

  private nodesOf(stack: string): readonly NodeSpec[] {
    return this.topology.nodes.filter((node) => node.stack === stack);
  }

  host(name: string): Host {
    const found = this.hosts.find((host) => host.name === name);
    if (found === undefined)
      throw new UserError(`The lab has no host "${name}": its hosts are ${this.hosts.map((host) => host.name).join(", ")}.`);
    return found;
  }

  cluster(stack: string): Cluster {
    const found = this.clusters.find((cluster) => cluster.stack === stack);
    if (found === undefined)
      throw new UserError(`The lab has no stack "${stack}": its stacks are ${this.clusters.map((cluster) => cluster.stack).join(", ")}.`);
    return found;
  }

  get isUp(): boolean {
    return [this.switchHost, ...this.hosts].every((host) => host.isOn);
  }

  /** Raises everything that is not running: hosts, LAN, router, clusters, and the engine's project. Leaves running parts alone. */
  async up(progress: Progress): Promise<void> {
    await this.removeChanged();
    await progress.step("hosts, LAN and router", () => this.raiseNetwork());
    await all([this.engine.prepare(), ...this.clusters.map((cluster) => progress.step(`cluster ${cluster.stack}`, () => cluster.start()))]);
    this.refreshProject();
  }

  /** Runs kubectl on a stack's cluster, from the operator host. */
  kubectl(stack: string, args: readonly string[], options: execa.Options = {}): execa.ExecaChildProcess {
    const kubeconfig = kubeconfigOf(this.folders, this.cluster(stack).stack);
    return this.operator.exec([path.join(this.box.kubectl, "kubectl"), ...args], {
      ...options,
      env: { KUBECONFIG: kubeconfig, HOME: this.folders.root },
    });
  }

  /** Copies the stack files that changed, and adds the lab's settings to the copies. */
  refreshProject(): void {
    refreshProject(this.folders, { chart: this.box.chart, hostKey: this.router.hostKey() }, { program: repository, stacks: this.source });
  }

  private async raiseNetwork(): Promise<void> {
    const machine = { root: "/", init: this.box.init };
    // The cables end in the switch. Without it the router has lost its port, which only a reboot restores.
    if (!this.switchHost.isOn) await this.router.host.powerOff();
    this.router.prepare(this.sshPublicKey());
    for (const cluster of this.clusters) cluster.prepare();
    await Promise.all(this.nodes.map(({ host }) => copyImageStore(this.box.imageStore, host.dataPath(containerdFolder))));
    await Promise.all([
      this.switchHost.powerOn(machine),
      this.operator.powerOn(machine),
      this.client.powerOn({ root: this.box.nodeRoot, init: this.box.init }),
      this.router.powerOn(),
      ...this.nodes.map(({ host }) => host.powerOn(nodeImage({ root: this.box.nodeRoot, ...this.box }))),
    ]);
    const { topology, lan } = this;
    await lan.raise();
    const specs: ReadonlyArray<readonly [Host, HostSpec]> = [
      [this.client, topology.client],
      [this.operator, topology.operator],
      ...this.nodes.map(({ host, spec }): readonly [Host, HostSpec] => [host, spec]),
    ];
    await lan.plug(this.router.host, routerPort);
    await Promise.all([
      this.router.boot(),
      ...specs.map(async ([host, spec], index) => {
        await lan.plug(host, routerPort + 1 + index);
        await Lan.configure(host, { address: spec.address, prefix: topology.lan.prefix, gateway: topology.router.address });
      }),
    ]);
    await Lan.useDns(this.client, topology.router.address);
    await Promise.all(this.nodes.map((node) => node.connectPods(this.nodesOf(node.spec.stack))));
    writeRecord(this.folders, { repository, source: this.source, size: this.size, hosts: this.specs });
  }

  private get specs(): readonly HostSpec[] {
    const { router, client, operator, nodes, lan } = this.topology;
    // A node has credentials that its whole cluster shares, so a change of the cluster concerns each of its nodes.
    const members = nodes.map((node) => ({ ...node, cluster: this.nodesOf(node.stack).map(({ name, address }) => `${name} ${address}`) }));
    // Every host's files contain the LAN's netmask, so a changed LAN makes every host new.
    return [router, client, operator, ...members].map((spec) => ({ ...spec, lan: lan.text }));
  }

  /** Removes hosts whose entry changed in the stack files, because their own files contain the old addresses. */
  private async removeChanged(): Promise<void> {
    const hosts = recordOf(this.folders)?.hosts ?? [];
    const current = new Set(this.specs.map((spec) => JSON.stringify(spec)));
    for (const old of hosts.filter((spec) => !current.has(JSON.stringify(spec)))) {
      const host = new Host(this.folders, old.name);
      await host.powerOff();
      fs.rmSync(host.folder, { recursive: true, force: true });
    }
  }

  /** Returns the operator's public key for the router; creates the key pair once. */
  private sshPublicKey(): string {
    const file = this.folders.sshKey;
    if (!fs.existsSync(`${file}.pub`)) {
      const pair = ed25519();
      writeAtomically(file, pair.private, 0o600);
      writeAtomically(`${file}.pub`, pair.public);
    }
    return fs.readFileSync(`${file}.pub`, "utf8").trim();
  }
}

/** Checks the MetalLB versions: the lab has one version, built from source. @throws UserError if a stack file has another */
function checkChart(plans: readonly UnresolvedPlan[]): void {
  const other = plans.find(({ metallb }) => `v${metallb.version}` !== versions.metallb);
  if (other === undefined) return;
  throw new UserError(
    `Pulumi.${other.stack}.yaml: metallb.version is ${other.metallb.version}, and the lab has ${versions.metallb.slice(1)}, which it builds: write that for the lab.`,
  );
}

/** Waits for all promises, so that no work continues after an error. Then throws the first error. */
export async function all<T>(work: ReadonlyArray<Promise<T>>): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Ends every process of the lab and removes its files. Needs no stack files and no tools, so that it always works. */
export async function removeLab(folders: LabFolders): Promise<boolean> {
  const existed = fs.existsSync(folders.root);
  await endProcesses(folders.cgroup);
  await removeCgroup(folders.cgroup);
  fs.rmSync(folders.root, { recursive: true, force: true });
  return existed;
}

/** Runs work that raises, changes or removes a lab. Runs on the same lab wait for each other. */
export function exclusively<T>(folders: LabFolders, progress: Progress, work: () => Promise<T>): Promise<T> {
  const file = path.join(cacheFolder, "locks", `lab-${folders.name}`);
  return withFileLock(file, work, () => progress.line(`Another run is using the lab "${folders.name}": waiting for it.`));
}
