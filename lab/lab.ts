import * as fs from "node:fs";
import * as path from "node:path";
import type execa from "execa";
import { isIpv4, type Ipv4 } from "../config/address/address";
import { withNextHop, type OpenPlan, type Plan } from "../config/plan";
import { plansOf } from "../config/plans";
import { endProcesses, removeCgroup } from "./cgroups";
import { Cluster } from "./cluster";
import { Engine } from "./engine";
import { UserError } from "../config/user-error";
import { type LabFolders, cacheFolder, kubeconfigOf } from "./folders";
import { repository, writeWhole } from "../config/project";
import { Host } from "./host";
import { Lan, routerPort } from "./lan";
import { withFileLock } from "./lock";
import { type ClusterNode, nodeImage } from "./node";
import type { Progress } from "./progress";
import { refreshProject } from "./project";
import { checkOwner, recordOf, writeRecord } from "./record";
import { RouterHost } from "./router";
import { ed25519 } from "./ssh-key";
import { versions } from "./tools/catalogue";
import { type Toolbox, kubernetesProgram } from "./tools/toolbox";
import { type LabSize, type NodeSeat, type Seat, type Topology, topologyOf } from "./topology";

/** The twin of the network that the stack files describe. */
export class Lab {
  readonly topology: Topology;
  readonly router: RouterHost;
  readonly client: Host;
  readonly operator: Host;
  readonly clusters: readonly Cluster[];
  readonly engine: Engine;
  readonly lan: Lan;
  /** Of the stacks that have a cluster here. */
  readonly plans: readonly Plan[];
  private readonly switchHost: Host;

  /**
   * @param source the folder with its stack files
   * @param size as it was last raised, unless another is asked for
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

  /** A root folder with the nodes' programs, tcpdump and ping among them. */
  get nodeRoot(): string {
    return this.box.nodeRoot;
  }

  /** The folder of MetalLB's chart. */
  get chart(): string {
    return this.box.chart;
  }

  /** All hosts, by name. */
  get hosts(): readonly Host[] {
    return [this.router.host, this.client, this.operator, ...this.nodes.map(({ host }) => host)];
  }

  private get nodes(): readonly ClusterNode[] {
    return this.clusters.flatMap(({ nodes }) => nodes);
  }

  private nodesOf(stack: string): readonly NodeSeat[] {
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

  /** Raises what is not up: hosts, LAN, router, clusters, and the engine's project. What is up already stays as it is. */
  async up(progress: Progress): Promise<void> {
    await this.removeChanged();
    await progress.step("hosts, LAN and router", () => this.raiseNetwork());
    await all([this.engine.prepare(), ...this.clusters.map((cluster) => progress.step(`cluster ${cluster.stack}`, () => cluster.start()))]);
    this.refreshProject();
  }

  /** kubectl on a stack's cluster, from the operator host. */
  kubectl(stack: string, args: readonly string[], options: execa.Options = {}): execa.ExecaChildProcess {
    const kubeconfig = kubeconfigOf(this.folders, this.cluster(stack).stack);
    return this.operator.exec([kubernetesProgram(this.box, "kubectl"), ...args], {
      ...options,
      env: { KUBECONFIG: kubeconfig, HOME: this.folders.root },
    });
  }

  /** Lays the lab's settings over fresh copies of the stack files that changed. */
  refreshProject(): void {
    refreshProject(this.folders, { chart: this.box.chart, hostKey: this.router.hostKey() }, { program: repository, stacks: this.source });
  }

  private async raiseNetwork(): Promise<void> {
    const machine = { root: "/", init: this.box.init };
    // The cables end in the switch: without it the router has lost its port, which only a boot puts back.
    if (!this.switchHost.isOn) await this.router.host.powerOff();
    this.router.prepare(this.sshPublicKey());
    for (const cluster of this.clusters) cluster.prepare();
    await Promise.all([
      this.switchHost.powerOn(machine),
      this.operator.powerOn(machine),
      this.client.powerOn({ root: this.box.nodeRoot, init: this.box.init }),
      this.router.powerOn(),
      ...this.nodes.map(({ host }) => host.powerOn(nodeImage({ root: this.box.nodeRoot, ...this.box }))),
    ]);
    const { topology, lan } = this;
    await lan.raise();
    const seats: ReadonlyArray<readonly [Host, Seat]> = [
      [this.client, topology.client],
      [this.operator, topology.operator],
      ...this.nodes.map(({ host, seat }): readonly [Host, Seat] => [host, seat]),
    ];
    await lan.plug(this.router.host, routerPort);
    await Promise.all([
      this.router.boot(),
      ...seats.map(async ([host, seat], index) => {
        await lan.plug(host, routerPort + 1 + index);
        await Lan.configure(host, { address: seat.address, prefix: topology.lan.prefix, gateway: topology.router.address });
      }),
    ]);
    await Promise.all(this.nodes.map((node) => node.connectPods(this.nodesOf(node.seat.stack))));
    writeRecord(this.folders, { repository, source: this.source, size: this.size, hosts: this.seats });
  }

  private get seats(): readonly Seat[] {
    const { router, client, operator, nodes, lan } = this.topology;
    // A node holds credentials that its whole cluster shares: the cluster is part of each.
    const members = nodes.map((node) => ({ ...node, cluster: this.nodesOf(node.stack).map(({ name, address }) => `${name} ${address}`) }));
    // The LAN is part of each: all hosts have its mask, and the router its range, written into what they hold.
    return [router, client, operator, ...members].map((seat) => ({ ...seat, lan: lan.text }));
  }

  /** Takes away hosts that the stack files no longer have as they were: their addresses are written into what they hold. */
  private async removeChanged(): Promise<void> {
    const hosts = recordOf(this.folders)?.hosts ?? [];
    const wanted = new Set(this.seats.map((seat) => JSON.stringify(seat)));
    for (const old of hosts.filter((seat) => !wanted.has(JSON.stringify(seat)))) {
      const host = new Host(this.folders, old.name);
      await host.powerOff();
      fs.rmSync(host.folder, { recursive: true, force: true });
    }
  }

  /** The operator's key to the router, made once. */
  private sshPublicKey(): string {
    const file = this.folders.sshKey;
    if (!fs.existsSync(`${file}.pub`)) {
      const pair = ed25519();
      writeWhole(file, pair.private, 0o600);
      writeWhole(`${file}.pub`, pair.public);
    }
    return fs.readFileSync(`${file}.pub`, "utf8").trim();
  }
}

/** The lab has one MetalLB, built from source. @throws UserError where a stack file asks for another. */
function checkChart(plans: readonly OpenPlan[]): void {
  const other = plans.find(({ metallb }) => `v${metallb.version}` !== versions.metallb);
  if (other === undefined) return;
  throw new UserError(
    `Pulumi.${other.stack}.yaml: metallb.version is ${other.metallb.version}, and the lab has ${versions.metallb.slice(1)}, which it builds: write that for the lab.`,
  );
}

/** Waits for all, so that nothing goes on behind an error's back; then throws the first one. */
export async function all<T>(work: ReadonlyArray<Promise<T>>): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Ends every process of the lab and removes all it had; needs no stack files and no tools, so that it always works. */
export async function removeLab(folders: LabFolders): Promise<boolean> {
  const existed = fs.existsSync(folders.root);
  await endProcesses(folders.cgroup);
  await removeCgroup(folders.cgroup);
  fs.rmSync(folders.root, { recursive: true, force: true });
  return existed;
}

/** Runs what raises, changes or removes a lab; two such runs on one lab take turns. */
export function exclusively<T>(folders: LabFolders, progress: Progress, work: () => Promise<T>): Promise<T> {
  const file = path.join(cacheFolder, "locks", `lab-${folders.name}`);
  return withFileLock(file, work, () => progress.line(`Another run is using the lab "${folders.name}": waiting for it.`));
}
