import type { KubeObject } from "../manifests/kube-object";

/** Returns the Kubernetes object in a resource's inputs or outputs; undefined if they are not an object. */
export function objectIn(values: Readonly<Record<string, unknown>> = {}): KubeObject | undefined {
  const { apiVersion, kind, metadata } = values as Partial<KubeObject>;
  return apiVersion === undefined || kind === undefined || metadata?.name === undefined ? undefined : (values as KubeObject);
}

/** Returns the API path of an object's collection. */
export function collectionOf({ apiVersion, kind, metadata: { namespace } }: KubeObject): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  // The default plural of a kind; all kinds used here follow it.
  const plural = `${kind
    .toLowerCase()
    .replace(/(s|x)$/, "$1e")
    .replace(/y$/, "ie")}s`;
  return `${group}${namespace === undefined ? "" : `/namespaces/${namespace}`}/${plural}`;
}
