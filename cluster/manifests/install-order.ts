/** In which order a chart's objects are made: what runs comes after what it needs, which charts leave to Helm's order of kinds. */

/** A rendered object, as far as it is looked at. */
export interface Rendered {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly annotations?: Readonly<Record<string, string>> };
}

const WORKLOADS = ["Deployment", "DaemonSet"];
const NEEDED = [
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "Secret",
  "ConfigMap",
  "CustomResourceDefinition",
  "ValidatingWebhookConfiguration",
];

/** What the provider's own order heeds, in the form that kustomize and kpt gave it. */
const DEPENDS_ON = "config.kubernetes.io/depends-on";
/** How long the provider waits for an object, in seconds. */
const TIMEOUT = "pulumi.com/timeoutSeconds";
/** Makes the provider not wait for an object. */
const SKIP_AWAIT = "pulumi.com/skipAwait";

/**
 * Has an object go when it is deleted. By default the provider has the cluster's garbage collector look for its dependents first, which for a kind that is new
 * it does after up to half a minute, and here only workloads have any.
 */
export const DELETED_AT_ONCE = { "pulumi.com/deletionPropagationPolicy": "background" };

/**
 * Gives each workload the objects that it needs before it starts, and the seconds that it has to become ready. Without that all are made at once, and a controller that starts before its rights
 * crashes, and waits for its next start. Nobody waits for services: what they lead to is waited for, and the webhook is asked itself.
 */
export function orderInstall<T extends Rendered>(objects: readonly T[], { timeout }: { readonly timeout: number }): T[] {
  const needed = objects.filter(({ kind = "" }) => NEEDED.includes(kind)).map(reference);
  const forWorkload = { [TIMEOUT]: String(timeout), ...(needed.length === 0 ? {} : { [DEPENDS_ON]: needed.join(",") }) };
  return objects.map((object) => {
    if (WORKLOADS.includes(object.kind ?? "")) return annotate(object, forWorkload);
    // Its text is not to be changed.
    if (object.kind === "CustomResourceDefinition") return object;
    return annotate(object, { ...DELETED_AT_ONCE, ...(object.kind === "Service" ? { [SKIP_AWAIT]: "true" } : {}) });
  });
}

function annotate<T extends Rendered>(object: T, annotations: Readonly<Record<string, string>>): T {
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations, ...annotations } } };
}

/** group/kind/name, with the namespace in between where there is one. */
function reference({ apiVersion = "", kind = "", metadata = {} }: Rendered): string {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const space = metadata.namespace === undefined ? [] : ["namespaces", metadata.namespace];
  return [group, ...space, kind, metadata.name ?? ""].join("/");
}
