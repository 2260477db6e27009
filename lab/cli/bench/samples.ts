/** One line of the table. */
export interface Row {
  readonly what: string;
  /** Empty where there is none. */
  readonly goal: string;
  /** One for each round, in the row's unit. */
  readonly samples: readonly number[];
  readonly unit: "s" | "MiB" | "GiB";
}

/** Two ways to the same end, measured in turns. */
export interface Comparison {
  readonly what: string;
  /** Seconds, one for each round. */
  readonly samples: readonly number[];
  /** What it is held against. */
  readonly beside: { readonly what: string; readonly samples: readonly number[] };
  /** The goal: at most so many times what is beside it, by the medians. */
  readonly most: number;
}
