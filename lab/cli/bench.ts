import { versions } from "../tools/catalogue";
import { compare } from "./bench/compare";
import { labRows } from "./bench/lab";
import { planRows } from "./bench/plan";
import { writeBenchmarksPage } from "./benchmarks-page";
import { PARTS, record, type Measured, type Part } from "./bench/record";

export interface BenchOptions {
  /** Measures only this part, and keeps the other parts of the table. */
  readonly only?: Part;
}

const measure: Record<Part, () => Promise<Measured>> = {
  compare: async () => ({ versions, ...(await compare()) }),
  lab: async () => ({ versions, rows: await labRows() }),
  plan: async () => ({ rows: await planRows() }),
};

/** Measures how long a user waits, and writes samples and page after each part. */
export async function bench({ only }: BenchOptions): Promise<void> {
  for (const part of only === undefined ? PARTS : [only]) {
    console.log(record(part, await measure[part]()));
    writeBenchmarksPage();
  }
}
