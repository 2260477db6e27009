/** The colours of one cluster: its lines, and the ground behind it. */
interface Accent {
  readonly line: string;
  readonly ground: string;
}

/** The colours of a scheme. */
export interface Palette {
  readonly paper: string;
  readonly card: string;
  readonly edge: string;
  readonly ink: string;
  readonly quiet: string;
  readonly wire: string;
  readonly accents: readonly Accent[];
  /** Of what was looked at: see marks.ts. */
  readonly marks: Readonly<Record<"ok" | "failed" | "unknown", string>>;
}
