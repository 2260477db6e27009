/** The colours of one cluster: its lines and its background. */
interface Accent {
  readonly line: string;
  readonly ground: string;
}

/** The colours of a light or dark scheme. */
export interface Palette {
  readonly paper: string;
  readonly card: string;
  readonly edge: string;
  readonly ink: string;
  readonly quiet: string;
  readonly wire: string;
  readonly accents: readonly Accent[];
  /** The colours of the marks, see marks.ts. */
  readonly marks: Readonly<Record<"ok" | "failed" | "unknown", string>>;
}
