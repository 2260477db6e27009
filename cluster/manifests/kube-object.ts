import { printable } from "../../config/printable";

/** The fields of an object as a tree, in the API server's notation: `{"f:spec": {"f:type": {}}}`. */
export interface Fields {
  readonly [key: string]: Fields;
}

/** An entry of an object's `metadata.managedFields`. */
export interface FieldOwner {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: Fields;
  /** The subresource, such as `status`; undefined for the object itself. */
  readonly subresource?: string;
}

/** The metadata that objects and list items have in common. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Counts the changes of the content. Some kinds have none. */
  readonly generation?: number;
  /** Set if the object is in deletion. */
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly FieldOwner[];
}

/** Any object of a cluster. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [key: string]: unknown;
}

/** Formats an object's name as `DaemonSet metallb-system/metallb-speaker`, without the API version. */
export function idOf({ kind, metadata: { namespace, name } }: Pick<KubeObject, "kind" | "metadata">): string {
  // A cluster that is not what it seems could send a name with other characters than Kubernetes accepts.
  return printable(namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`);
}

/** A value in which two versions of an object differ. */
export interface Difference {
  /** The path of the value, such as `spec.template.spec.containers[0].args`. */
  readonly path: string;
  /** The value in the first version; undefined if only the second one has it. */
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * Returns the differences between two values. List items with names are compared by name, as the API server does. Other lists of different
 * length differ as a whole.
 *
 * @param wholeLists whether lists of texts and numbers of the same length differ as a whole too, and not by position
 */
export function differences(from: unknown, to: unknown, path = "", wholeLists = false): Difference[] {
  if (isObject(from) && isObject(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return keys.flatMap((key) => differences(from[key], to[key], path === "" ? key : `${path}.${key}`, wholeLists));
  }
  if (isNamed(from) && isNamed(to)) {
    const names = [...new Set([...from, ...to].map(({ name }) => name))];
    const named = (items: readonly Named[], name: string) => items.find((item) => item.name === name);
    return names.flatMap((name) => differences(named(from, name), named(to, name), `${path}[${name}]`, wholeLists));
  }
  const isWhole = wholeLists && [from, to].every((list) => Array.isArray(list) && !list.some(isObject));
  if (!isWhole && Array.isArray(from) && Array.isArray(to) && from.length === to.length) {
    return from.flatMap((item, index) => differences(item, to[index], `${path}[${index}]`, wholeLists));
  }
  return textOf(from) === textOf(to) ? [] : [{ path, from, to }];
}

/** Formats a difference as `spec.autoAssign from false to true`. */
export function changeText({ path, from, to }: Difference): string {
  const text = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));
  return `${path} from ${text(from)} to ${text(to)}`;
}

interface Named {
  readonly name: string;
}

function isNamed(value: unknown): value is readonly Named[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isObject(item) && typeof item["name"] === "string");
}

/** Formats a value for comparison. To the API server, an empty value equals a missing one. */
function textOf(value: unknown): string {
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return JSON.stringify(isEmpty ? null : (value ?? null));
}

/** Returns an object without its metadata and status. */
export function contentOf(object: KubeObject): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !["apiVersion", "kind", "metadata", "status"].includes(key)));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
