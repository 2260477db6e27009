import type { Palette } from "./palette";

/** The result of checking a part of the picture. */
export type Mark = "ok" | "failed" | "unknown";

/** The marks of a stack's parts. A part without an entry gets no mark. */
export interface StackMarks {
  readonly router?: Mark;
  /** The marks of routes by destination, such as `10.5.0.0/24`. */
  readonly routes?: ReadonlyMap<string, Mark>;
  readonly node?: Mark;
  /** The marks of pools by name. */
  readonly pools?: ReadonlyMap<string, Mark>;
}

/** The marks of a household, by stack. */
export type Marks = ReadonlyMap<string, StackMarks>;

const signs: Readonly<Record<Mark, string>> = {
  ok: "M-4 0l3 3 5-6",
  failed: "M-3.5-3.5l7 7M3.5-3.5l-7 7",
  unknown: "M-2.800-1.500a2.800 2.800 0 1 1 4 2.500q-1.200 .600-1.200 1.600M0 5.200h.01",
};

/** Draws a badge centred at a point. Its shape shows the mark without relying on colour. */
export function badge(x: number, y: number, mark: Mark): string {
  const sign = `<circle r="9"/><path d="${signs[mark]}"/>`;
  return `<g class="badge" transform="translate(${x} ${y})"><title>${mark}</title>${sign}</g>`;
}

/** Returns the worst mark; undefined if there is none. */
export function worst(marks: readonly (Mark | undefined)[]): Mark | undefined {
  return (["failed", "unknown", "ok"] as const).find((mark) => marks.includes(mark));
}

/** The style rules for marked parts. */
export const markShapes = `
.badge circle { stroke-width: 2; }
.badge path { stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; fill: none; }
.is-failed .route { stroke-dasharray: 6 6; }
.is-unknown .route { stroke-dasharray: 1 6; stroke-linecap: round; }`;

export const markColours = ({ marks, card, paper }: Palette) =>
  Object.entries(marks)
    .map(
      ([mark, colour]) => `
.section .is-${mark} .box { stroke: ${colour}; stroke-width: 2; }
.section .is-${mark} .route { stroke: ${colour}; }
.section .is-${mark} .stop, .section .is-${mark} .head { fill: ${colour}; }
.is-${mark} > .badge circle { fill: ${colour}; stroke: ${paper}; }
.is-${mark} > .badge path { stroke: ${card}; }`,
    )
    .join("");
