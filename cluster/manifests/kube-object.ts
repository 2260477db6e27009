/** Fields of an object by their paths, as the API server writes them down: `{"f:spec": {"f:type": {}}}`. */
export interface Fields {
  readonly [key: string]: Fields;
}

/** Whose fields of an object are: an entry of its `metadata.managedFields`. */
export interface FieldOwner {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: Fields;
  /** Such as `status`; absent for the object itself. */
  readonly subresource?: string;
}

/** What lists and objects have in common. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Of an object that is to go, and waits for that. */
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

/** `DaemonSet metallb-system/metallb-speaker`: what an object is called, whatever the version of its kind. */
export function idOf({ kind, metadata: { namespace, name } }: Pick<KubeObject, "kind" | "metadata">): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** A value that two texts of one object do not have in common. */
export interface Difference {
  /** Such as `spec.template.spec.containers[0].args`. */
  readonly path: string;
  /** Undefined where only the other has one. */
  readonly from: unknown;
  readonly to: unknown;
}

/** In what two values differ. Items with names are held against each other by those, as the API server does; other lists of different length differ as a whole. */
export function differences(from: unknown, to: unknown, path = ""): Difference[] {
  if (isObject(from) && isObject(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return keys.flatMap((key) => differences(from[key], to[key], path === "" ? key : `${path}.${key}`));
  }
  if (isNamed(from) && isNamed(to)) {
    const names = [...new Set([...from, ...to].map(({ name }) => name))];
    const named = (items: readonly Named[], name: string) => items.find((item) => item.name === name);
    return names.flatMap((name) => differences(named(from, name), named(to, name), `${path}[${name}]`));
  }
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length) {
    return from.flatMap((item, index) => differences(item, to[index], `${path}[${index}]`));
  }
  return textOf(from) === textOf(to) ? [] : [{ path, from, to }];
}

interface Named {
  readonly name: string;
}

function isNamed(value: unknown): value is readonly Named[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isObject(item) && typeof item["name"] === "string");
}

/** To the API server, what is empty is as good as absent. */
function textOf(value: unknown): string {
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return JSON.stringify(isEmpty ? null : (value ?? null));
}

/** What an object is about: all but its names and marks, and what the cluster says of it. */
export function contentOf(object: KubeObject): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !["apiVersion", "kind", "metadata", "status"].includes(key)));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
