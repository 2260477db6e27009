import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Page } from "playwright-core";

/** The marks that a picture shows. */
export interface Hops {
  readonly marks: readonly Hop[];
  /** The colours of the routes' lines and arrowheads. */
  readonly lines: readonly string[];
}

/** A part of the picture with a badge: its first text, the badge's title, and both colours. */
export interface Hop {
  readonly of: string;
  readonly mark: string;
  readonly badge: string;
  readonly outline: string;
}

const script = readFileSync(join(__dirname, "hops-in-page.js"), "utf8");

/** Returns the marked parts of the picture on a page. */
export const hopsOf = (page: Page): Promise<Hops> => page.evaluate<Hops>(script);

/** The colours of the light scheme. */
export const COLOURS = { ok: "rgb(21, 128, 61)", failed: "rgb(220, 38, 38)", unknown: "rgb(180, 83, 9)" } as const;

/** Opens a page with a file's content, as a browser does from a disk. */
export async function showPage(page: Page, html: string): Promise<void> {
  await page.goto(`data:text/html;charset=utf-8;base64,${Buffer.from(html).toString("base64")}`);
}
