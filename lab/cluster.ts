import * as fs from "node:fs";
import { makeCgroup } from "./cgroups";
import { UserError, messageOf } from "./errors";
import { type LabFolders, kubeconfigOf, writeWhole } from "./folders";
import type { Host, HostImage } from "./host";
import * as files from "./kubernetes-files";
import { until } from "./wait";

const kubernetesFolder = "/opt/kubernetes";
const imagesFolder = "/opt/images";
const exclusion = "node.kubernetes.io/exclude-from-external-load-balancers";
const masterRole = "node-role.kubernetes.io/control-plane";

/** What every node is made from. */
export interface NodeParts {
  /** The unpacked Debian root with etcd, containerd, runc, the CNI plugins and the tools that kube-proxy and kubelet call. */
  readonly root: string;
  readonly init: string;
  /** The folder with the Kubernetes program and its links. */
  readonly kubernetes: string;
  /** The folder with the container images as archives. */
  readonly images: string;
}

export function nodeImage(parts: NodeParts): HostImage {
  return {
    root: parts.root,
    init: parts.init,
    data: ["/etc/kubernetes", "/etc/cni/net.d", "/etc/containerd", "/var/lib/containerd", "/var/lib/kubelet", "/var/lib/etcd", "/var/log"],
    shared: [
      { from: parts.kubernetes, to: kubernetesFolder },
      { from: parts.images, to: imagesFolder },
    ],
  };
}

/** A cluster of one master that also takes pods, as small homelabs have it: real etcd, control plane, kubelet, containerd, kube-proxy. */
export class Cluster {
  constructor(
    private readonly lab: LabFolders,
    readonly stack: string,
    readonly master: Host,
    private readonly address: string,
  ) {}

  /** Writes the configuration once; it outlives reboots of the node. Call before the node is powered on for the first time. */
  prepare(): void {
    const etc = (name: string): string => this.master.dataPath(`/etc/kubernetes/${name}`);
    if (fs.existsSync(etc("tokens.csv"))) return;
    const entries = { ...files.identities, kubelet: files.nodeIdentity(this.master.name) };
    const tokens = Object.entries(entries).map(([name, who]) => ({ name, token: files.newToken(), ...who }));
    for (const { name, token } of tokens) writeWhole(etc(`${name}.token`), token, 0o600);
    const keys = files.serviceAccountKeys();
    writeWhole(etc("sa.key"), keys.privateKey, 0o600);
    writeWhole(etc("sa.pub"), keys.publicKey);
    writeWhole(etc("kubelet.yaml"), files.kubeletConfig(`/${this.master.cgroup}/kubelet`));
    writeWhole(etc("proxy.yaml"), files.proxyConfig());
    writeWhole(this.master.dataPath("/etc/containerd/config.toml"), files.containerdConfig);
    writeWhole(this.master.dataPath("/etc/cni/net.d/10-pods.conflist"), files.podNetwork);
    // Last, since its presence says that all the others are there.
    writeWhole(etc("tokens.csv"), files.tokenFile(tokens), 0o600);
  }

  /** Starts what does not run, and waits until the node takes pods. Needs the node powered on and on the LAN. */
  async start(): Promise<void> {
    try {
      await this.startAll();
    } catch (error) {
      throw new UserError(
        `The cluster of ${this.stack} did not come up: ${messageOf(error)}\nIts logs are in ${this.master.dataPath("/var/log")}.`,
      );
    }
  }

  private async startAll(): Promise<void> {
    const master = this.master;
    await this.keep("containerd", ["containerd", "--config", "/etc/containerd/config.toml"]);
    await this.keep("etcd", [
      "etcd",
      "--data-dir=/var/lib/etcd",
      "--listen-client-urls=http://127.0.0.1:2379",
      "--advertise-client-urls=http://127.0.0.1:2379",
      "--listen-peer-urls=http://127.0.0.1:2380",
      "--log-level=warn",
      "--logger=zap",
    ]);
    await this.keep("kube-apiserver", [
      "kube-apiserver",
      `--advertise-address=${this.address}`,
      "--secure-port=6443",
      "--cert-dir=/etc/kubernetes/pki",
      "--etcd-servers=http://127.0.0.1:2379",
      `--service-cluster-ip-range=${files.serviceCidr}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      "--service-account-key-file=/etc/kubernetes/sa.pub",
      "--service-account-signing-key-file=/etc/kubernetes/sa.key",
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--token-auth-file=/etc/kubernetes/tokens.csv",
      "--allow-privileged=true",
      // There is no DNS: without this, logs and exec would look the node's name up.
      "--kubelet-preferred-address-types=InternalIP",
    ]);
    const images = this.importImages();
    await until(`${master.name}'s certificate`, () => fs.existsSync(master.dataPath("/etc/kubernetes/pki/apiserver.crt")));
    this.writeKubeconfigs();
    await until(`${this.stack}'s API server`, async () => (await this.kubectl(["get", "--raw", "/readyz"])) === "ok");
    await Promise.all([
      this.keep("kube-controller-manager", [
        "kube-controller-manager",
        "--kubeconfig=/etc/kubernetes/controller-manager.conf",
        "--service-account-private-key-file=/etc/kubernetes/sa.key",
        "--root-ca-file=/etc/kubernetes/pki/apiserver.crt",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
      ]),
      this.keep("kube-scheduler", ["kube-scheduler", "--kubeconfig=/etc/kubernetes/scheduler.conf", "--leader-elect=false"]),
      images.then(() => this.startKubelet()),
      this.keep("kube-proxy", ["kube-proxy", "--config=/etc/kubernetes/proxy.yaml", `--hostname-override=${master.name}`]),
    ]);
    await until(`node ${master.name} to register`, async () => (await this.kubectl(["get", "node", master.name, "-o", "name"])) !== "");
    // As kubeadm does: the role, and the label that keeps masters out of load balancing unless MetalLB is told otherwise.
    await this.kubectl(["label", "node", master.name, `${masterRole}=`, `${exclusion}=`, "--overwrite"]);
    await until(`node ${master.name} to be Ready`, async () => {
      const ready = '{.status.conditions[?(@.type=="Ready")].status}';
      return (await this.kubectl(["get", "node", master.name, "-o", `jsonpath=${ready}`])) === "True";
    });
  }

  /** kubectl on the master, as the cluster's admin. */
  async kubectl(args: readonly string[], input?: string): Promise<string> {
    const command = [`${kubernetesFolder}/kubectl`, "--kubeconfig=/etc/kubernetes/admin.conf", ...args];
    const { stdout } = await this.master.exec(command, input === undefined ? {} : { input, stdin: "pipe" });
    return stdout;
  }

  private async keep(name: string, argv: readonly string[]): Promise<void> {
    if (await this.master.runs(name)) return;
    const [program, ...args] = argv;
    const ours = name.startsWith("kube");
    await this.master.daemon(name, [ours ? `${kubernetesFolder}/${program}` : (program ?? name), ...args]);
  }

  private async startKubelet(): Promise<void> {
    makeCgroup(`${this.master.cgroup}/kubelet`);
    await this.keep("kubelet", [
      "kubelet",
      "--config=/etc/kubernetes/kubelet.yaml",
      "--kubeconfig=/etc/kubernetes/kubelet.conf",
      `--hostname-override=${this.master.name}`,
      `--node-ip=${this.address}`,
    ]);
  }

  private async importImages(): Promise<void> {
    const ctr = ["ctr", "--namespace", "k8s.io", "images"];
    await until(`${this.master.name}'s containerd`, async () => (await this.master.exec([...ctr, "ls", "-q"])).exitCode === 0);
    const present = (await this.master.exec([...ctr, "ls", "-q"])).stdout.split("\n");
    const archives = (await this.master.exec(["ls", imagesFolder])).stdout.split("\n").filter((name) => name.endsWith(".tar"));
    for (const archive of archives) {
      const reference = decodeURIComponent(archive.replace(/\.tar$/, ""));
      if (!present.includes(reference)) await this.master.exec([...ctr, "import", `${imagesFolder}/${archive}`]);
    }
  }

  private writeKubeconfigs(): void {
    const etc = (name: string): string => this.master.dataPath(`/etc/kubernetes/${name}`);
    const authority = fs.readFileSync(etc("pki/apiserver.crt"), "utf8");
    const server = `https://${this.address}:6443`;
    for (const name of ["admin", "controller-manager", "scheduler", "proxy", "kubelet"]) {
      const token = fs.readFileSync(etc(`${name}.token`), "utf8");
      writeWhole(etc(`${name}.conf`), files.kubeconfig(this.stack, server, authority, token), 0o600);
      if (name === "admin") writeWhole(kubeconfigOf(this.lab, this.stack), files.kubeconfig(this.stack, server, authority, token), 0o600);
    }
  }
}
