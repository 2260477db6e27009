/** Where the time of one run of the engine goes, read from the events that it tells. */

/** What the engine told, and how many seconds after the start of its process. */
export interface Told {
  readonly at: number;
  readonly event: EngineEvent;
}

/** An event as `--json` writes it, as far as it is looked at here. */
export interface EngineEvent {
  readonly resourcePreEvent?: { readonly metadata: Step };
  readonly resOutputsEvent?: { readonly metadata: Step };
}

interface Step {
  readonly urn: string;
}

/** The parts of a run, one after the other. What overlaps counts for the one that ends it. */
export const STAGES = [
  "engine and SDK start",
  "program and its questions",
  "provider start",
  "chart rendered",
  "objects registered",
  "MetalLB's start",
  "pools, route and rest",
] as const;
export type Stage = (typeof STAGES)[number];

const PROVIDER = "pulumi:providers:kubernetes";
const CHART = "kubernetes:helm.sh/v4:Chart";
const WORKLOADS = ["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:DaemonSet"];

/**
 * The seconds of each stage of a run that brings a stack or previews it.
 *
 * @param seconds when the process ended, from its start
 */
export function stagesOf(told: readonly Told[], seconds: number): Record<Stage, number> {
  const begins = placesOf(told, ({ resourcePreEvent }) => resourcePreEvent);
  const ends = placesOf(told, ({ resOutputsEvent }) => resOutputsEvent);
  const inChart = ({ types }: Place): boolean => types.includes(CHART) && types.at(-1) !== CHART;
  const isWorkload = (place: Place): boolean => inChart(place) && WORKLOADS.includes(place.types.at(-1) ?? "");
  const first = (places: readonly Place[], is: (place: Place) => boolean): number | undefined => places.find(is)?.at;
  const stack = first(begins, ({ types }) => types.at(-1) === "pulumi:pulumi:Stack");
  const others = begins.filter(({ types }) => types.at(-1) !== "pulumi:pulumi:Stack");
  const boundaries: Record<Stage, number | undefined> = {
    "engine and SDK start": stack,
    "program and its questions": others[0]?.at,
    "provider start": first(ends, ({ types }) => types.at(-1) === PROVIDER),
    "chart rendered": first(begins, inChart),
    "objects registered": begins.filter(inChart).at(-1)?.at,
    "MetalLB's start": ends.filter(isWorkload).at(-1)?.at,
    "pools, route and rest": seconds,
  };
  let past = 0;
  const lengths = STAGES.map((stage): [Stage, number] => {
    const until = Math.max(past, boundaries[stage] ?? past);
    const length = until - past;
    past = until;
    return [stage, length];
  });
  return Object.fromEntries(lengths) as Record<Stage, number>;
}

/** A resource in the events: the types from the outermost on to its own, and the moment. */
interface Place {
  readonly at: number;
  readonly types: readonly string[];
}

function placesOf(told: readonly Told[], pick: (event: EngineEvent) => { readonly metadata: Step } | undefined): Place[] {
  return told.flatMap(({ at, event }) => {
    const [, , types = ""] = pick(event)?.metadata.urn.split("::") ?? [];
    return types === "" ? [] : [{ at, types: types.split("$") }];
  });
}
