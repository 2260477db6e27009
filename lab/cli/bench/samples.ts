/** One line of the table. */
export interface Row {
  readonly what: string;
  /** Empty if there is no goal. */
  readonly goal: string;
  /** One for each round, in the row's unit. */
  readonly samples: readonly number[];
  readonly unit: "s" | "MiB" | "GiB";
}

/** Two ways to the same result, measured in turns. */
export interface Comparison {
  readonly what: string;
  /** Seconds, one for each round. */
  readonly samples: readonly number[];
  /** The other way, such as the raw tools. */
  readonly beside: { readonly what: string; readonly samples: readonly number[] };
  /** The goal: at most this multiple of the other way's median. */
  readonly most: number;
}
