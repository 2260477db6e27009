import { z } from "zod";
import { DEFAULT_CHART } from "./metallb-releases";
import { MASTER_LABEL } from "./node-labels";

import { parseHost, parsePoolAddress, parseReserved } from "./address/address";
import {
  described,
  distinct,
  filePath,
  filled,
  hostName,
  kubernetesName,
  labelSelector,
  parsedText,
  secret,
  secretText,
  text,
} from "./fields";
import { gateway, router } from "./router-schema";

const cluster = described(
  z.strictObject({
    kubeconfig: secret(secretText, "the path of a kubeconfig file (~/ is the home folder), or its content", "~/.kube/config"),
    context: described(filled, "the kubeconfig's context for this cluster, such as lab-dev", "lab-dev"),
    name: described(filled.optional(), "a permanent name of this cluster (default: the stack's name)", "lab-dev"),
  }),
  "the cluster: kubeconfig and context, both needed so that no other cluster is changed",
  { kubeconfig: "~/.kube/config", context: "lab-dev" },
);

const anyVersion = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
const chartVersion = text(anyVersion, "not an exact chart version", `write one in quotes, such as "${DEFAULT_CHART}"`);
const REPOSITORY = "https://metallb.github.io/metallb";
/** The chart's programs run with the rights of root on every node, so nobody on the way may change it. */
const httpsAddress = text(/^https:\/\/\S+$/i, "not an https:// address of a repository", `write one such as ${REPOSITORY}`, 4096);
const repositoryAddress = httpsAddress.refine((value) => !/^https:\/\/[^/]*@/i.test(value), {
  error: "has a login in it, which everyone can read who can read this file",
  params: { fix: "use a repository without a login, an oci:// chart after helm registry login, or a chart at a path" },
});
const archiveDigest = text(/^sha256:[0-9a-f]{64}$/, "not a SHA-256 digest", "write sha256: and 64 lower-case hexadecimal digits");

const metallb = described(
  z.strictObject({
    version: described(chartVersion.default(DEFAULT_CHART), `an exact chart version in quotes, such as "${DEFAULT_CHART}"`, DEFAULT_CHART),
    chart: described(
      filePath.default("metallb"),
      "a chart's name, an oci:// address, or a path that begins with / or ./ or ~/",
      "metallb",
      "oci://quay.io/metallb/chart/metallb",
      "./charts/metallb",
    ),
    repository: described(
      repositoryAddress.optional(),
      "the https:// address of the Helm repository of a chart given by name (default: https://metallb.github.io/metallb)",
      "https://metallb.github.io/metallb",
    ),
    digest: described(
      archiveDigest.optional(),
      "the digest of the chart's archive, as homelab doctor prints it; another archive is refused (default: any archive of the version)",
      `sha256:${"0123456789abcdef".repeat(4)}`,
    ),
    namespace: described(kubernetesName.default("metallb-system"), "the namespace that the program creates for MetalLB", "metallb-system"),
    timeout: described(
      z.int().min(1).max(86400).default(300),
      "the seconds after which an install or upgrade that is not ready fails",
      300,
      900,
    ),
    gratuitousARPInterval: described(
      z.int().min(1).max(86400).optional(),
      "the seconds after which speakers announce every address again, with MetalLB 0.16.2 or later (default: only when it moves)",
      10,
    ),
    values: described(z.record(z.string(), z.unknown()).default({}), "Helm values, merged over the program's own", {
      speaker: { logLevel: "debug" },
    }),
  }),
  "MetalLB's chart, namespace and values",
  { version: DEFAULT_CHART },
);

const serviceAllocation = z.strictObject({
  priority: described(
    z.int().min(1).max(2147483647).optional(),
    "a whole number from 1, the highest (default: none, which comes last)",
    10,
  ),
  namespaces: described(
    distinct(described(kubernetesName, "a namespace's name", "media"))
      .min(1)
      .optional(),
    "a list of namespaces whose services may have an address (default: any)",
    ["media"],
  ),
  namespaceSelectors: described(
    distinct(labelSelector).min(1).optional(),
    "a list of label selectors, for the namespaces whose services may have an address (default: any)",
    [{ matchLabels: { "kubernetes.io/metadata.name": "media" } }],
  ),
  serviceSelectors: described(
    distinct(labelSelector).min(1).optional(),
    "a list of label selectors, for the services that may have an address (default: any)",
    [{ matchLabels: { "app.kubernetes.io/part-of": "media" } }],
  ),
});

const pool = z.strictObject({
  name: described(kubernetesName, "the pool's name in its cluster, which other clusters may use too, such as primary", "primary"),
  addresses: described(
    z
      .array(
        described(
          parsedText(parsePoolAddress),
          "a network such as 10.5.0.0/24, or a range",
          "10.5.0.0/24",
          "10.5.0.10-10.5.0.99",
          "fd00:5::/64",
        ),
      )
      .min(1),
    "a list of networks, such as [10.5.0.0/24], with route: false also of ranges and IPv6",
    ["10.5.0.0/24"],
    ["10.5.0.10-10.5.0.99", "fd00:5::/64"],
  ),
  autoAssign: described(z.boolean().default(true), "true or false: whether services get an address without naming the pool", false),
  avoidBuggyIPs: described(z.boolean().default(true), "true or false: whether addresses ending in .0 and .255 stay unused", false),
  route: described(
    z.boolean().default(true),
    "true or false: whether the router gets a static route to the pool; false for a pool on the LAN",
    false,
  ),
  protect: described(
    z.boolean().default(false),
    "true or false: whether an edit that removes a service's address is an error, and so is destroying the stack",
    true,
  ),
  serviceAllocation: described(
    serviceAllocation.optional(),
    "which services may have an address of the pool, and its priority (default: any service, no priority)",
    { priority: 10, namespaces: ["media"] },
  ),
});

const pools = described(
  z.array(described(pool, "a pool: name and addresses", { name: "primary", addresses: ["10.5.0.0/24"] })).min(1),
  "a list of pools, each with name and addresses",
  [{ name: "primary", addresses: ["10.5.0.0/24"] }],
);

const masters = { matchExpressions: [{ key: MASTER_LABEL, operator: "Exists" as const }] };

const preferredNodes = z.strictObject({
  weight: described(z.int().min(1).max(100), "a whole number from 1 to 100; the weights of a node add up, and the highest sum wins", 100),
  preference: described(labelSelector, "a label selector, for the nodes that get the weight", { matchLabels: { uplink: "fast" } }),
});

const advertisement = z.strictObject({
  name: described(kubernetesName, "the advertisement's name in Kubernetes, such as pools", "pools"),
  pools: described(
    distinct(described(filled, "a pool's name", "primary"))
      .min(1)
      .optional(),
    "a list of names of the pools to announce (default: all of them)",
    ["primary"],
  ),
  nodeSelectors: described(
    distinct(labelSelector).min(1).default([masters]),
    "a list of label selectors, for the nodes that announce (default: the masters; [{}] is every node)",
    [masters],
  ),
  interfaces: described(
    distinct(
      described(text(/^[^\s/:]{1,15}$/, "not a network interface's name", "write one such as eth0"), "a network interface's name", "eth0"),
    ).default([]),
    "a list of the nodes' network interfaces that announce (default: all of them)",
    ["eth0"],
  ),
  serviceSelectors: described(
    distinct(labelSelector).min(1).optional(),
    "a list of label selectors, for the services that are announced, with MetalLB 0.16.0 or later (default: all of them)",
    [{ matchLabels: { "app.kubernetes.io/part-of": "media" } }],
  ),
  preferredNodeSelectors: described(
    z
      .array(described(preferredNodes, "weight and preference", { weight: 100, preference: { matchLabels: { uplink: "fast" } } }))
      .min(1)
      .optional(),
    "a list of label selectors with weights, for the nodes that announce rather than others, with MetalLB 0.16.2 or later (default: none)",
    [{ weight: 100, preference: { matchLabels: { uplink: "fast" } } }],
  ),
});

const advertisements = described(
  z
    .array(described(advertisement, "an advertisement: name, and what differs from the default", { name: "pools" }))
    .min(1)
    .prefault([{ name: "pools" }]),
  "a list of advertisements: which nodes announce which pools",
  [{ name: "pools", interfaces: ["eth0"] }],
);

const blocks = () => z.array(described(parsedText(parseReserved), "an address, a range or a network", "192.168.50.100-192.168.50.199"));

const reserved = described(
  z.strictObject({
    dhcp: described(blocks().default([]), "a list of what the router hands out by DHCP", ["192.168.50.100-192.168.50.199"]),
    nodes: described(blocks().default([]), "a list of the cluster's nodes", ["192.168.50.11", "192.168.50.12-192.168.50.19"]),
    pods: described(blocks().prefault(["10.244.0.0/16"]), "a list of the cluster's pod networks (default: flannel's and Talos')", [
      "10.42.0.0/16",
    ]),
    services: described(blocks().prefault(["10.96.0.0/12"]), "a list of the cluster's service networks (default: kubeadm's)", [
      "10.43.0.0/16",
    ]),
    others: described(blocks().default([]), "a list of other networks in use: a guest network, a VPN", ["192.168.101.0/24"]),
  }),
  "addresses in use, which no pool may contain",
  { dhcp: ["192.168.50.100-192.168.50.199"] },
);

const hosts = (address: string) => z.record(hostName, described(parsedText(parseHost), address, "10.5.0.10")).default({});
const names = described(
  hosts("the address of the name's service, such as 10.5.0.10"),
  "names that the router's DNS server resolves, each with an address of a pool, on Asuswrt-Merlin (default: none)",
  { grafana: "10.5.0.10" },
);

const domains = described(
  hosts("the address of the domain's DNS server, such as 10.5.0.53"),
  "domains that the router's DNS server forwards, each to a DNS server with an address of a pool, on Asuswrt-Merlin (default: none)",
  { "k8s.example": "10.5.0.53" },
);

/**
 * The schema of the stack configuration, with one entry for each key of `Pulumi.<stack>.yaml`. Types, parser, error messages and the
 * editors' JSON Schema are derived from it. Descriptions complete the sentence "set it to ...".
 */
export const stackSchema = z.strictObject({
  cluster,
  metallb: metallb.prefault({}),
  pools,
  advertisements,
  gateway,
  router,
  names,
  domains,
  reserved: reserved.prefault({}),
});

/** The configuration after parsing. */
export type StackConfig = z.output<typeof stackSchema>;
