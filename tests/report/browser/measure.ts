import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Page } from "playwright-core";

/** What is wrong with a picture as a browser shows it, and what is in it. */
export interface Measured {
  readonly faults: readonly string[];
  /** All texts; of those that are cut, the whole. */
  readonly texts: readonly string[];
  /** The routes' arrowheads. */
  readonly arrows: number;
}

const script = readFileSync(join(__dirname, "in-page.js"), "utf8");

/**
 * Measures the SVG that a page shows: no text may overlap another, leave its card or the picture, touch a line, or be hard to tell from its ground.
 */
export function measure(page: Page): Promise<Measured> {
  return page.evaluate<Measured>(script);
}
