import * as crypto from "node:crypto";
import { stringify } from "yaml";

/** The ranges of pods and services, the same in every cluster, because they are never visible outside of a cluster. */
export const podCidr = "10.244.0.0/16";
/** Returns a node's part of the pods' range, by the node's number in the cluster. */
export const podNetworkOf = (node: number): string => `10.244.${node}.0/24`;
export const serviceCidr = "10.96.0.0/16";

/** The identities for the API server. kubeadm uses certificates; a token file gives the same identities with less machinery. */
export const identities = {
  admin: { user: "kubernetes-admin", group: "system:masters" },
  "controller-manager": { user: "system:kube-controller-manager", group: "" },
  scheduler: { user: "system:kube-scheduler", group: "" },
  proxy: { user: "system:kube-proxy", group: "" },
} as const;

export const nodeIdentity = (node: string): { user: string; group: string } => ({ user: `system:node:${node}`, group: "system:nodes" });

export const newToken = (): string => crypto.randomBytes(24).toString("hex");

/** Returns the API server's token file: one line for each identity. */
export function tokenFile(entries: ReadonlyArray<{ token: string; user: string; group: string }>): string {
  return entries.map(({ token, user, group }) => `${token},${user},${user},"${group}"`).join("\n") + "\n";
}

/** Returns a kubeconfig with one context for each API server. The first one is the default. */
export function kubeconfig(servers: ReadonlyArray<{ context: string; address: string }>, authority: string, token: string): string {
  const data = Buffer.from(authority).toString("base64");
  const cluster = (address: string): object => ({ server: `https://${address}:6443`, "certificate-authority-data": data });
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: servers.map(({ context, address }) => ({ name: context, cluster: cluster(address) })),
    users: servers.map(({ context }) => ({ name: context, user: { token } })),
    contexts: servers.map(({ context }) => ({ name: context, context: { cluster: context, user: context } })),
    "current-context": servers[0]?.context,
  });
}

/** The API server's audit log. */
export const auditLog = "/var/log/audit.log";

/** Audits requests of people and their programs. The cluster's own components send so many requests that they would fill the log. */
export const auditPolicy = stringify({
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata", users: [identities.admin.user] }, { level: "None" }],
});

/** Creates the key pair that signs service account tokens, in PEM. */
export function serviceAccountKeys(): { privateKey: string; publicKey: string } {
  return crypto.generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}

/** Returns kubelet's configuration. docs/reference/lab.md explains each unusual setting. */
export function kubeletConfig(cgroupRoot: string, taints: readonly object[]): string {
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    // The API server has no client certificate here, and only the lab reaches the node.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: "AlwaysAllow" },
    containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    cgroupDriver: "cgroupfs",
    cgroupRoot,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    resolvConf: "",
    fileCheckFrequency: "20s",
    syncFrequency: "10s",
    volumePluginDir: "/var/lib/kubelet/volume-plugins",
    evictionHard: { "memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    imageGCHighThresholdPercent: 100,
    nodeStatusUpdateFrequency: "5s",
    // Kubernetes' default, which the setting above would otherwise lower to its own value. A change is still reported after 5 s.
    nodeStatusReportFrequency: "5m",
    registerWithTaints: taints,
  });
}

/** The kernel's settings that the kubelet writes unless they have these values, by their path below /proc/sys. They are the whole machine's. */
export const kubeletSettings = {
  "kernel/keys/root_maxbytes": "25000000",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
};

/** Returns kube-proxy's configuration. conntrack limits belong to the machine: a namespace cannot set them, and kube-proxy ends when it tries. */
export function proxyConfig(): string {
  return stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clusterCIDR: podCidr,
    clientConnection: { kubeconfig: "/etc/kubernetes/proxy.conf" },
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  });
}

/** containerd's configuration. Where the machine forbids OOM scores below the current one, runc fails unless containerd restricts them. */
export const containerdConfig = `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "homelab-network.invalid/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;

/**
 * Returns the configuration of the node's bridge for its pods. The node itself, and not the plugin, masquerades traffic out of the cluster:
 * the plugin would also masquerade traffic to pods of other nodes.
 * @param pods the node's part of the pods' range
 */
export const podNetwork = (pods: string): string =>
  JSON.stringify({
    cniVersion: "1.0.0",
    name: "pods",
    plugins: [
      {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        hairpinMode: true,
        ipam: { type: "host-local", ranges: [[{ subnet: pods }]], routes: [{ dst: "0.0.0.0/0" }] },
      },
    ],
  });
