import * as fs from "node:fs";
import * as path from "node:path";
import { makeCgroup } from "./cgroups";
import { type LabFolders } from "./folders";
import { writeAtomically } from "../config/files";
import { Host, type HostImage } from "./host";
import * as files from "./kubernetes-files";
import type { NodeSpec } from "./topology";
import { until } from "./wait";

const kubernetesFolder = "/opt/kubernetes";
const kubectlFolder = "/opt/kubectl";
const imagesFolder = "/opt/images";
/** The folder of containerd's images and layers. */
export const containerdFolder = "/var/lib/containerd";
const ctr = ["ctr", "--namespace", "k8s.io", "images"];

/** The parts that every node is built from. */
export interface NodeParts {
  /** The unpacked Debian root with etcd, containerd, runc, the CNI plugins, and the tools that kube-proxy and kubelet call. */
  readonly root: string;
  readonly init: string;
  /** The folders with the Kubernetes program and its links, and with kubectl. */
  readonly kubernetes: string;
  readonly kubectl: string;
  /** The folder with the container images as archives. */
  readonly images: string;
}

export function nodeImage(parts: NodeParts): HostImage {
  return {
    root: parts.root,
    init: parts.init,
    data: ["/etc/kubernetes", "/etc/cni/net.d", "/etc/containerd", containerdFolder, "/var/lib/kubelet", "/var/lib/etcd", "/var/log"],
    shared: [
      { from: parts.kubernetes, to: kubernetesFolder },
      { from: parts.kubectl, to: kubectlFolder },
      { from: parts.images, to: imagesFolder },
    ],
  };
}

/** A node of a cluster, and what every node runs: containerd, kubelet, kube-proxy, and a bridge for its pods. */
export class ClusterNode {
  readonly host: Host;

  constructor(
    lab: LabFolders,
    readonly spec: NodeSpec,
  ) {
    this.host = new Host(lab, spec.name);
  }

  get name(): string {
    return this.spec.name;
  }

  /** Returns the machine's path of a file of the node's Kubernetes configuration. */
  etc(name: string): string {
    return this.host.dataPath(`/etc/kubernetes/${name}`);
  }

  /** Writes the node's own configuration. @param taints the taints with which the node registers */
  prepare(taints: readonly object[]): void {
    writeAtomically(this.etc("kubelet.yaml"), files.kubeletConfig(`/${this.host.cgroup}/kubelet`, taints));
    writeAtomically(this.etc("proxy.yaml"), files.proxyConfig());
    writeAtomically(this.host.dataPath("/etc/containerd/config.toml"), files.containerdConfig);
    writeAtomically(this.host.dataPath("/etc/cni/net.d/10-pods.conflist"), files.podNetwork(this.spec.pods));
  }

  /**
   * Connects the node's pods: to pods of other nodes by routes, with the pods' own addresses, and to everything else with the node's address.
   * The node must be on the LAN.
   */
  async connectPods(cluster: readonly NodeSpec[]): Promise<void> {
    const others = cluster.filter(({ name }) => name !== this.name);
    const rule = `POSTROUTING --source ${this.spec.pods} ! --destination ${files.podCidr} --jump MASQUERADE`;
    const script = [
      // A node also forwards to pods of others while it has none of its own, so that no plugin has enabled forwarding yet.
      "echo 1 >/proc/sys/net/ipv4/ip_forward",
      ...others.map(({ pods, address }) => `ip route replace ${pods} via ${address}`),
      `iptables --wait --table nat --check ${rule} 2>/dev/null || iptables --wait --table nat --append ${rule}`,
    ];
    await this.host.exec(["sh", "-ec", script.join("\n")]);
  }

  startRuntime(): Promise<void> {
    return this.keep(["containerd", "--config", "/etc/containerd/config.toml"]);
  }

  /** Ends containerd, which then has written everything. */
  async stopRuntime(): Promise<void> {
    await this.host.exec(["sh", "-c", "kill $(cat /run/containerd.pid)"]);
    await until(`${this.name}'s containerd to end`, async () => !(await this.host.runs("containerd")));
  }

  /** Starts kubelet. Needs the images and the node's kubeconfig. */
  async startKubelet(): Promise<void> {
    makeCgroup(`${this.host.cgroup}/kubelet`);
    await this.showKubeletSettings();
    await this.keep([
      "kubelet",
      "--config=/etc/kubernetes/kubelet.yaml",
      "--kubeconfig=/etc/kubernetes/kubelet.conf",
      `--hostname-override=${this.name}`,
      `--node-ip=${this.spec.address}`,
    ]);
  }

  /** Mounts files over kernel settings of the machine, so that the kubelet finds the values that it wants and writes none. */
  private async showKubeletSettings(): Promise<void> {
    const script = Object.entries(files.kubeletSettings).map(([name, value]) => {
      const file = `/run/${name.replaceAll("/", "-")}`;
      return `[ "$(cat /proc/sys/${name})" = ${value} ] || { echo ${value} >${file}; mount --bind ${file} /proc/sys/${name}; }`;
    });
    await this.host.exec(["sh", "-ec", script.join("\n")]);
  }

  startProxy(): Promise<void> {
    return this.keep(["kube-proxy", "--config=/etc/kubernetes/proxy.yaml", `--hostname-override=${this.name}`]);
  }

  /** Runs kubectl on a master, as the cluster's admin, with the master's own API server. */
  async kubectl(args: readonly string[], input?: string): Promise<string> {
    const command = [`${kubectlFolder}/kubectl`, "--kubeconfig=/etc/kubernetes/admin.conf", ...args];
    const { stdout } = await this.host.exec(command, input === undefined ? {} : { input, stdin: "pipe" });
    return stdout;
  }

  /** Starts a program as a daemon, unless a daemon of its name is running. */
  async keep([program = "", ...args]: readonly string[]): Promise<void> {
    if (await this.host.runs(program)) return;
    await this.host.daemon(program, [program.startsWith("kube") ? `${kubernetesFolder}/${program}` : program, ...args]);
  }

  /** Loads the images of every lab into containerd. */
  async importImages(): Promise<void> {
    const present = await until(`${this.name}'s containerd`, () => this.images());
    const archives = (await this.host.exec(["ls", imagesFolder])).stdout.split("\n").filter((name) => name.endsWith(".tar"));
    for (const archive of archives) {
      const reference = decodeURIComponent(archive.replace(/\.tar$/, ""));
      if (!present.includes(reference)) await this.host.exec([...ctr, "import", `${imagesFolder}/${archive}`]);
    }
  }

  /** Loads the image archives of a folder on the machine into containerd. */
  async loadImages(folder: string): Promise<void> {
    for (const archive of fs.readdirSync(folder)) {
      const input = fs.createReadStream(path.join(folder, archive));
      await this.host.exec([...ctr, "import", "-"], { input, stdin: "pipe" });
    }
  }

  /** Returns the references of the node's images. */
  async images(): Promise<string[]> {
    return (await this.host.exec([...ctr, "ls", "-q"])).stdout.split("\n");
  }
}
