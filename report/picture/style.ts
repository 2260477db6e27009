import type { Palette } from "./palette";
import { markColours, markShapes } from "./marks";

const light: Palette = {
  paper: "#f8fafc",
  card: "#ffffff",
  edge: "#d5dde7",
  ink: "#0f172a",
  quiet: "#526077",
  wire: "#94a3b8",
  accents: [
    { line: "#2563eb", ground: "#eff5ff" },
    { line: "#0f9f76", ground: "#ecfbf4" },
    { line: "#9333ea", ground: "#f8f2ff" },
    { line: "#ea6a0a", ground: "#fff6ec" },
    { line: "#db2777", ground: "#fef1f7" },
    { line: "#0891b2", ground: "#ebfafe" },
  ],
  marks: { ok: "#15803d", failed: "#dc2626", unknown: "#b45309" },
};

const dark: Palette = {
  paper: "#0d131c",
  card: "#182230",
  edge: "#324055",
  ink: "#e8eef6",
  quiet: "#9fb0c5",
  wire: "#55657c",
  accents: [
    { line: "#6ea8ff", ground: "#101e36" },
    { line: "#3fd6a4", ground: "#0d2622" },
    { line: "#c792ff", ground: "#1f1733" },
    { line: "#ffa657", ground: "#2a1d11" },
    { line: "#ff8cc0", ground: "#2c1522" },
    { line: "#4dd3ee", ground: "#0b2530" },
  ],
  marks: { ok: "#4ade80", failed: "#f87171", unknown: "#fbbf24" },
};

/** The number of clusters with their own colour. Further clusters reuse the colours. */
export const ACCENTS = light.accents.length;

const sans = 'Inter, system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif';
const mono = '"JetBrains Mono", ui-monospace, "SF Mono", Menlo, "Cascadia Mono", Consolas, "DejaVu Sans Mono", monospace';

const shapes = `
text { font: 12px ${sans}; }
.title { font-size: 19px; font-weight: 650; }
.mono { font: 13px ${mono}; font-variant-ligatures: none; }
.name { font: 700 13px ${mono}; font-variant-ligatures: none; }
.lan { stroke-width: 3; stroke-linecap: round; fill: none; }
.route { stroke-width: 2; fill: none; }
.plain { stroke-width: 2; stroke-dasharray: 2 5; stroke-linecap: round; fill: none; }
.icon { stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; fill: none; }
.box { stroke-width: 1; }
.cluster { stroke-width: 1.5; }`;

const colours = ({ paper, card, edge, ink, quiet, wire, accents }: Palette) => `
.paper { fill: ${paper}; }
.box { fill: ${card}; stroke: ${edge}; }
text { fill: ${ink}; }
.quiet { fill: ${quiet}; }
.lan, .plain { stroke: ${wire}; }
.socket { fill: ${wire}; }
.icon { stroke: ${quiet}; }${accents
  .map(
    ({ line, ground }, index) => `
.a${index} .cluster { fill: ${ground}; stroke: ${line}; }
.a${index} .route, .a${index} .icon { stroke: ${line}; }
.a${index} .head, .a${index} .stop { fill: ${line}; }`,
  )
  .join("")}`;

/** The style sheet, which follows the viewer's light or dark mode. */
export const style = styleOf(shapes, colours);

/** The style sheet with the rules for marks. */
export const markedStyle = styleOf(shapes + markShapes, (palette) => colours(palette) + markColours(palette));

function styleOf(forms: string, coloursOf: (palette: Palette) => string): string {
  return `<style>${forms}${coloursOf(light)}
@media (prefers-color-scheme: dark) {${coloursOf(dark)}
}
</style>`;
}
