/** The releases of MetalLB's chart that this program knows. The lab, the schema, the rules and the checks read them here. */

/** The chart that a stack gets if its stack file sets no version. The lab runs it. */
export const DEFAULT_CHART = "0.16.2";

/** An earlier chart that the tests deploy too, and from which they upgrade. */
export const EARLIER_CHART = "0.15.3";

/** What a later release of MetalLB adds or changes, and the first chart that has it. */
const since = {
  /** `serviceSelectors` of an L2Advertisement. */
  serviceSelectors: "0.16.0",
  /** `preferredNodeSelectors` of an L2Advertisement. */
  preferredNodeSelectors: "0.16.2",
  /** The chart's value `speaker.gratuitousARPInterval`. */
  gratuitousARPInterval: "0.16.2",
  /** Another key for the gossip between speakers: speakers from before and after this release do not hear each other. */
  gossipKey: "0.16.2",
} as const;

/** A change of MetalLB. */
export type Change = keyof typeof since;

/** Returns the first chart with a change. */
export const firstChartWith = (change: Change): string => since[change];

/** Whether a chart of this version has a change. A pre-release counts as its release. */
export function hasChange(change: Change, version: string): boolean {
  const [wanted, given] = [partsOf(since[change]), partsOf(version)];
  const index = wanted.findIndex((part, at) => part !== given[at]);
  return index === -1 || (given[index] ?? 0) > (wanted[index] ?? 0);
}

const partsOf = (version: string): number[] =>
  version
    .replace(/[-+].*/, "")
    .split(".")
    .map(Number);
