/** The objects that give an account its permissions: one account for deploying, one for reading. */
import {
  BOUND,
  LISTED,
  METALLB_ROLES,
  PROBED,
  READ,
  READ_BY_ALL,
  READ_BY_DRIFT,
  READ_TO_COMPARE,
  READ_TO_DEPLOY,
  WRITE,
  written,
  type Right,
} from "../diagnosis/permissions";

/** The accounts: one whose kubeconfig can deploy, and one whose kubeconfig can only read. */
export const ACCOUNTS = ["deploy", "read"] as const;
export type Account = (typeof ACCOUNTS)[number];

/** The namespace of the accounts. MetalLB's own is deleted by a destroy. */
export const ACCOUNT_NAMESPACE = "homelab-network";

const RBAC = { apiVersion: "rbac.authorization.k8s.io/v1" };
const RBAC_GROUP = "rbac.authorization.k8s.io";

/** A rule of a role. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Returns the permissions of an account. */
export function rightsOf(account: Account, namespace: string): Right[] {
  const reads = [...READ_BY_ALL, ...LISTED];
  return account === "read"
    ? [...reads, ...READ_BY_DRIFT, ...READ_TO_COMPARE]
    : [...reads, ...READ_TO_DEPLOY, ...written(namespace), ...BOUND, ...PROBED, ...METALLB_ROLES];
}

/**
 * Returns the objects for an account: its namespace, MetalLB's namespace with a role for what is in it, and a token that does not expire.
 *
 * @param namespace MetalLB's namespace
 */
export function accountManifests(account: Account, namespace: string): object[] {
  const rights = rightsOf(account, namespace);
  const name = `homelab-network:${account}`;
  const inNamespace = (place: string) => ({ name, namespace: place });
  const metadata = { name: account, namespace: ACCOUNT_NAMESPACE };
  const subjects = [{ kind: "ServiceAccount", ...metadata }];
  const roleRef = (kind: string) => ({ apiGroup: RBAC_GROUP, kind, name });
  const namespaceObject = (of: string) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: of } });
  // kube-proxy's mode, which decides whether nodes answer for addresses of services.
  const kubeProxy = [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["kube-proxy"], verbs: ["list"] }];
  const role = (place: string, rules: readonly PolicyRule[]) => [
    { ...RBAC, kind: "Role", metadata: inNamespace(place), rules },
    { ...RBAC, kind: "RoleBinding", metadata: inNamespace(place), roleRef: roleRef("Role"), subjects },
  ];
  return [
    namespaceObject(ACCOUNT_NAMESPACE),
    namespaceObject(namespace),
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { ...metadata, annotations: { "kubernetes.io/service-account.name": account } },
      type: "kubernetes.io/service-account-token",
    },
    { ...RBAC, kind: "ClusterRole", metadata: { name }, rules: rulesOf(rights.filter(({ namespaced }) => !namespaced)) },
    { ...RBAC, kind: "ClusterRoleBinding", metadata: { name }, roleRef: roleRef("ClusterRole"), subjects },
    ...role(namespace, rulesOf(rights.filter(({ namespaced }) => namespaced))),
    ...role("kube-system", kubeProxy),
  ];
}

const ORDER = [...READ, ...WRITE, "bind"];

/** Returns one rule for all kinds of a group with the same verbs and names. */
export function rulesOf(rights: readonly Right[]): PolicyRule[] {
  const byKind = new Map<string, Right>();
  for (const right of rights) {
    const { group, resource, names, verbs } = right;
    const key = JSON.stringify([group, resource, names]);
    const all = new Set([...(byKind.get(key)?.verbs ?? []), ...verbs]);
    byKind.set(key, { ...right, verbs: all.has("*") ? ["*"] : ORDER.filter((verb) => all.has(verb)) });
  }
  const rules = new Map<string, PolicyRule>();
  for (const { group, resource, names, verbs } of byKind.values()) {
    const key = JSON.stringify([group, names, verbs]);
    const resources = [...(rules.get(key)?.resources ?? []), resource];
    rules.set(key, { apiGroups: [group], resources, ...(names && { resourceNames: names }), verbs });
  }
  return [...rules.values()];
}
