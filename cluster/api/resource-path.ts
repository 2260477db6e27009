import type { KubeObject } from "../manifests/kube-object";

/** The object that a resource's values are, such as its inputs; undefined where they are none. */
export function objectIn(values: Readonly<Record<string, unknown>> = {}): KubeObject | undefined {
  const { apiVersion, kind, metadata } = values as Partial<KubeObject>;
  return apiVersion === undefined || kind === undefined || metadata?.name === undefined ? undefined : (values as KubeObject);
}

/** The path at the API server of an object and those beside it. */
export function collectionOf({ apiVersion, kind, metadata: { namespace } }: KubeObject): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  // Kinds have their plurals by this rule, where nobody has named another.
  const plural = `${kind
    .toLowerCase()
    .replace(/(s|x)$/, "$1e")
    .replace(/y$/, "ie")}s`;
  return `${group}${namespace === undefined ? "" : `/namespaces/${namespace}`}/${plural}`;
}
