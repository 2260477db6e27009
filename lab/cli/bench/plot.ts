/** Draws the benchmark's comparisons. */
import { duration } from "../../../report/duration";
import { median } from "./median";
import type { Comparison } from "./samples";
import { escapeXml } from "../../../report/escape-xml";

const LEFT = 330;
const WIDTH = 960;
const BAR = 15;
const ROW = 58;
const TOP = 84;

/** Draws each comparison as two bars, this program's above the raw tools', with a mark at the goal. */
export function drawComparisons(comparisons: readonly Comparison[]): string {
  const pairs = comparisons.map(({ what, samples, beside, most }) => {
    const other = median(beside.samples);
    return { what, own: median(samples), other, against: beside.what, goal: other * most };
  });
  const longest = Math.max(1, ...pairs.flatMap(({ own, other, goal }) => [own, other, goal]));
  const x = (seconds: number): number => Math.round(LEFT + (seconds / longest) * (WIDTH - LEFT - 90));
  const height = TOP + pairs.length * ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="This program against the tools underneath, in seconds" font-family="system-ui, sans-serif">`,
    "<style>.s{fill:#fff}.t{fill:#1f2933;font-size:14px}.q{fill:#52606d;font-size:12px}.o{fill:#1d5fa8}.r{fill:#9aa5b1}.g{stroke:#8a4b00;stroke-width:2}@media(prefers-color-scheme:dark){.s{fill:#12181f}.t{fill:#e4e7eb}.q{fill:#9aa5b1}.o{fill:#6cb2ff}.r{fill:#52606d}.g{stroke:#f0b429}}</style>",
    `<rect class="s" width="${WIDTH}" height="${height}" rx="14"/>`,
    `<text class="t" x="24" y="34" font-weight="600">This program (upper bar) against the tools underneath (lower bar), medians</text>`,
    `<text class="q" x="24" y="56">The mark is the goal. Shorter is better.</text>`,
    ...pairs.flatMap(({ what, own, other, against, goal }, index) => {
      const y = TOP + index * ROW;
      return [
        `<text class="t" x="24" y="${y + 12}">${escapeXml(what)}</text>`,
        `<text class="q" x="24" y="${y + 30}">${escapeXml(against)}</text>`,
        `<rect class="o" x="${LEFT}" y="${y}" width="${x(own) - LEFT}" height="${BAR}" rx="3"/>`,
        `<rect class="r" x="${LEFT}" y="${y + BAR + 3}" width="${x(other) - LEFT}" height="${BAR}" rx="3"/>`,
        `<path class="g" d="M${x(goal)} ${y - 4}v${BAR + 8}"/>`,
        `<text class="q" x="${Math.max(x(own), x(goal)) + 8}" y="${y + 12}">${duration(own)}</text>`,
        `<text class="q" x="${x(other) + 8}" y="${y + BAR + 15}">${duration(other)}</text>`,
      ];
    }),
    "</svg>",
    "",
  ].join("\n");
}
