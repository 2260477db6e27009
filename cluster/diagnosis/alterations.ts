import { isInstaller, isMark, isPulumi } from "../manifests/ownership";
import type { FieldOwner, Fields, KubeObject } from "../manifests/kube-object";

/** A field of an object of the stack that another field manager wrote. */
export interface Alteration {
  /** The field's keys, such as `["spec", "interfaces"]`. */
  readonly keys: readonly string[];
  /** The field manager that wrote it, such as `kubectl-patch`. */
  readonly manager: string;
  readonly live: unknown;
  /** The value that the stack applied; undefined if it applied none. */
  readonly applied: unknown;
}

/** The traces of other field managers in an object of the stack. */
export interface Altered {
  /** The fields to restore: other values in the stack's fields, and fields that the stack does not have. */
  readonly alterations: readonly Alteration[];
  /** The managers that own fields of the stack, so that an apply without force is refused. */
  readonly claimants: readonly string[];
  /** Labels and annotations that a person or an installer added. They stay, unless the engine changes the object. */
  readonly additions: readonly Alteration[];
}

/**
 * Compares an object with what the stack applied last, by the field managers that the server records. Only fields that another manager wrote
 * count: others may differ because the plan has changed.
 *
 * @param applied the object's inputs in the stack's state; after a refresh they have the live values
 */
export function findAltered(live: KubeObject, applied: KubeObject): Altered {
  const entries = live.metadata.managedFields ?? [];
  const owned = new Set(entries.filter(({ manager }) => isPulumi(manager)).flatMap(({ fieldsV1 = {} }) => leavesOf(fieldsV1).map(textOf)));
  const written = new Map<string, Alteration>();
  for (const { manager = "an unknown manager", fieldsV1 = {} } of entries.filter(isForeign)) {
    for (const path of leavesOf(fieldsV1)) {
      const keys = rootOf(path, applied);
      const [now, then] = [valueAt(live, keys), valueAt(applied, keys)];
      // Managers share a field as long as they set the same value.
      if (!(owned.has(textOf(path)) && isEqual(now, then))) written.set(textOf(keys), { keys, manager, live: now, applied: then });
    }
  }
  const all = [...written.values()].filter((one) => one.live !== undefined);
  const ours = all.filter((one) => one.applied !== undefined);
  const added = all.filter((one) => one.applied === undefined && !isOfServer(live, one));
  const isOfUser = ({ keys: [, , key = ""], manager, live: value }: Alteration) =>
    isInstaller(manager) && key !== NAMESPACE_NAME && !isMark(key, String(value));
  return {
    alterations: [...ours.filter((one) => !isEqual(one.live, one.applied)), ...added.filter(isInSpec)],
    claimants: [...new Set(ours.map(({ manager }) => manager))],
    additions: added.filter((one) => !isInSpec(one) && isOfUser(one)),
  };
}

/** Whether an entry belongs to neither Pulumi nor this program, and to the object itself. */
function isForeign({ manager = "", subresource }: FieldOwner): boolean {
  return subresource === undefined && !isPulumi(manager) && !OWN.includes(manager);
}

/** The label that the server adds to each namespace, in the name of the manager that created it. */
const NAMESPACE_NAME = "kubernetes.io/metadata.name";

/** The server's own finalizer of a namespace. It has a field manager if another tool created the namespace before the stack did. */
const isOfServer = ({ kind }: KubeObject, { keys, live }: Alteration): boolean =>
  kind === "Namespace" && textOf(keys) === textOf(["spec", "finalizers"]) && isEqual(live, ["kubernetes"]);

/** The field managers of this program's own patches. */
const OWN = ["homelab-network", "homelab-adopt"];

const textOf = (path: readonly string[]): string => path.join("\n");

const isInSpec = ({ keys }: Alteration): boolean => keys[0] === "spec";

/** Returns the paths of all fields in spec, labels and annotations. A list with keys counts as one field. */
function leavesOf(fields: Fields): string[][] {
  const leaves = (below: Fields, path: readonly string[]): string[][] => {
    const entries = Object.entries(below).filter(([key]) => key !== ".");
    if (entries.length === 0 || entries.some(([key]) => !key.startsWith("f:"))) return [[...path]];
    return entries.flatMap(([key, next]) => leaves(next, [...path, key.slice("f:".length)]));
  };
  const { "f:spec": spec, "f:metadata": metadata = {} } = fields;
  const { "f:labels": labels, "f:annotations": annotations } = metadata;
  return [
    ...(spec === undefined ? [] : leaves(spec, ["spec"])),
    ...(labels === undefined ? [] : leaves(labels, ["metadata", "labels"])),
    ...(annotations === undefined ? [] : leaves(annotations, ["metadata", "annotations"])),
  ];
}

/** Shortens the path of a field that the stack did not apply to the outermost part that it did not apply. Keys of labels stay whole. */
function rootOf(path: readonly string[], applied: KubeObject): readonly string[] {
  const least = path[0] === "metadata" ? 3 : 2;
  for (let length = least; length < path.length; length++) {
    const part = path.slice(0, length);
    if (valueAt(applied, part) === undefined) return part;
  }
  return path;
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (one, key) => (typeof one === "object" && one !== null ? (one as Readonly<Record<string, unknown>>)[key] : undefined),
    value,
  );
}

/** Compares values without the fields that the server adds to the items of a list. */
function isEqual(live: unknown, applied: unknown): boolean {
  if (Array.isArray(live) && Array.isArray(applied))
    return live.length === applied.length && applied.every((item, index) => isEqual(live[index], item));
  if (typeof live === "object" && live !== null && typeof applied === "object" && applied !== null)
    return Object.entries(applied).every(([key, value]) => isEqual((live as Readonly<Record<string, unknown>>)[key], value));
  return live === applied;
}

/** Formats an alteration as `spec.interfaces is ["eth9"], which the stack did not set`. */
export function alterationText({ keys, live, applied }: Alteration): string {
  const named = keys.join(".");
  if (applied === undefined) return `${named} is ${JSON.stringify(live)}, which the stack did not set`;
  return `${named} is ${JSON.stringify(live)} and not ${JSON.stringify(applied)}`;
}
