/** The result of checking a network, as a standalone HTML page: without scripts or external resources, for light and dark mode. */
import type { Mark } from "./picture/marks";
import { escaped } from "./picture/shapes";
import type { Table } from "./table";

/** A page's content. */
export interface Report {
  /** The subject, such as `lab-dev` or `2 stacks`. */
  readonly subject: string;
  readonly date: Date;
  /** One line that summarizes all results. */
  readonly summary: string;
  readonly isOk: boolean;
  /** An SVG. */
  readonly picture: string;
  /** The answers of the services. */
  readonly answers: Table;
  readonly groups: readonly ReportGroup[];
}

/** Results under a heading. */
export interface ReportGroup {
  readonly subject: string;
  readonly lines: readonly ReportLine[];
}

/** One result. */
export interface ReportLine {
  readonly what: string;
  readonly outcome: Mark | "warning" | "differs";
  readonly message: string;
  readonly fix?: string;
}

const style = `
:root { color-scheme: light dark; --ink: #0f172a; --quiet: #526077; --paper: #fff; --edge: #d5dde7; --ok: #15803d; --failed: #b91c1c; --warn: #92400e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eef6; --quiet: #9fb0c5; --paper: #0b1017; --edge: #324055; --ok: #4ade80; --failed: #f87171; --warn: #fbbf24; }
}
body { margin: 0 auto; max-width: 1040px; padding: 24px 20px 48px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 28px 0 8px; }
p { margin: 0 0 16px; color: var(--quiet); } .verdict { font-weight: 650; }
svg { max-width: 100%; height: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; color: var(--quiet); font-weight: 600; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--edge); vertical-align: top; overflow-wrap: anywhere; }
td:nth-child(-n + 2), th { white-space: nowrap; } .fix { display: block; color: var(--quiet); }
.ok { color: var(--ok); } .failed { color: var(--failed); } .warning, .unknown { color: var(--warn); }
.ok, .failed, .warning, .unknown { font-weight: 650; }`;

/** Returns the HTML page. */
export function reportPage({ subject, date, summary, isOk, picture, answers, groups }: Report): string {
  const verdict = `<span class="verdict ${isOk ? "ok" : "failed"}">${isOk ? "All as planned" : "Not as planned"}</span>`;
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(`${isOk ? "All as planned" : "Not as planned"}: ${subject}`)}</title>`,
    `<style>${style}</style>`,
    "</head>",
    "<body>",
    `<h1>The network of ${escaped(subject)}</h1>`,
    `<p>${verdict} on <time datetime="${date.toISOString()}">${dateText(date)}</time>: ${escaped(summary)}</p>`,
    `<div class="wide">${picture.trim()}</div>`,
    ...(answers.lines.length === 0 ? [] : ["<h2>What services answered</h2>", tableOf(answers)]),
    ...groups.flatMap((group) => [`<h2>${escaped(group.subject)}</h2>`, linesOf(group)]),
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** Formats a date as `2026-11-25 14:03 UTC`. */
const dateText = (date: Date) => `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;

function tableOf({ header, lines }: Table): string {
  const head = header.map((title) => `<th scope="col">${escaped(title)}</th>`).join("");
  const rows = lines.map((cells) => `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`);
  return `<div class="wide"><table>\n<tr>${head}</tr>\n${rows.join("\n")}\n</table></div>`;
}

function linesOf({ lines }: ReportGroup): string {
  const rows = lines.map(({ what, outcome, message, fix }) => {
    const text = `${escaped(message)}${fix === undefined ? "" : `<span class="fix">${escaped(fix)}</span>`}`;
    return `<tr><td class="${outcome}">${outcome}</td><td>${escaped(what)}</td><td>${text}</td></tr>`;
  });
  return `<table>\n${rows.join("\n")}\n</table>`;
}
