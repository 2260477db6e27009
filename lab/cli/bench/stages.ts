/** Splits the time of one run of the engine into stages, by its events. */

/** An event, and its time in seconds after the start of the process. */
export interface TimedEvent {
  readonly at: number;
  readonly event: EngineEvent;
}

/** The parts of an event in `--json` output that are used here. */
export interface EngineEvent {
  readonly resourcePreEvent?: { readonly metadata: Step };
  readonly resOutputsEvent?: { readonly metadata: Step };
}

interface Step {
  readonly urn: string;
}

/** The stages of a run, one after the other. Overlapping work counts for the stage that ends with it. */
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
 * Returns the seconds of each stage of a deployment or preview.
 *
 * @param seconds the duration of the process
 */
export function stagesOf(events: readonly TimedEvent[], seconds: number): Record<Stage, number> {
  const begins = placesOf(events, ({ resourcePreEvent }) => resourcePreEvent);
  const ends = placesOf(events, ({ resOutputsEvent }) => resOutputsEvent);
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

/** A resource in the events: its types from the outermost one to its own, and the time. */
interface Place {
  readonly at: number;
  readonly types: readonly string[];
}

function placesOf(events: readonly TimedEvent[], pick: (event: EngineEvent) => { readonly metadata: Step } | undefined): Place[] {
  return events.flatMap(({ at, event }) => {
    const [, , types = ""] = pick(event)?.metadata.urn.split("::") ?? [];
    return types === "" ? [] : [{ at, types: types.split("$") }];
  });
}
