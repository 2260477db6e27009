import assert from "node:assert/strict";

/** The limits of the program's usage, as far as it does not depend on the machine's load. */
export const BUDGET = {
  modules: ["files that Node loads before the program begins", 517],
  resources: ["resources of a stack with one pool and one route", 40],
  previewRequests: ["requests to the API server in a preview without a change", 42],
  previewConnections: ["connections to the router in a preview without a change", 1],
  upRequests: ["requests to the API server in an up without a change", 44],
  upConnections: ["connections to the router in an up without a change", 1],
  firstConnections: ["connections to the router in the first up", 2],
} as const satisfies Readonly<Record<string, readonly [what: string, most: number]>>;

export type Figure = keyof typeof BUDGET;

/** Below this share of the limit the usage has improved so much that the limit is outdated. */
const STALE = 0.95;

/**
 * Compares a usage with its limit.
 *
 * @param used one entry for each use; equal entries are printed once with their number
 * @throws AssertionError with the limit, the usage, and the entries
 */
export function withinBudget(figure: Figure, used: readonly string[]): void {
  const [what, most] = BUDGET[figure];
  const now = used.length;
  if (now <= most && now >= most * STALE) return;
  const counts = new Map<string, number>();
  for (const word of used) counts.set(word, (counts.get(word) ?? 0) + 1);
  const lines = [...counts].sort(([one, often], [other, oftener]) => oftener - often || (one < other ? -1 : 1));
  const todo = now > most ? "spare what is new, or raise it" : "it is stale: lower it";
  assert.fail(
    [
      `${what}: at most ${most}, and now ${now}; ${todo}, in tests/support/budget.ts. They are:`,
      ...lines.map(([word, often]) => `  ${often} ${word}`),
    ].join("\n"),
  );
}
