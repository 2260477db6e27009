import { contentOf, differences, type FieldOwner, type KubeObject, type Metadata } from "../../cluster/manifests/kube-object";
import { transferFields, TEMPORARY_MANAGER, isInstaller, isPulumi, isOwnedBy, unmarked } from "../../cluster/manifests/ownership";
import type { ClusterObjects, Operation } from "../../cluster/api/objects";

/**
 * Gives an object a new owner: removes the marks of the tool that installed it, and the fields of its content that only that tool set. If
 * there are no such fields, only the metadata changes, and no pod restarts.
 *
 * @param newOwner the field manager that owns the object afterwards
 * @param released the object as the Helm release has it
 * @throws ChangeRejected, NoResponse
 */
export async function transferOwnership(
  cluster: ClusterObjects,
  object: KubeObject,
  newOwner: string,
  released?: KubeObject,
): Promise<void> {
  const changed = await cluster.change(object, TEMPORARY_MANAGER, (live) => {
    if (isOwnedBy(live, object, newOwner)) return [];
    const owners = transferFields(live.metadata.managedFields ?? [], newOwner, object.apiVersion);
    return [...marked(unmarked(live, object, released)), { op: "replace", path: "/metadata/managedFields", value: owners }];
  });
  if (changed && isReadable(object)) await cluster.apply(object, newOwner);
}

/** Whether every value is known. Placeholders that Pulumi's CLI prints for secrets and for values unknown before `up` must never be written. */
function isReadable(object: KubeObject): boolean {
  const text = JSON.stringify(object);
  return !["[secret]", "[unknown]", SECRET, UNKNOWN].some((mark) => text.includes(mark));
}

/** The engine's marks for secret and for unknown values in states and plans. */
const SECRET = "4dabf18193072939515e22adb298388d";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const marked = ({ labels, annotations }: Pick<Metadata, "labels" | "annotations">): Operation[] => [
  { op: "add", path: "/metadata/labels", value: labels },
  { op: "add", path: "/metadata/annotations", value: annotations },
];

/**
 * Returns an object to its earlier owner: restores the saved labels, annotations and field owners, and for MetalLB's own kinds also the
 * content, which no tool would restore.
 *
 * @returns `gone` if the object does not exist, `another` if a new object has its name; both are left alone
 * @throws ChangeRejected, NoResponse
 */
export async function restore(cluster: ClusterObjects, saved: KubeObject): Promise<"restored" | "gone" | "another"> {
  const found = await cluster.read(saved);
  if (found === undefined) return "gone";
  if (found.metadata.uid !== saved.metadata.uid) return "another";
  await cluster.change(saved, TEMPORARY_MANAGER, (live) => {
    const labels = { ...saved.metadata.labels, ...live.metadata.labels };
    const annotations = { ...saved.metadata.annotations, ...live.metadata.annotations };
    const isCustom = saved.apiVersion.startsWith("metallb.io/") && differences(contentOf(live), contentOf(saved)).length > 0;
    return [...marked({ labels, annotations }), ...(isCustom ? [{ op: "replace" as const, path: "/spec", value: saved["spec"] }] : [])];
  });
  // In a request of its own, because a request that changes a field also makes its sender the owner of the field.
  await cluster.change(saved, TEMPORARY_MANAGER, ({ metadata: { managedFields = [] } }) => {
    const owners = restoreOwners(saved.metadata.managedFields ?? [], managedFields);
    return [{ op: "replace", path: "/metadata/managedFields", value: owners }];
  });
  return "restored";
}

/** Keeps the owners that controllers have added since the backup. */
function restoreOwners(saved: readonly FieldOwner[], live: readonly FieldOwner[]): FieldOwner[] {
  const isDeploymentTool = ({ manager, subresource }: FieldOwner) =>
    subresource === undefined && (isInstaller(manager) || isPulumi(manager));
  return [...live.filter((owner) => !isDeploymentTool(owner)), ...saved.filter(isDeploymentTool)];
}

/** Returns a saved object in the form that the API server accepts for a new one. */
export function withoutServerFields({ metadata: { name, namespace, labels, annotations }, ...content }: KubeObject): KubeObject {
  const metadata = { name, ...(namespace && { namespace }), ...(labels && { labels }), ...(annotations && { annotations }) };
  return { ...content, metadata };
}

/** Whether an object is a Secret in which Helm stores a release. */
export const isReleaseSecret = (object: KubeObject): boolean => object.kind === "Secret" && object["type"] === "helm.sh/release.v1";
