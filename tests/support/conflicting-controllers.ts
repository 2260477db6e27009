/**
 * Real objects of controllers that conflict with MetalLB. None of the controllers runs: no node matches their pods' selector.
 */

const nowhere = { "example.com/nowhere": "" };

function workload(kind: "DaemonSet" | "Deployment", namespace: string, name: string, labels: object): object {
  const app = { app: name };
  const spec = { nodeSelector: nowhere, containers: [{ name: "main", image: "example.invalid/none:1" }] };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace, labels },
    spec: { selector: { matchLabels: app }, template: { metadata: { labels: { ...labels, ...app } }, spec } },
  };
}

/** The DaemonSet that k3s creates for a service web/shop of type LoadBalancer. */
export const servicelb = workload("DaemonSet", "kube-system", "svclb-shop-5f0d3c1e", {
  "svccontroller.k3s.cattle.io/svcname": "shop",
  "svccontroller.k3s.cattle.io/svcnamespace": "web",
  "svccontroller.k3s.cattle.io/nodeselector": "false",
});

export const kubeVip = workload("Deployment", "kube-system", "kube-vip-cloud-provider", { component: "kube-vip-cloud-provider" });

/** The speakers of a MetalLB chart in another namespace. */
export const otherMetalLb = workload("DaemonSet", "lb", "metallb-speaker", {
  "app.kubernetes.io/name": "metallb",
  "app.kubernetes.io/instance": "metallb",
  "app.kubernetes.io/component": "speaker",
});

/** The kind of Cilium's pools. */
export const ciliumKind = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "ciliumloadbalancerippools.cilium.io" },
  spec: {
    group: "cilium.io",
    scope: "Cluster",
    names: { kind: "CiliumLoadBalancerIPPool", plural: "ciliumloadbalancerippools", singular: "ciliumloadbalancerippool" },
    versions: ["v2", "v2alpha1"].map((name) => ({
      name,
      served: true,
      storage: name === "v2",
      schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
    })),
  },
};

export const ciliumPool = {
  apiVersion: "cilium.io/v2",
  kind: "CiliumLoadBalancerIPPool",
  metadata: { name: "blue" },
  spec: { blocks: [{ cidr: "10.9.0.0/24" }] },
};

/** kube-proxy's configuration in kubeadm's ConfigMap, with the part for IPVS. */
export const kubeProxy = (strictARP: boolean): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "kube-proxy", namespace: "kube-system", labels: { app: "kube-proxy" } },
  data: {
    "config.conf": `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
clientConnection:
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
clusterCIDR: 10.244.0.0/16
iptables:
  masqueradeAll: false
  minSyncPeriod: 0s
ipvs:
  excludeCIDRs: null
  minSyncPeriod: 0s
  scheduler: ""
  strictARP: ${strictARP}
  syncPeriod: 0s
kind: KubeProxyConfiguration
mode: ipvs
`,
    "kubeconfig.conf": "apiVersion: v1\nkind: Config\n",
  },
});
