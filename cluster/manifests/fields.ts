/**
 * Paths of fields in the API server's notation of `managedFields`: `f:spec` is a key, and `k:{"name":"speaker"}` selects an item of a list by
 * its keys.
 */
import { contentOf, type Fields, type KubeObject } from "./kube-object";

/** A path of a field. */
export type FieldPath = readonly string[];

/** A field that a field manager owns. */
export interface OwnedField {
  readonly path: FieldPath;
  /** Whether the manager owns only that the field exists, and not its value. */
  readonly isPresenceOnly: boolean;
}

/**
 * Returns the fields of an object's content, labels and annotations that a manager owns. Lists and maps without keys of their own count as
 * one field. Leaves out fields that others write by design.
 */
export function ownedFields({ kind }: Pick<KubeObject, "kind">, fields: Fields): OwnedField[] {
  const { "f:metadata": { "f:labels": labels = {}, "f:annotations": annotations = {} } = {}, ...content } = fields;
  const metadata = [leavesOf(labels, ["f:metadata", "f:labels"]), leavesOf(annotations, ["f:metadata", "f:annotations"])].flat();
  // A manager can own an empty map of labels, which is not a label.
  const own = metadata.filter(({ path }) => path.length > 2);
  return [...leavesOf(content, []), ...own].filter(({ path }) => path.length > 0 && isOfStack(kind, path));
}

function leavesOf(fields: Fields, path: FieldPath): OwnedField[] {
  const entries = Object.entries(fields).filter(([key]) => key !== ".");
  if (entries.length === 0) return [{ path, isPresenceOnly: "." in fields }];
  if (entries.some(([key]) => !/^[fk]:/.test(key))) return [{ path, isPresenceOnly: false }];
  return entries.flatMap(([key, below]) => leavesOf(below, [...path, key]));
}

/** Fields that Kubernetes writes in the name of the manager that changes an object. */
const OF_SERVER = ["f:kubernetes.io/metadata.name", "f:deprecated.daemonset.template.generation", "f:deployment.kubernetes.io/revision"];

/** The annotations with which `kubectl rollout restart` and Rancher restart pods. Removing one would restart them again. */
const RESTARTS = ["f:kubectl.kubernetes.io/restartedAt", "f:cattle.io/timestamp"];

/** Whether a field is the stack's to set. MetalLB's controller writes its certificates, and Kubernetes the tokens of a service account. */
export function isOfStack(kind: string, path: FieldPath): boolean {
  const [top = "", last = ""] = [path[0], path.at(-1)];
  if (["f:apiVersion", "f:kind", "f:status"].includes(top) || last === "f:caBundle") return false;
  if (kind === "Secret" && (top === "f:data" || top === "f:stringData")) return false;
  if (kind === "ServiceAccount" && top === "f:secrets") return false;
  return !OF_SERVER.includes(last) && !RESTARTS.includes(last);
}

/** Returns the value of a field; undefined if an object does not have the field. */
export function valueAt(object: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((value, step) => stepInto(value, step)?.value, object);
}

/** Returns the JSON pointer (RFC 6901) of a field that an object has. */
export function pointerOf(object: unknown, path: FieldPath): string {
  let value = object;
  return path
    .map((step) => {
      const next = stepInto(value, step);
      value = next?.value;
      return `/${escaped(String(next?.key))}`;
    })
    .join("");
}

/** Escapes a key for a JSON pointer. */
export const escaped = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");

/** Returns the key of an object or the index in a list, with its value. */
function stepInto(value: unknown, step: string): { readonly key: string | number; readonly value: unknown } | undefined {
  if (step.startsWith("f:") && isRecord(value)) {
    const key = keyOf(step);
    return { key, value: value[key] };
  }
  if (!step.startsWith("k:") || !Array.isArray(value)) return undefined;
  const wanted = Object.entries(JSON.parse(keyOf(step)) as Readonly<Record<string, unknown>>);
  // A manifest may leave out a key that has a default, such as a port's protocol.
  const matches = (item: unknown, isEqual: (actual: unknown, wanted: unknown) => boolean) =>
    isRecord(item) && wanted.every(([key, one]) => isEqual(item[key], one)) && wanted.some(([key, one]) => item[key] === one);
  const exact = value.findIndex((item) => matches(item, (actual, one) => actual === one));
  const key = exact >= 0 ? exact : value.findIndex((item) => matches(item, (actual, one) => actual === undefined || actual === one));
  return key < 0 ? undefined : { key, value: value[key] };
}

/** Returns the key in a step of a path. */
export const keyOf = (step: string): string => step.slice("f:".length);

/** Formats a path as `spec.template.spec.containers[speaker].args`. */
export function fieldText(path: FieldPath): string {
  const texts = path.map((step) => {
    if (!step.startsWith("k:")) return `.${keyOf(step)}`;
    const keys = JSON.parse(keyOf(step)) as Readonly<Record<string, unknown>>;
    return `[${Object.values(keys).join("/")}]`;
  });
  return texts.join("").slice(1);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Returns the fields that an object was applied with and had afterwards, and does not have any more. Each path is the outermost missing part.
 *
 * @param recorded the object as the cluster had it after the apply: a server does not store every field
 */
export function removedFields(applied: KubeObject, recorded: KubeObject, live: KubeObject): FieldPath[] {
  const { kind, metadata } = applied;
  const compare = (then: unknown, after: unknown, now: unknown, path: FieldPath): FieldPath[] => {
    if (after === undefined || isEmpty(then) || !isOfStack(kind, path)) return [];
    if (now === undefined) return [path];
    const steps = stepsOf(then);
    return steps.flatMap((step) => compare(valueAt(then, [step]), valueAt(after, [step]), valueAt(now, [step]), [...path, step]));
  };
  const { labels, annotations } = metadata;
  const parts = { ...contentOf(applied), metadata: { ...(labels && { labels }), ...(annotations && { annotations }) } };
  return stepsOf(parts)
    .flatMap((step) => compare(valueAt(parts, [step]), valueAt(recorded, [step]), valueAt(live, [step]), [step]))
    .flatMap((path) =>
      path.length === 2 && path[0] === "f:metadata" ? stepsOf(valueAt(parts, path)).map((step) => [...path, step]) : [path],
    );
}

/** Returns the steps into a value: the keys of an object, and the items of a list by their names. */
function stepsOf(value: unknown): string[] {
  if (isRecord(value)) return Object.keys(value).map((key) => `f:${key}`);
  if (!Array.isArray(value) || !value.every((item) => isRecord(item) && typeof item["name"] === "string")) return [];
  return value.map((item: { name: string }) => `k:${JSON.stringify({ name: item.name })}`);
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  value === 0 ||
  value === false ||
  (typeof value === "object" && Object.keys(value).length === 0);
