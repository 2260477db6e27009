/** The permissions that the program needs in a cluster: to deploy, and to read only. */

/** Verbs on a kind of objects. */
export interface Right {
  /** The API group; empty for the core group. */
  readonly group: string;
  /** The plural of the kind, or of its subresource. */
  readonly resource: string;
  /** Whether the objects are in MetalLB's namespace. */
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** The names of the only objects that count; all objects if undefined. */
  readonly names?: readonly string[];
}

type Verbs = readonly string[];

/** A watch without the permission to list waits forever, so these three belong together. */
export const READ: Verbs = ["get", "list", "watch"];
export const WRITE: Verbs = ["create", "patch", "update", "delete"];

const inCluster = (group: string, verbs: Verbs, resources: readonly string[], names?: readonly string[]): Right[] =>
  resources.map((resource) => ({ group, resource, verbs, namespaced: false, ...(names && { names }) }));
const inNamespace = (group: string, verbs: Verbs, resources: readonly string[], names?: readonly string[]): Right[] =>
  resources.map((resource) => ({ group, resource, verbs, namespaced: true, ...(names && { names }) }));

const RBAC = "rbac.authorization.k8s.io";
const DEFINITIONS = [
  "bfdprofiles",
  "bgpadvertisements",
  "bgppeers",
  "communities",
  "configurationstates",
  "ipaddresspools",
  "l2advertisements",
  "servicebgpstatuses",
  "servicel2statuses",
].map((plural) => `${plural}.metallb.io`);

const CLUSTER_ROLES = ["metallb:controller", "metallb:speaker"];
const ROLES = ["metallb-controller", "metallb-pod-lister"];

/**
 * The objects outside of namespaces that the program changes. Their names are those of the chart's release, so an account for deploying cannot
 * change the roles and definitions of others. @param namespace MetalLB's namespace
 */
const clusterObjects = (verbs: Verbs, namespace: string): Right[] => [
  ...inCluster("", verbs, ["namespaces"], [namespace]),
  ...inCluster("apiextensions.k8s.io", verbs, ["customresourcedefinitions"], DEFINITIONS),
  ...inCluster("admissionregistration.k8s.io", verbs, ["validatingwebhookconfigurations"], ["metallb-webhook-configuration"]),
  ...inCluster(RBAC, verbs, ["clusterroles", "clusterrolebindings"], CLUSTER_ROLES),
];

const namespaceObjects = (verbs: Verbs): Right[] => [
  ...inNamespace(RBAC, verbs, ["roles", "rolebindings"]),
  ...inNamespace("", verbs, ["serviceaccounts", "configmaps", "services"]),
  ...inNamespace("apps", verbs, ["deployments", "daemonsets"]),
  ...inNamespace("metallb.io", verbs, ["ipaddresspools", "l2advertisements"]),
];

/** The objects that the chart, the pools and a floating next hop consist of, and the probe services of verify. */
export const written = (namespace: string): Right[] => [
  ...clusterObjects(WRITE, namespace),
  ...namespaceObjects(WRITE),
  ...inNamespace("", WRITE, ["secrets"]),
];

/** What a preview reads, and what the provider reads while it waits for a workload or a service. */
export const READ_BY_ALL: readonly Right[] = [
  ...inCluster("", READ, ["namespaces"]),
  ...inCluster("apiextensions.k8s.io", READ, ["customresourcedefinitions"]),
  ...inCluster("admissionregistration.k8s.io", READ, ["validatingwebhookconfigurations"]),
  ...inCluster(RBAC, READ, ["clusterroles", "clusterrolebindings"]),
  ...namespaceObjects(READ),
  ...inNamespace("", READ, ["pods", "persistentvolumeclaims", "endpoints", "events"]),
  ...inNamespace("apps", READ, ["replicasets"]),
];

/** The Secrets that deploying and adopting read: the chart's, and those in which Helm keeps its releases. */
export const READ_TO_DEPLOY: readonly Right[] = inNamespace("", READ, ["secrets"]);

/** The only Secret that an account for reading reads: the chart's own, which a refresh compares. */
export const READ_TO_COMPARE: readonly Right[] = inNamespace("", ["get"], ["secrets"], ["metallb-webhook-cert"]);

/** The kinds in all namespaces that the program lists. Without these permissions it reports fewer warnings. */
export const LISTED: readonly Right[] = [
  ...inCluster("", ["list"], ["nodes", "services", "pods"]),
  ...inCluster("discovery.k8s.io", ["list"], ["endpointslices"]),
  ...inCluster("networking.k8s.io", ["list"], ["servicecidrs"]),
  ...inCluster("apps", ["list"], ["deployments", "daemonsets"]),
  ...inCluster("metallb.io", ["list"], ["ipaddresspools", "l2advertisements", "servicel2statuses"]),
  ...inCluster("cilium.io", ["list"], ["ciliumloadbalancerippools", "ciliumnodes"]),
  ...inCluster("crd.projectcalico.org", ["list"], ["ippools"]),
  ...inCluster("projectcalico.org", ["list"], ["ippools"]),
];

/** The other objects of MetalLB in its namespace: drift names those that the stack does not manage. */
export const READ_BY_DRIFT: readonly Right[] = inNamespace(
  "metallb.io",
  ["list"],
  ["bfdprofiles", "bgpadvertisements", "bgppeers", "communities"],
);

/** What verify creates beside a service, and what a destroy names that goes with MetalLB's definitions. */
export const PROBED: readonly Right[] = [
  ...inNamespace("discovery.k8s.io", ["get", "create", "delete"], ["endpointslices"]),
  ...inCluster("metallb.io", ["list"], ["bfdprofiles", "bgpadvertisements", "bgppeers", "communities"]),
];

/** With these a user may give MetalLB's roles permissions that it does not have itself. */
export const GRANTED: readonly Right[] = [
  ...inCluster(RBAC, ["escalate"], ["clusterroles"], CLUSTER_ROLES),
  ...inNamespace(RBAC, ["escalate"], ["roles"], ROLES),
];

/**
 * To bind MetalLB's roles. Without it the API server looks up the role, which does not exist yet in the dry run of a first preview. It gives no
 * more than {@link METALLB_ROLES}, because the same account cannot give these roles more.
 */
export const BOUND: readonly Right[] = [
  ...inCluster(RBAC, ["bind"], ["clusterroles"], CLUSTER_ROLES),
  ...inNamespace(RBAC, ["bind"], ["roles"], ROLES),
];

/** All permissions that the roles in MetalLB's chart give. The API server lets a user without {@link GRANTED} create only roles whose permissions it has. */
export const METALLB_ROLES: readonly Right[] = [
  ...inCluster("", READ, ["services", "namespaces", "endpoints", "nodes"]),
  ...inCluster("discovery.k8s.io", READ, ["endpointslices"]),
  ...inCluster("", ["update"], ["services/status"]),
  ...inCluster("", ["create", "patch"], ["events"]),
  ...inCluster("metallb.io", ["*"], ["configurationstates", "configurationstates/status", "servicel2statuses", "servicel2statuses/status"]),
  // For the protection of the metrics.
  ...inCluster("authentication.k8s.io", ["create"], ["tokenreviews"]),
  ...inCluster("authorization.k8s.io", ["create"], ["subjectaccessreviews"]),
  ...inNamespace("metallb.io", READ, ["bfdprofiles", "bgpadvertisements", "bgppeers", "communities"]),
  ...inNamespace("metallb.io", ["update"], ["ipaddresspools/status"]),
  ...inNamespace("metallb.io", ["*"], ["servicebgpstatuses", "servicebgpstatuses/status"]),
];

/** Formats a kind as `customresourcedefinitions.apiextensions.k8s.io`, the form of `kubectl auth can-i`. */
export const nameOf = ({ resource, group }: Pick<Right, "resource" | "group">): string =>
  group === "" ? resource : `${resource}.${group}`;
