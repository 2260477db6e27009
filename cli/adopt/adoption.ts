import { contentOf, differences, type FieldOwner, type KubeObject, type Metadata } from "../../cluster/manifests/kube-object";
import { handOver, INTERIM, isInstaller, isPulumi, isOwnedBy, unmarked } from "../../cluster/manifests/ownership";
import type { ClusterObjects, Operation } from "../../cluster/api/objects";

/**
 * Makes an object in the cluster what it is to be, and takes it from whoever installed it: their marks go, and so do the fields of its content that only they
 * set. Without such fields nothing of it changes but its metadata, and no pod starts anew.
 *
 * @param newOwner who owns it then
 * @param released what Helm made of it
 * @throws Refused, NoAnswer
 */
export async function transferOwnership(
  cluster: ClusterObjects,
  object: KubeObject,
  newOwner: string,
  released?: KubeObject,
): Promise<void> {
  const changed = await cluster.change(object, INTERIM, (live) => {
    if (isOwnedBy(live, object, newOwner)) return [];
    const owners = handOver(live.metadata.managedFields ?? [], newOwner, object.apiVersion);
    return [...marked(unmarked(live, object, released)), { op: "replace", path: "/metadata/managedFields", value: owners }];
  });
  if (changed && isReadable(object)) await cluster.apply(object, newOwner);
}

/** What Pulumi's CLI shows of a secret, or does not know before `up`, must never be written. */
function isReadable(object: KubeObject): boolean {
  const text = JSON.stringify(object);
  return !["[secret]", "[unknown]", SECRET, UNKNOWN].some((mark) => text.includes(mark));
}

/** How the engine marks both in states and plans. */
const SECRET = "4dabf18193072939515e22adb298388d";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const marked = ({ labels, annotations }: Pick<Metadata, "labels" | "annotations">): Operation[] => [
  { op: "add", path: "/metadata/labels", value: labels },
  { op: "add", path: "/metadata/annotations", value: annotations },
];

/**
 * Gives an object back: its marks and owners as they were saved, and with them the content of MetalLB's own kinds, which no tool would bring back.
 *
 * @returns what was found in place of it: nothing, or another object of its name, which stays
 * @throws Refused, NoAnswer
 */
export async function restore(cluster: ClusterObjects, saved: KubeObject): Promise<"restored" | "gone" | "another"> {
  const found = await cluster.read(saved);
  if (found === undefined) return "gone";
  if (found.metadata.uid !== saved.metadata.uid) return "another";
  await cluster.change(saved, INTERIM, (live) => {
    const labels = { ...saved.metadata.labels, ...live.metadata.labels };
    const annotations = { ...saved.metadata.annotations, ...live.metadata.annotations };
    const isCustom = saved.apiVersion.startsWith("metallb.io/") && differences(contentOf(live), contentOf(saved)).length > 0;
    return [...marked({ labels, annotations }), ...(isCustom ? [{ op: "replace" as const, path: "/spec", value: saved["spec"] }] : [])];
  });
  // By itself, since whoever changes a field in a request is its owner, whatever the request says of owners.
  await cluster.change(saved, INTERIM, ({ metadata: { managedFields = [] } }) => {
    const owners = ownersOfOld(saved.metadata.managedFields ?? [], managedFields);
    return [{ op: "replace", path: "/metadata/managedFields", value: owners }];
  });
  return "restored";
}

/** Controllers have gone on writing since. */
function ownersOfOld(saved: readonly FieldOwner[], live: readonly FieldOwner[]): FieldOwner[] {
  const isTools = ({ manager, subresource }: FieldOwner) => subresource === undefined && (isInstaller(manager) || isPulumi(manager));
  return [...live.filter((owner) => !isTools(owner)), ...saved.filter(isTools)];
}

/** A new object of what was saved, as the server takes it. */
export function anew({ metadata: { name, namespace, labels, annotations }, ...content }: KubeObject): KubeObject {
  const metadata = { name, ...(namespace && { namespace }), ...(labels && { labels }), ...(annotations && { annotations }) };
  return { ...content, metadata };
}

/** Whether an object is one of Helm's notes on a release. */
export const isReleaseSecret = (object: KubeObject): boolean => object.kind === "Secret" && object["type"] === "helm.sh/release.v1";
