/** One line of the table. */
export interface Row {
  readonly what: string;
  /** Empty where there is none. */
  readonly goal: string;
  /** One for each round, in the row's unit. */
  readonly samples: readonly number[];
  readonly unit: "s" | "MiB" | "GiB";
  /** What the row is a point of, and at which size: below the tables it is said whether that grows no worse than linearly. */
  readonly series?: { readonly names: readonly string[]; readonly size: number };
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
