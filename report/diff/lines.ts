/** Formats the fields of an object in which two versions differ, as lines of a diff. */
import type { Difference } from "../../cluster/manifests/kube-object";
import { shortened } from "../../config/printable";

/** How many differences are shown of one object. A definition can have hundreds. */
const MOST = 20;
const MOST_LINES = 40;
const LONGEST = 300;

/** What each release of a chart changes and no user needs to read: its own version, and the descriptions of fields. */
const OF_RELEASE =
  /^labels\.(helm\.sh\/chart|app\.kubernetes\.io\/version)$|^annotations\.controller-gen\.kubebuilder\.io\/version$|\.openAPIV3Schema\..*\.description$/;

/** Whether an object differs only in what each release of a chart changes. */
export const isOfRelease = (differences: readonly Difference[]): boolean =>
  differences.length > 0 && differences.every(({ path }) => OF_RELEASE.test(path));

/** Returns the lines for some differences: each path, then the earlier values with `-` and the later ones with `+`. */
export function differenceLines(differences: readonly Difference[]): string[] {
  const worthReading = differences.filter(({ path }) => !OF_RELEASE.test(path));
  const more = worthReading.length - MOST;
  return [...worthReading.slice(0, MOST).flatMap(linesOf), ...(more > 0 ? [`and ${more} more`] : [])];
}

function linesOf({ path, from, to }: Difference): string[] {
  const [before, after] = [partsOf(from), partsOf(to)];
  const [removed, added] = [without(before, after), without(after, before)];
  // Two lists of the same items differ in their order.
  const isOrder = removed.length + added.length === 0;
  const lines = [...(isOrder ? before : removed).map((part) => `- ${part}`), ...(isOrder ? after : added).map((part) => `+ ${part}`)];
  const more = lines.length - MOST_LINES;
  return [`${path}:`, ...lines.slice(0, MOST_LINES).map((line) => shortened(line, LONGEST)), ...(more > 0 ? [`and ${more} more`] : [])];
}

/** Returns the items of a list, the lines of a text, or the whole value. */
function partsOf(value: unknown): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.map((item) => JSON.stringify(item));
  if (typeof value === "string" && value.includes("\n")) return value.trimEnd().split("\n");
  return [JSON.stringify(value)];
}

function without(parts: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const other of others) left.set(other, (left.get(other) ?? 0) + 1);
  return parts.filter((part) => {
    const count = left.get(part) ?? 0;
    left.set(part, count - 1);
    return count <= 0;
  });
}
