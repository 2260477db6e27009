import * as fs from "node:fs";
import * as path from "node:path";
import { DEFAULT_CHART, EARLIER_CHART } from "../../config/metallb-releases";
import { repository } from "../../config/project";
import type { Patch } from "./patch";

/** A program that is compiled from Go modules. A committed go.sum has their hashes. */
export interface GoTool {
  readonly name: string;
  /** The folder with go.mod, below lab/go. */
  readonly module: string;
  /** The package that is built: an import path, or a folder of the module. */
  readonly package: string;
  /** Values set at link time, as the tool's own releases set them. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Creates files that the published module lacks, because its repository generates them, in the copy that is built. */
  readonly generate?: (source: string, moduleFolder: (module: string) => Promise<string>) => Promise<void>;
  /** Lines of a published module that are replaced in the copy. docs/reference/lab.md explains why none changes what is tested. */
  readonly patches?: readonly Patch[];
  /** Links beside the binary, for programs that depend on the name by which they are called. */
  readonly links?: readonly string[];
}

const { dependencies } = JSON.parse(fs.readFileSync(path.join(repository, "package.json"), "utf8")) as {
  dependencies: Record<"@pulumi/kubernetes" | "@pulumi/command", string>;
};

/** The plugins that the program requests, in the releases of its packages. The engine takes a plugin of exactly that release. */
export const requestedPlugins = { kubernetes: dependencies["@pulumi/kubernetes"], command: dependencies["@pulumi/command"] };

export const versions = {
  kubernetes: "v1.37.2",
  metallb: `v${DEFAULT_CHART}`,
  pulumi: "v3.276.0",
  nodejsHost: "v3.68.0",
  // The newest release whose provider is a Go module.
  kubernetesProvider: "4.25.0",
  helm: "v3.19.5",
  earlierMetallb: `v${EARLIER_CHART}`,
  actionlint: "v1.7.12",
  versitygw: "v1.8.0",
} as const;

const [, kubernetesMinor] = versions.kubernetes.split(".");

/** The Kubernetes release that programs report, set as its own builds set it. */
const kubernetesVersion = {
  "k8s.io/component-base/version.gitVersion": versions.kubernetes,
  "k8s.io/component-base/version.gitMajor": "1",
  "k8s.io/component-base/version.gitMinor": kubernetesMinor ?? "",
  "k8s.io/component-base/version.gitTreeState": "clean",
};

/**
 * The version that the built Kubernetes provider reports: the requested one, because the engine warns about an older one, with the built one as build
 * metadata, which does not count in comparisons.
 */
const providerVersion = `${requestedPlugins.kubernetes}+built.from.${versions.kubernetesProvider}`;

const kubernetesSdk = "github.com/pulumi/pulumi-kubernetes/sdk/v4";
/** The function that registers a Kubernetes object, with a switch over all kinds. */
const kindSwitch = { module: kubernetesSdk, file: "go/kubernetes/yaml/v2/kinds.go" };

/** A switch over kinds in a library of the Kubernetes provider, with a kind that the Kubernetes libraries no longer have. */
const oldAutoscaler = { module: "github.com/fluxcd/pkg/ssa", file: "normalize/normalize.go" };

/** The part of MetalLB that passes BGP sessions on to frr-k8s, which layer 2 does not use. */
const frrK8s = { module: "go.universe.tf/metallb", file: "internal/bgp/frrk8s/frrk8s.go" };
/** MetalLB without the one field that frr-k8s v0.0.21, the newest release that can be downloaded as a module, lacks. */
const withoutPrepend: readonly Patch[] = [
  {
    ...frrK8s,
    from: {
      pattern: "^\\t+(PrefixesWithAsPathPrepend:|prefixesForAsPathPrepend :=|neighbor\\.ToAdvertise\\.PrefixesWithAsPathPrepend =) .*\\n",
      places: 3,
    },
    to: "",
  },
  { ...frrK8s, from: { pattern: "^\\t+if adv\\.AsPathPrepend != 0 \\{\\n.*\\n\\t+\\}\\n", places: 1 }, to: "" },
  { ...frrK8s, from: { pattern: "^func toAdvertiseWithAsPathPrepend\\([^]*?\\n\\}\\n", places: 1 }, to: "" },
];

/**
 * The Go programs of the lab, in the order of their builds: later builds reuse compiled packages of earlier ones. Short builds come first, so that
 * a missing module or a bad network is found in the first minute and not in the twentieth.
 */
export const goTools: readonly GoTool[] = [
  { name: "firmware", module: "firmware", package: "." },
  { name: "pause", module: "suite", package: "./cmd/pause" },
  { name: "whoami", module: "suite", package: "./cmd/whoami" },
  {
    name: "pulumi-language-nodejs",
    module: "nodejs-host",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": versions.nodejsHost },
    // This release puts a proxy between the SDK and the engine, which does not know the engine's newer methods, such as those for resource hooks.
    // Later releases pass on the engine's own address, as this patch does.
    patches: [
      {
        module: "github.com/pulumi/pulumi/sdk/v3",
        file: "nodejs/cmd/pulumi-language-nodejs/main.go",
        from: 'fmt.Sprintf("127.0.0.1:%d", handle.Port), pipes.directory())',
        to: "req.GetMonitorAddress(), pipes.directory())",
      },
    ],
  },
  {
    name: "kubernetes",
    module: "suite",
    package: "./cmd/kubernetes",
    variables: kubernetesVersion,
    links: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"],
  },
  // A program of its own, because it runs often, and as a part of the other one it would start twice as slowly.
  { name: "kubectl", module: "suite", package: "k8s.io/kubernetes/cmd/kubectl", variables: kubernetesVersion },
  { name: "metallb-controller", module: "suite", package: "go.universe.tf/metallb/controller", patches: withoutPrepend },
  { name: "metallb-speaker", module: "suite", package: "go.universe.tf/metallb/speaker", patches: withoutPrepend },
  {
    name: "pulumi",
    module: "pulumi",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": versions.pulumi },
  },
  {
    name: "pulumi-resource-kubernetes",
    module: "suite",
    package: "./cmd/pulumi-resource-kubernetes",
    variables: { "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": providerVersion },
    generate: embedProviderSchema,
    // Registers the objects of a chart. One Go type for each kind makes the compiler read the whole SDK, for values that are never read.
    patches: [
      { ...kindSwitch, from: { pattern: `^\\t\\w+ "${kubernetesSdk}/go/kubernetes/\\w+/\\w+"\\n`, places: 61 }, to: "" },
      {
        ...kindSwitch,
        from: { pattern: '(?<=^\\t\\tvar res )\\w+\\.\\w+(?=\\n\\t\\terr := ctx\\.RegisterResource\\("kubernetes:)', places: 157 },
        to: "apiextensions.CustomResource",
      },
      { ...oldAutoscaler, from: { pattern: '^\\thpav2beta2 ".*"\\n', places: 1 }, to: "" },
      { ...oldAutoscaler, from: { pattern: "^\\t\\tcase \\*hpav2beta2\\.[^]*?(?=^\\t\\tcase )", places: 1 }, to: "" },
    ],
  },
];

/** The CLI with which other homelabs install MetalLB. Raising a lab does not need it. */
export const helm: GoTool = {
  name: "helm",
  module: "helm",
  package: "helm.sh/helm/v3/cmd/helm",
  variables: {
    "helm.sh/helm/v3/internal/version.version": versions.helm,
    // The Kubernetes version for which a chart is rendered without a cluster. Helm's releases set it to that of their libraries.
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": kubernetesMinor ?? "",
  },
};

/** A call whose function has one more argument in newer libraries. MetalLB 0.16 passes the same one. */
const conversionWebhook: Patch = {
  module: "go.universe.tf/metallb",
  file: "internal/k8s/webhook.go",
  from: "conversion.NewWebhookHandler(mgr.GetScheme())",
  to: "conversion.NewWebhookHandler(mgr.GetScheme(), conversion.NewRegistry())",
};

/** The MetalLB release from which an upgrade starts. Raising a lab does not need it. */
export const earlierMetallb = [
  { name: "metallb-0.15-controller", module: "metallb-0.15", package: "go.universe.tf/metallb/controller", patches: [conversionWebhook] },
  { name: "metallb-0.15-speaker", module: "metallb-0.15", package: "go.universe.tf/metallb/speaker", patches: [conversionWebhook] },
] as const satisfies readonly GoTool[];

/** The checker of the workflows. Raising a lab does not need it. */
export const actionlint: GoTool = {
  name: "actionlint",
  module: "actionlint",
  package: "github.com/rhysd/actionlint/cmd/actionlint",
};

/** An S3 server over a folder, for a state that several machines share. Raising a lab does not need it. */
export const versitygw: GoTool = {
  name: "versitygw",
  module: "versitygw",
  package: "github.com/versity/versitygw/cmd/versitygw",
  variables: { "main.Version": versions.versitygw },
};

/** The scanner for known vulnerabilities. Raising a lab does not need it. */
export const govulncheck: GoTool = {
  name: "govulncheck",
  module: "govulncheck",
  package: "golang.org/x/vuln/cmd/govulncheck",
};

/** All programs that are compiled. */
export const allGoTools: readonly GoTool[] = [...goTools, helm, ...earlierMetallb, actionlint, versitygw, govulncheck];

/** Returns the Go module's folder in the project. */
export function moduleSource(tool: Pick<GoTool, "module">): string {
  return path.join(repository, "lab", "go", tool.module);
}

async function embedProviderSchema(source: string, moduleFolder: (module: string) => Promise<string>): Promise<void> {
  const published = path.join(await moduleFolder("github.com/pulumi/pulumi-kubernetes/provider/v4"), "cmd", "pulumi-resource-kubernetes");
  const target = path.join(source, "cmd", "pulumi-resource-kubernetes");
  const schema = JSON.parse(fs.readFileSync(path.join(published, "schema.json"), "utf8")) as Record<string, unknown>;
  schema["version"] = providerVersion;
  fs.writeFileSync(path.join(target, "schema-embed.json"), JSON.stringify(schema));
  fs.writeFileSync(path.join(target, "terraform-mapping-embed.json"), fs.readFileSync(path.join(published, "terraform-mapping.json")));
}
