/** Elements of an SVG, as text. Lengths are in SVG units, which are pixels without scaling. */

import { printable } from "../../config/printable";
import { badge, type Mark } from "./marks";

/** The position and size of an element. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const escaped = (text: string) => printable(text).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

export function rectangle({ x, y, width, height }: Box, kind: string, radius: number): string {
  return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}"/>`;
}

/** Draws a box with content. */
export function card(box: Box, kind: string, radius: number, ...content: readonly string[]): string {
  return group("card", rectangle(box, kind, radius), ...content);
}

/** Returns a group with the mark's colour and with its badge at a point; without a mark, the content unchanged. */
export function marked(mark: Mark | undefined, x: number, y: number, content: string): string {
  return mark === undefined ? content : group(`is-${mark}`, content, badge(x, y, mark));
}

export function group(kind: string, ...content: readonly string[]): string {
  return [`<g class="${kind}">`, ...content, "</g>"].join("\n");
}

/** Draws a line of text that starts, or ends, at a point. `y` is the baseline. */
export function label(x: number, y: number, text: string, kind: string, end = false): string {
  return `<text class="${kind}" x="${x}" y="${y}"${end ? ' text-anchor="end"' : ""}>${escaped(text)}</text>`;
}

/** Draws a label that may be too long: shortens it in the middle, and shows all of it on hovering. */
export function fittedLabel(x: number, y: number, text: string, width: number, kind: string): string {
  const maxCharacters = Math.floor(width / MONO_ADVANCE);
  if (text.length <= maxCharacters) return label(x, y, text, kind);
  const head = Math.ceil((maxCharacters - 1) / 2);
  const cut = `${text.slice(0, head)}…${text.slice(text.length - (maxCharacters - 1 - head))}`;
  return hinted(text, label(x, y, cut, kind));
}

/** Returns an element that shows a text on hovering. */
export function hinted(text: string, element: string): string {
  return group("cut", `<title>${escaped(text)}</title>`, element);
}

/** The width of the widest character in a fixed-width font of 13 pixels: 0.61 of its size. */
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

/** Draws a triangle that points to the right, with its tip at a point. */
export function arrowhead(x: number, y: number): string {
  return `<path class="head" d="M${x} ${y}l-9 -5v10z"/>`;
}
