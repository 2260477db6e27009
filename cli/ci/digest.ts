/** What `pulumi preview --json` prints, as far as it is used here. Its secrets are "[secret]" already. */
export interface Digest {
  readonly steps?: readonly Step[];
  readonly diagnostics?: readonly Diagnostic[];
  /** How many resources each operation has. */
  readonly changeSummary?: Readonly<Record<string, number>>;
}

/** What the engine would do with one resource. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: State;
  readonly newState?: State;
  /** The properties that differ, by their names alone. */
  readonly diffReasons?: readonly string[] | null;
  /** The same by path, where the provider says as much. */
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

interface State {
  readonly inputs?: unknown;
}

/** What was said on the way, by the engine or the program. */
export interface Diagnostic {
  readonly severity: string;
  readonly message?: string;
}

/** @returns undefined where the engine ended before it had anything to print as JSON */
export function parseDigest(text: string): Digest | undefined {
  try {
    const digest = JSON.parse(text) as unknown;
    return typeof digest === "object" && digest !== null ? digest : undefined;
  } catch {
    return undefined;
  }
}

/** `IPAddressPool lab-dev` of a resource's whole address. */
export function resourceOf(urn: string): string {
  const [, , chain = "", ...name] = urn.split("::");
  return `${/[^$:]*$/.exec(chain)?.[0] ?? chain} ${name.join("::")}`;
}

/** One property that differs, with its values where both states tell them. */
export interface Difference {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What differs in a resource that is there before and after. */
export function differences({ detailedDiff, diffReasons, oldState, newState }: Step): Difference[] {
  if (oldState === undefined || newState === undefined) return [];
  const paths = Object.keys(detailedDiff ?? {});
  const chosen = paths.length > 0 ? paths.sort() : [...(diffReasons ?? [])];
  return chosen.map((path) => ({ path, from: valueAt(oldState.inputs, path), to: valueAt(newState.inputs, path) }));
}

/** The value at a path as the engine writes it: `spec.addresses[0]`, `metadata.labels["app.kubernetes.io/name"]`. */
function valueAt(value: unknown, path: string): unknown {
  const parts = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted ?? index ?? name,
  );
  return parts.reduce<unknown>(
    (inner, part) => (typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[part ?? ""] : undefined),
    value,
  );
}
