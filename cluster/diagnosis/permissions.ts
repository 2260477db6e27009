/** What `pulumi up` has to be allowed in a cluster. */

/** A kind of object, and what is done with it. */
export interface Right {
  /** Empty for the core group. */
  readonly group: string;
  /** In plural. */
  readonly resource: string;
  /** Whether its objects are in MetalLB's namespace. */
  readonly namespaced: boolean;
}

const inCluster = (group: string, ...resources: string[]): Right[] => resources.map((resource) => ({ group, resource, namespaced: false }));
const inNamespace = (group: string, ...resources: string[]): Right[] =>
  resources.map((resource) => ({ group, resource, namespaced: true }));

/** How `up`, `refresh` and `destroy` treat what they make. */
export const VERBS = ["get", "list", "watch", "create", "patch", "update", "delete"] as const;

/** The kinds of all that the chart, the program's pools and a floating next hop are made of. */
export const MADE: readonly Right[] = [
  ...inCluster("", "namespaces"),
  ...inCluster("apiextensions.k8s.io", "customresourcedefinitions"),
  ...inCluster("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
  ...inCluster("rbac.authorization.k8s.io", "clusterroles", "clusterrolebindings"),
  ...inNamespace("rbac.authorization.k8s.io", "roles", "rolebindings"),
  ...inNamespace("", "serviceaccounts", "secrets", "configmaps", "services"),
  ...inNamespace("apps", "deployments", "daemonsets"),
  ...inNamespace("metallb.io", "ipaddresspools", "l2advertisements"),
];

/** What the program only looks at: without these it warns of less. */
export const SEEN: readonly Right[] = [...inCluster("", "nodes", "services"), ...inCluster("apps", "deployments", "daemonsets")];

/** What gives rights to others. */
export const GRANTED: readonly Right[] = [
  ...inCluster("rbac.authorization.k8s.io", "clusterroles"),
  ...inNamespace("rbac.authorization.k8s.io", "roles"),
];

/** `customresourcedefinitions.apiextensions.k8s.io`, as `kubectl auth can-i` takes it. */
export const nameOf = ({ resource, group }: Right): string => (group === "" ? resource : `${resource}.${group}`);
