import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Page } from "playwright-core";

/** The faults and the content of a picture in a browser. */
export interface Measured {
  readonly faults: readonly string[];
  /** All texts; shortened texts in full. */
  readonly texts: readonly string[];
  /** The routes' arrowheads. */
  readonly arrows: number;
}

const script = readFileSync(join(__dirname, "in-page.js"), "utf8");

/**
 * Measures the SVG on a page: no text may overlap another one, leave its card or the picture, touch a line, or have too little contrast.
 */
export function measure(page: Page): Promise<Measured> {
  return page.evaluate<Measured>(script);
}
