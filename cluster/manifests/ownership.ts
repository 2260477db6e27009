import { isOfStack, valueAt } from "./fields";
import type { FieldOwner, Fields, KubeObject, Metadata } from "./kube-object";

/** The field manager between a handover from another tool and Pulumi's first apply. */
export const TEMPORARY_MANAGER = "homelab-adopt";

/** Whether a field manager is a tool that installs objects for a user. Kubernetes' and MetalLB's own controllers are not. */
export function isInstaller(manager = ""): boolean {
  return manager === TEMPORARY_MANAGER || manager === "before-first-apply" || /helm|^kustomize-controller$|^flux|^kubectl/i.test(manager);
}

/** Whether a field manager is Pulumi's provider. It uses another name for each object of each stack. */
export const isPulumi = (manager = ""): boolean => manager.startsWith("pulumi-kubernetes");

type StringMap = Readonly<Record<string, string>>;

/**
 * Returns the field owners after a handover: the new owner gets the content of the installers, so that its next apply removes fields that
 * it does not set. Names, labels and annotations are not handed over, because a user may have set them.
 *
 * @param apiVersion the API version of the new owner's fields
 */
export function transferFields(owners: readonly FieldOwner[], newOwner: string, apiVersion: string): FieldOwner[] {
  const isReplaced = ({ manager, subresource }: FieldOwner) =>
    subresource === undefined && manager !== newOwner && (isInstaller(manager) || isPulumi(manager));
  const isNewOwner = ({ manager, operation }: FieldOwner) => manager === newOwner && operation === "Apply";
  const replaced = owners.filter(isReplaced);
  const own = owners.find(isNewOwner);
  const transferred = replaced.map(({ fieldsV1 = {} }) => without(fieldsV1, "f:metadata", "f:status"));
  const fieldsV1 = [own?.fieldsV1 ?? {}, ...transferred].reduce(union);
  const remaining = replaced
    .filter(({ manager = "" }) => manager.startsWith("kubectl"))
    .map((owner) => ({ ...owner, fieldsV1: remainder(owner.fieldsV1 ?? {}, fieldsV1) }))
    .filter((owner) => Object.keys(owner.fieldsV1).length > 0);
  const newEntry = { manager: newOwner, operation: "Apply", apiVersion, fieldsType: "FieldsV1", ...own, fieldsV1 };
  return [...owners.filter((owner) => !isReplaced(owner) && !isNewOwner(owner)), ...remaining, newEntry];
}

/**
 * Returns the field owners after the stack has taken its object back: its manager gets every field that the stack applied. Others keep what
 * they added to the metadata, and what they write by design.
 */
export function reclaim(owners: readonly FieldOwner[], newOwner: string, applied: KubeObject): FieldOwner[] {
  const ofStack = (path: readonly string[]) => isOfStack(applied.kind, path) && valueAt(applied, path) !== undefined;
  const isNewOwner = ({ manager, operation }: FieldOwner) => manager === newOwner && operation === "Apply";
  const isOther = (owner: FieldOwner) => (owner.subresource ?? "scale") === "scale" && !isNewOwner(owner);
  const own = owners.find(isNewOwner);
  const transferred = owners.filter(isOther).map(({ fieldsV1 = {} }) => select(fieldsV1, ofStack));
  const left = owners
    .filter((owner) => !isNewOwner(owner))
    .map((owner) => (isOther(owner) ? { ...owner, fieldsV1: select(owner.fieldsV1 ?? {}, (path) => !ofStack(path)) } : owner))
    .filter(({ fieldsV1 = {} }) => Object.keys(fieldsV1).length > 0);
  const fieldsV1 = [own?.fieldsV1 ?? {}, ...transferred].reduce(union);
  return [...left, { manager: newOwner, operation: "Apply", apiVersion: applied.apiVersion, fieldsType: "FieldsV1", ...own, fieldsV1 }];
}

/** Returns the labels and annotations of an object without the marks of its installers. */
export function unmarked(live: KubeObject, planned: KubeObject, released?: KubeObject): Pick<Metadata, "labels" | "annotations"> {
  const keep = (kind: "labels" | "annotations"): StringMap => {
    const [own, previous] = [planned.metadata[kind] ?? {}, released?.metadata[kind] ?? {}];
    const isGone = ([key, value]: [string, string]) => !(key in own) && (key in previous || isMark(key, value));
    return Object.fromEntries(Object.entries(live.metadata[kind] ?? {}).filter((entry) => !isGone(entry)));
  };
  return { labels: keep("labels"), annotations: keep("annotations") };
}

/** Whether Helm, Flux or kubectl identify their objects by this label or annotation. */
export function isMark(key: string, value: string): boolean {
  if (key === "app.kubernetes.io/managed-by") return value === "Helm";
  return /^(meta\.helm\.sh|(helm|kustomize)\.toolkit\.fluxcd\.io)\/|^kubectl\.kubernetes\.io\/last-applied-configuration$/.test(key);
}

/** Whether an object belongs to its new owner and has no marks of an installer. */
export function isOwnedBy(live: KubeObject, planned: KubeObject, newOwner: string): boolean {
  const { managedFields = [], labels = {}, annotations = {} } = live.metadata;
  const remaining = unmarked(live, planned);
  const marks = Object.keys(labels).length + Object.keys(annotations).length;
  const unmarkedCount = Object.keys(remaining.labels ?? {}).length + Object.keys(remaining.annotations ?? {}).length;
  return marks === unmarkedCount && sameOwners(managedFields, transferFields(managedFields, newOwner, live.apiVersion));
}

function sameOwners(one: readonly FieldOwner[], other: readonly FieldOwner[]): boolean {
  const sorted = (owners: readonly FieldOwner[]) =>
    owners.map(({ manager, subresource, fieldsV1 }) => JSON.stringify([manager, subresource ?? "", canonical(fieldsV1 ?? {})])).sort();
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

const canonical = (fields: Fields): unknown =>
  Object.keys(fields)
    .sort()
    .map((key) => [key, canonical(fields[key] ?? {})]);

/** Returns the metadata fields that a previous owner keeps: those that are not handed over and are not marks. */
function remainder(fields: Fields, transferred: Fields): Fields {
  const isMarked = ([, kind = "", key = ""]: readonly string[]) =>
    (kind === "f:labels" || kind === "f:annotations") && isMark(key.slice("f:".length), "Helm");
  return select(fields, (path) => path[0] === "f:metadata" && !isMarked(path) && !has(transferred, path));
}

/** Returns the fields whose paths match. The entry "." for a map itself is kept while the map has other entries. */
function select(fields: Fields, matches: (path: readonly string[]) => boolean, above: readonly string[] = []): Fields {
  const remaining = Object.entries(fields).flatMap(([key, below]): [string, Fields][] => {
    const path = [...above, key];
    if (Object.keys(below).length === 0) return key !== "." && matches(path) ? [[key, below]] : [];
    const inside = select(below, matches, path);
    return Object.keys(inside).length === 0 ? [] : [[key, inside]];
  });
  if (remaining.length > 0 && "." in fields) remaining.unshift([".", {}]);
  return Object.fromEntries(remaining);
}

function has(fields: Fields | undefined, [first, ...rest]: readonly string[]): boolean {
  return fields !== undefined && (first === undefined || has(fields[first], rest));
}

function without(fields: Fields, ...keys: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)));
}

function union(one: Fields, other: Fields): Fields {
  const merged: Record<string, Fields> = { ...one };
  for (const [key, below] of Object.entries(other)) merged[key] = union(merged[key] ?? {}, below);
  return merged;
}
