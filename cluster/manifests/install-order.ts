/** The install order of a chart's objects. Charts rely on Helm's order of kinds, which the provider does not follow. */

/** The parts of a rendered object that the order depends on. */
export interface Rendered {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly annotations?: Readonly<Record<string, string>> };
}

const WORKLOADS = ["Deployment", "DaemonSet"];
const DEFINITION = "CustomResourceDefinition";
const WEBHOOKS = "ValidatingWebhookConfiguration";
/** What a definition waits for, too. */
const SMALL = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Secret", "ConfigMap", WEBHOOKS];

/** The provider's annotation for dependencies between objects, in the format of kustomize and kpt. */
const DEPENDS_ON = "config.kubernetes.io/depends-on";
/** The provider's annotation for the time limit of an object, in seconds. */
const TIMEOUT = "pulumi.com/timeoutSeconds";
/** The provider's annotation for not waiting until an object is ready. */
const SKIP_AWAIT = "pulumi.com/skipAwait";
/** The provider's annotation for taking over fields of other field managers. */
const PATCH_FORCE = "pulumi.com/patchForce";

/**
 * Deletes an object at once. By default the cluster's garbage collector first looks for dependents, which takes up to half a minute for a
 * new kind. Only workloads have dependents here.
 */
export const DELETED_AT_ONCE = { "pulumi.com/deletionPropagationPolicy": "background" };

/** The annotations that only objects of one kind get. */
const OF_KIND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Service: { [SKIP_AWAIT]: "true" },
  [WEBHOOKS]: { [PATCH_FORCE]: "true" },
};

/**
 * Makes each workload depend on the objects that it needs, and sets its time limit in seconds. Otherwise the provider creates all objects
 * at once, and a controller that starts without its permissions crashes and restarts late. Services are not waited for: their pods are, and
 * the webhook is checked itself.
 *
 * Definitions (CRDs) come last before the workloads, and all at once: after each new one the provider reads the API server's whole schema
 * again before it checks the next object, which takes both about half a second.
 *
 * A run that is stopped can create an object and not record it. The next run, which is another field manager, then creates it again with the
 * same content. Only webhook configurations would conflict, because the API server adds a default to their rules, so these are forced.
 */
export function orderInstall<T extends Rendered>(objects: readonly T[], { timeout }: { readonly timeout: number }): T[] {
  const references = (...kinds: readonly string[]): string[] => objects.filter(({ kind = "" }) => kinds.includes(kind)).map(reference);
  const after = (needed: readonly string[]): Readonly<Record<string, string>> =>
    needed.length === 0 ? {} : { [DEPENDS_ON]: needed.join(",") };
  const forWorkload = { [TIMEOUT]: String(timeout), ...after(references(...SMALL, DEFINITION)) };
  const forDefinition = after(references(...SMALL));
  return objects.map((object) => {
    if (WORKLOADS.includes(object.kind ?? "")) return annotate(object, forWorkload);
    if (object.kind === DEFINITION) return annotate(object, forDefinition);
    return annotate(object, { ...DELETED_AT_ONCE, ...OF_KIND[object.kind ?? ""] });
  });
}

function annotate<T extends Rendered>(object: T, annotations: Readonly<Record<string, string>>): T {
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations, ...annotations } } };
}

/** Formats a reference as group/kind/name, or as group/namespaces/namespace/kind/name. */
function reference({ apiVersion = "", kind = "", metadata = {} }: Rendered): string {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const space = metadata.namespace === undefined ? [] : ["namespaces", metadata.namespace];
  return [group, ...space, kind, metadata.name ?? ""].join("/");
}
