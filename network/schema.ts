import { z } from "zod";

import { parseCidr, parseIpv4, parsePoolAddress, type Parsed } from "./address";

/** A text that a parser turns into a value, or refuses with a rule and a fix. */
function parsedText<T>(parse: (text: string) => Parsed<T>) {
  return z.string().transform((text, context) => {
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    context.issues.push({ code: "custom", message: parsed.rule, params: { fix: parsed.fix }, input: text });
    return z.NEVER;
  });
}

/** A text of one form; the refusal says which. */
const text = (form: RegExp, rule: string, fix: string) => z.string().refine((value) => form.test(value), { error: rule, params: { fix } });

const filled = text(/\S/, "empty", "write a value or remove the key");
const kubernetesName = text(
  /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  "not a name that Kubernetes accepts",
  "use up to 63 lower-case letters, digits and inner dashes, such as lab-dev",
);

const cluster = z
  .strictObject({
    kubeconfig: filled.describe("the path of a kubeconfig file, such as ~/.kube/config, or its content"),
    context: filled.describe("the kubeconfig's context for this cluster, such as lab-dev"),
    name: filled.optional().describe("a name that stands for this cluster for good (default: the stack's name)"),
  })
  .describe("the cluster: kubeconfig and context");

const metallb = z
  .strictObject({
    version: text(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, "not an exact chart version", 'write one in quotes, such as "0.15.3"')
      .default("0.15.3")
      .describe('an exact chart version in quotes, such as "0.15.3"'),
    chart: filled.default("metallb").describe("a chart's name, an oci:// address, or a path that begins with / or ./"),
    repository: text(/^https?:\/\/\S+$/, "not a repository's address", "write one such as https://metallb.github.io/metallb")
      .optional()
      .describe("the Helm repository of a chart given by name (default: https://metallb.github.io/metallb)"),
    namespace: kubernetesName.default("metallb-system").describe("the namespace that is made for MetalLB"),
    values: z.record(z.string(), z.unknown()).default({}).describe("Helm values, which are merged over the program's own"),
  })
  .describe("MetalLB's chart and values");

const pool = z.strictObject({
  name: kubernetesName.describe("the pool's name in Kubernetes, such as lab-dev"),
  addresses: z
    .array(parsedText(parsePoolAddress).describe("a network such as 10.5.0.0/24"))
    .min(1)
    .describe("a list of networks, such as [10.5.0.0/24]"),
  autoAssign: z.boolean().default(true).describe("true or false: whether services get an address without naming the pool"),
  avoidBuggyIPs: z.boolean().default(true).describe("true or false: whether addresses ending in .0 and .255 stay unused"),
});

const pools = z.array(pool.describe("a pool: name and addresses")).min(1).describe("a list of pools, each with name and addresses");

const labelSelector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).optional().describe("labels and their values"),
  matchExpressions: z
    .array(
      z.strictObject({
        key: filled.describe("a label's name"),
        operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]).describe("In, NotIn, Exists or DoesNotExist"),
        values: z.array(z.string()).optional().describe("a list of label values"),
      }),
    )
    .optional()
    .describe("a list of label requirements"),
});

/** kubeadm, k3s and their like label every master so. */
const masters = { matchExpressions: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" as const }] };

const advertisement = z
  .strictObject({
    nodeSelectors: z
      .array(labelSelector.describe("a Kubernetes label selector"))
      .min(1)
      .default([masters])
      .describe("a list of label selectors; a node that matches one of them announces (default: the masters)"),
  })
  .describe("which nodes announce the pools");

const gateway = z
  .strictObject({
    mode: z.enum(["node"]).describe("node: one master's address"),
    addresses: z
      .tuple([parsedText(parseIpv4).describe("an address such as 192.168.50.11")])
      .describe("a list of one address, the master's, such as [192.168.50.11]"),
  })
  .describe("the router's next hop: mode and addresses");

const router = z
  .strictObject({
    host: text(
      /^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/,
      "neither an address nor a host name",
      "write one such as 192.168.50.1",
    ).describe("the router's address, such as 192.168.50.1"),
    lan: parsedText(parseCidr).describe("the router's LAN, such as 192.168.50.0/24"),
    user: filled.describe("the name chosen in the router's set-up, with which one logs in to its web page"),
    port: z.int().min(1).max(65535).default(22).describe("the router's SSH port, 1 to 65535"),
    privateKeyFile: filled.optional().describe("the path of a private SSH key, such as ~/.ssh/id_ed25519"),
    privateKey: filled.optional().describe("a private SSH key, as a secret"),
    password: filled.optional().describe("the user's password, as a secret"),
    hostKey: text(
      /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}$/,
      "not an ed25519 or ecdsa host key",
      "write the key's type and text, such as ssh-ed25519 AAAA..., as ssh-keyscan prints them after the host",
    )
      .optional()
      .describe("the router's SSH host key, such as ssh-ed25519 AAAA..."),
    metric: z.int().min(0).max(999).default(0).describe("the metric on the router's form, 0 to 999"),
  })
  .describe("the router: host, lan, user and a key or password");

/**
 * The stack configuration, one entry per key of `Pulumi.<stack>.yaml`. Descriptions complete the sentence "set it to ...", so that they serve
 * the reference and the error messages alike.
 */
export const stackSchema = z.strictObject({
  cluster,
  metallb: metallb.prefault({}),
  pools,
  advertisement: advertisement.prefault({}),
  gateway,
  router,
});

/** The configuration after parsing. */
export type StackConfig = z.output<typeof stackSchema>;
