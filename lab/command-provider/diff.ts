import { isDeepStrictEqual } from "node:util";
import { INPUTS } from "./fields";
import { content, isPlainObject, isSecret, isUnknown, type Properties, type Value } from "./values";

export type Change = "add" | "delete" | "update";

/** One changed property. `replace` if the change requires a new resource. */
export interface PropertyChange {
  readonly path: string;
  readonly change: Change;
  readonly replace: boolean;
}

/**
 * Returns the differences between the old and the new inputs, by property path. As in release 1.2.1 every difference is an in-place update,
 * except one at exactly `triggers` (the whole list was added or removed), which is a replacement. The SDK's `replaceOnChanges` turns a changed
 * element, `triggers[0]`, into one. A secret differs as a whole, so that no path reveals its content; one that is not known yet is no difference.
 */
export function diffInputs(olds: Properties, news: Properties): readonly PropertyChange[] {
  const changes: PropertyChange[] = [];
  for (const key of Object.keys(INPUTS)) compare(key, olds[key], news[key], changes);
  return changes;
}

/** Returns the name of the input of a property path: `environment` of `environment.A`. */
export const inputOf = (path: string): string => /^\w+/.exec(path)?.[0] ?? path;

function compare(path: string, before: Value | undefined, after: Value | undefined, changes: PropertyChange[]): void {
  const note = (change: Change) => changes.push({ path, change, replace: path === "triggers" });
  if ((before === undefined && after === undefined) || (isSecret(after) && isUnknown(content(after ?? null)))) return;
  if (before === undefined) note("add");
  else if (after === undefined) note("delete");
  else if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++) compare(`${path}[${i}]`, before[i], after[i], changes);
  } else if (isPlainObject(before) && isPlainObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) compare(path + step(key), before[key], after[key], changes);
  } else if (!isDeepStrictEqual(before, after)) note("update");
}

/** Returns a step of a property path: `.name`, or `["the name"]` if the name needs quotes. */
const step = (key: string): string => (/^\w+$/.test(key) ? `.${key}` : `["${key.replaceAll('"', '\\"')}"]`);
