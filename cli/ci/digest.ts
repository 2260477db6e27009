/** The parts of `pulumi preview --json` that the summary needs. Secrets are already replaced with "[secret]". */
export interface Digest {
  readonly steps?: readonly Step[];
  readonly diagnostics?: readonly Diagnostic[];
  /** The number of resources for each operation. */
  readonly changeSummary?: Readonly<Record<string, number>>;
}

/** An operation on one resource. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: State;
  readonly newState?: State;
  /** The names of the properties that differ. */
  readonly diffReasons?: readonly string[] | null;
  /** The paths of the properties that differ, if the provider reports them. */
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

interface State {
  readonly inputs?: unknown;
}

/** A message of the engine or the program. */
export interface Diagnostic {
  readonly severity: string;
  readonly message?: string;
}

/** Parses the digest. @returns undefined if the engine ended before it printed any JSON */
export function parseDigest(text: string): Digest | undefined {
  try {
    const digest = JSON.parse(text) as unknown;
    return typeof digest === "object" && digest !== null ? digest : undefined;
  } catch {
    return undefined;
  }
}

/** Returns a resource's kind and name, such as `IPAddressPool lab-dev`, from its URN. */
export function resourceOf(urn: string): string {
  const [, , chain = "", ...name] = urn.split("::");
  return `${/[^$:]*$/.exec(chain)?.[0] ?? chain} ${name.join("::")}`;
}

/** A property that differs, with its values if both states have them. */
export interface Difference {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** Returns the differences of a resource that exists before and after. */
export function differences({ detailedDiff, diffReasons, oldState, newState }: Step): Difference[] {
  if (oldState === undefined || newState === undefined) return [];
  const paths = Object.keys(detailedDiff ?? {});
  const chosen = paths.length > 0 ? paths.sort() : [...(diffReasons ?? [])];
  return chosen.map((path) => ({ path, from: valueAt(oldState.inputs, path), to: valueAt(newState.inputs, path) }));
}

/** Returns the value at a path in the engine's notation: `spec.addresses[0]`, `metadata.labels["app.kubernetes.io/name"]`. */
function valueAt(value: unknown, path: string): unknown {
  const parts = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted ?? index ?? name,
  );
  return parts.reduce<unknown>(
    (inner, part) => (typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[part ?? ""] : undefined),
    value,
  );
}
