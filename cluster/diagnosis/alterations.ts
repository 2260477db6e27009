import { fieldText, keyOf, ownedFields, removedFields, valueAt, type FieldPath } from "../manifests/fields";
import type { FieldOwner, KubeObject } from "../manifests/kube-object";
import { isInstaller, isMark, isPulumi, TEMPORARY_MANAGER } from "../manifests/ownership";

/** A field of an object of the stack that another field manager wrote or removed. */
export interface Alteration {
  readonly path: FieldPath;
  /** The field manager that wrote it, such as `kubectl-patch`. */
  readonly manager: string;
  /** The value in the cluster; undefined if the field was removed. */
  readonly live: unknown;
  /** The value that the stack applied; undefined if it applied none. */
  readonly applied: unknown;
}

/** The traces of other field managers in an object of the stack. */
export interface Altered {
  /** The fields to restore: other values in the stack's fields, removed ones, and fields that the stack does not have. */
  readonly alterations: readonly Alteration[];
  /** The managers that own fields of the stack, so that an apply without force is refused. */
  readonly claimants: readonly string[];
  /** The managers that own fields of the stack with the same values, so that an apply of other values is refused. */
  readonly sharers: readonly string[];
  /** Labels and annotations that a person or an installer added since the last apply. They stay, unless the engine changes the object. */
  readonly additions: readonly Alteration[];
}

/**
 * Compares an object with what the stack applied last, by the field managers that the server records. Other values count only if another
 * manager wrote them: others may differ because the plan has changed.
 *
 * @param applied the object's inputs in the stack's state; after a refresh they have the live values
 * @param recorded the object in the stack's state as the cluster had it after the apply; without it, removed fields are not found
 */
export function findAltered(live: KubeObject, applied: KubeObject, recorded?: KubeObject): Altered {
  const entries = live.metadata.managedFields ?? [];
  const fieldsOf = ({ fieldsV1 = {} }: FieldOwner) => ownedFields(applied, fieldsV1);
  const owned = new Set(
    entries.filter(({ manager }) => isPulumi(manager)).flatMap((entry) => fieldsOf(entry).map(({ path }) => idOf(path))),
  );
  const written = new Map<string, Alteration>();
  const sharers = new Set<string>();
  for (const entry of entries.filter(isForeign)) {
    const { manager = "an unknown manager" } = entry;
    for (const { path, isPresenceOnly } of fieldsOf(entry)) {
      const root = rootOf(path, applied);
      const [now, then] = [valueAt(live, root), valueAt(applied, root)];
      if (now === undefined || (isPresenceOnly && then !== undefined) || isOfServer(live, root, now)) continue;
      // Managers share a field as long as they set the same value.
      if (owned.has(idOf(path)) && isEqual(now, then)) sharers.add(manager);
      else written.set(idOf(root), { path: root, manager, live: now, applied: then });
    }
  }
  const all = [...written.values()];
  const ours = all.filter((one) => one.applied !== undefined);
  const added = all.filter((one) => one.applied === undefined);
  const removed = recorded === undefined ? [] : removedFields(applied, recorded, live);
  return {
    alterations: [
      ...ours.filter((one) => !isEqual(one.live, one.applied)),
      ...added.filter(isContent),
      ...(written.has(idOf(REPLICAS)) ? [] : scaled(live, applied)),
      ...removed.map((path) => ({ path, manager: "another manager", live: undefined, applied: valueAt(applied, path) })),
    ],
    claimants: [...new Set(ours.map(({ manager }) => manager))],
    sharers: [...sharers],
    additions: added.filter((one) => !isContent(one) && isOfUser(one) && !isEqual(one.live, recorded && valueAt(recorded, one.path))),
  };
}

/** Finds a number of replicas that the stack does not set and `kubectl scale` changed, which leaves no field manager. */
function scaled(live: KubeObject, applied: KubeObject): Alteration[] {
  const now = valueAt(live, REPLICAS);
  // The server's default is one.
  if (valueAt(applied, REPLICAS) !== undefined || now === undefined || now === 1) return [];
  return [{ path: REPLICAS, manager: "another manager", live: now, applied: undefined }];
}

/** Whether another field manager than Pulumi and this program wrote fields of an object that are the stack's to set. */
export const isWrittenByOthers = (object: Pick<KubeObject, "kind" | "metadata">): boolean =>
  (object.metadata.managedFields ?? []).some((entry) => isForeign(entry) && ownedFields(object, entry.fieldsV1 ?? {}).length > 0);

/** Whether an entry belongs to neither Pulumi nor this program, and to the object itself or its number of replicas. */
function isForeign({ manager = "", subresource = "scale" }: FieldOwner): boolean {
  return subresource === "scale" && !isPulumi(manager) && !OWN.includes(manager);
}

/** Fields that the server sets. They have a field manager if another tool created the object before the stack took it over. */
const SET_BY_SERVER: readonly (readonly [kind: string, path: FieldPath, value: unknown])[] = [
  ["Namespace", ["f:spec", "f:finalizers"], ["kubernetes"]],
  ["CustomResourceDefinition", ["f:spec", "f:conversion"], { strategy: "None" }],
  ["CustomResourceDefinition", ["f:spec", "f:conversion", "f:webhook", "f:clientConfig", "f:service", "f:port"], 443],
];

const isOfServer = ({ kind }: KubeObject, path: FieldPath, live: unknown): boolean =>
  SET_BY_SERVER.some(([of, at, value]) => kind === of && idOf(path) === idOf(at) && isEqual(live, value));

/** The field managers of this program's own patches. */
const OWN = ["homelab-network", TEMPORARY_MANAGER];

const REPLICAS: FieldPath = ["f:spec", "f:replicas"];

const idOf = (path: FieldPath): string => path.join("\n");

const isContent = ({ path }: Alteration): boolean => path[0] !== "f:metadata";

/** Whether a person or an installer added a label or an annotation that is more than a mark. */
function isOfUser({ path, manager, live }: Alteration): boolean {
  return isInstaller(manager) && !isMark(keyOf(path[2] ?? ""), String(live));
}

/**
 * Shortens the path of a field that the stack did not apply to the outermost part that it did not apply. Labels and annotations stay whole:
 * next to them may be others, such as the mark of a restart.
 */
function rootOf(path: FieldPath, applied: KubeObject): FieldPath {
  if (path.includes("f:labels") || path.includes("f:annotations")) return path;
  for (let length = path[0] === "f:spec" ? 2 : 1; length < path.length; length++) {
    const part = path.slice(0, length);
    if (valueAt(applied, part) === undefined) return part;
  }
  return path;
}

/** Fields that the server adds to an item of a list or to a map which counts as one field. */
const DEFAULTED = ["apiGroup", "apiVersion", "divisor", "scope", "protocol"];

/** Compares values, and ignores what the server adds. */
function isEqual(live: unknown, applied: unknown): boolean {
  if (Array.isArray(live) && Array.isArray(applied))
    return live.length === applied.length && applied.every((item, index) => isEqual(live[index], item));
  if (typeof live !== "object" || live === null || typeof applied !== "object" || applied === null) return live === applied;
  const [now, then] = [live, applied] as Readonly<Record<string, unknown>>[];
  const keys = new Set([...Object.keys(applied), ...Object.keys(live).filter((key) => !DEFAULTED.includes(key))]);
  return [...keys].every((key) => isEqual(now?.[key], then?.[key]));
}

/** The largest number of alterations that a message describes, and of characters of a value. */
const MAX = { alterations: 5, characters: 200 };

/** Formats alterations as `spec.interfaces is ["eth9"], which the stack did not set; …`. */
export function alterationsText(alterations: readonly Alteration[]): string {
  const more = alterations.length > MAX.alterations ? `; and ${alterations.length - MAX.alterations} more` : "";
  return `${alterations.slice(0, MAX.alterations).map(alterationText).join("; ")}${more}`;
}

function alterationText({ path, live, applied }: Alteration): string {
  const named = fieldText(path);
  if (live === undefined) return `${named} is missing: ${valueText(applied)}`;
  if (applied === undefined) return `${named} is ${valueText(live)}, which the stack did not set`;
  return `${named} is ${valueText(live)} and not ${valueText(applied)}`;
}

function valueText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MAX.characters ? `${text.slice(0, MAX.characters)}…` : text;
}
