/** The pieces of an SVG, as text. All measures are in its units, which are pixels where nothing scales it. */

import { badge, type Mark } from "./marks";

/** Where something is, and how large. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

export function rectangle({ x, y, width, height }: Box, kind: string, radius: number): string {
  return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}"/>`;
}

/** A box with things in it. */
export function card(box: Box, kind: string, radius: number, ...content: readonly string[]): string {
  return group("card", rectangle(box, kind, radius), ...content);
}

/** A group in the colour of its mark, with the mark's badge at a point; as it is, where there is no mark. */
export function marked(mark: Mark | undefined, x: number, y: number, content: string): string {
  return mark === undefined ? content : group(`is-${mark}`, content, badge(x, y, mark));
}

export function group(kind: string, ...content: readonly string[]): string {
  return [`<g class="${kind}">`, ...content, "</g>"].join("\n");
}

/** A line of text from its left end, or to its right one; `y` is the baseline. */
export function label(x: number, y: number, text: string, kind: string, end = false): string {
  return `<text class="${kind}" x="${x}" y="${y}"${end ? ' text-anchor="end"' : ""}>${escaped(text)}</text>`;
}

/** A label with a text that may be too long for its place: the middle of it goes, and the whole of it shows on hovering. */
export function fittedLabel(x: number, y: number, text: string, width: number, kind: string): string {
  const room = Math.floor(width / MONO_ADVANCE);
  if (text.length <= room) return label(x, y, text, kind);
  const head = Math.ceil((room - 1) / 2);
  const cut = `${text.slice(0, head)}…${text.slice(text.length - (room - 1 - head))}`;
  return group("cut", `<title>${escaped(text)}</title>`, label(x, y, cut, kind));
}

/** The widest that a character of a fixed-width font of 13 pixels is: 0.61 of its size. */
const MONO_ADVANCE = 13 * 0.61;

export function horizontal(from: number, to: number, y: number, kind: string): string {
  return `<path class="${kind}" d="M${from} ${y}H${to}"/>`;
}

export function vertical(x: number, from: number, to: number, kind: string): string {
  return `<path class="${kind}" d="M${x} ${from}V${to}"/>`;
}

export function dot(x: number, y: number, radius: number, kind: string): string {
  return `<circle class="${kind}" cx="${x}" cy="${y}" r="${radius}"/>`;
}

/** A triangle that points to the right, its tip at the given point. */
export function arrowhead(x: number, y: number): string {
  return `<path class="head" d="M${x} ${y}l-9 -5v10z"/>`;
}
