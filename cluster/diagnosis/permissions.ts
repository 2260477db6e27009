/** The permissions that `pulumi up` needs in a cluster. */

/** Verbs on a kind of objects. */
export interface Right {
  /** The API group; empty for the core group. */
  readonly group: string;
  /** The plural of the kind. */
  readonly resource: string;
  /** Whether the objects are in MetalLB's namespace. */
  readonly namespaced: boolean;
}

const inCluster = (group: string, ...resources: string[]): Right[] => resources.map((resource) => ({ group, resource, namespaced: false }));
const inNamespace = (group: string, ...resources: string[]): Right[] =>
  resources.map((resource) => ({ group, resource, namespaced: true }));

/** The verbs that `up`, `refresh` and `destroy` need for managed objects. */
export const VERBS = ["get", "list", "watch", "create", "patch", "update", "delete"] as const;

/** The kinds of the objects that the chart, the pools and a floating next hop consist of. */
export const MANAGED: readonly Right[] = [
  ...inCluster("", "namespaces"),
  ...inCluster("apiextensions.k8s.io", "customresourcedefinitions"),
  ...inCluster("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
  ...inCluster("rbac.authorization.k8s.io", "clusterroles", "clusterrolebindings"),
  ...inNamespace("rbac.authorization.k8s.io", "roles", "rolebindings"),
  ...inNamespace("", "serviceaccounts", "secrets", "configmaps", "services"),
  ...inNamespace("apps", "deployments", "daemonsets"),
  ...inNamespace("metallb.io", "ipaddresspools", "l2advertisements"),
];

/** The kinds that the program only reads. Without these permissions it reports fewer warnings. */
export const LISTED: readonly Right[] = [
  ...inCluster("", "nodes", "services", "pods"),
  ...inCluster("networking.k8s.io", "servicecidrs"),
  ...inCluster("apps", "deployments", "daemonsets"),
];

/** The kinds that give permissions to others. */
export const GRANTED: readonly Right[] = [
  ...inCluster("rbac.authorization.k8s.io", "clusterroles"),
  ...inNamespace("rbac.authorization.k8s.io", "roles"),
];

/** Formats a kind as `customresourcedefinitions.apiextensions.k8s.io`, the form of `kubectl auth can-i`. */
export const nameOf = ({ resource, group }: Right): string => (group === "" ? resource : `${resource}.${group}`);
