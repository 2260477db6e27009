import type { ClusterState } from "../cluster/diagnosis/cluster-state";
import { countText, type Row } from "./rows";

/** A table's header and lines. */
export interface Table {
  readonly header: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/** The table of addresses. */
export function addressTable(rows: readonly Row[]): Table {
  const lines = rows.map(({ cidr, inUse, cluster, pool, capacity, form }) => [
    cidr,
    inUse ? "yes" : "no",
    cluster ?? "(free)",
    pool ?? "",
    form?.netmask ?? "",
    form?.gateway ?? (inUse ? "(no route)" : ""),
    countText(capacity),
  ]);
  return { header: ["CIDR", "In use", "Assigned cluster", "Pool", "Netmask", "Next hop", "Capacity"], lines };
}

/** What one would type into the router's form, one line for each route. The metric is there only where some route has one. */
export function formTable(rows: readonly Row[]): Table {
  const forms = rows.flatMap(({ form }) => (form === undefined ? [] : [form]));
  const metric = forms.some((form) => form.metric > 0);
  return {
    header: ["Network/Host IP", "Netmask", "Gateway", ...(metric ? ["Metric"] : [])],
    lines: forms.map((form) => [form.network, form.netmask, form.gateway, ...(metric ? [String(form.metric)] : [])]),
  };
}

/** The services that have an address, as the clusters say. */
export function serviceTable(live: ReadonlyMap<string, ClusterState>): Table {
  const lines = [...live].flatMap(([stack, { services }]) =>
    services.map(({ name, addresses, pool }) => [addresses.join(", "), name, pool, stack]),
  );
  return { header: ["Address", "Service", "Pool", "Cluster"], lines };
}

/** A table for a terminal. */
export function forTerminal({ header, lines }: Table): string {
  const widths = widthsOf({ header, lines });
  const render = (cells: readonly string[]) => pad(cells, widths).join("  ").trimEnd();
  return [header, widths.map((width) => "-".repeat(width)), ...lines].map(render).join("\n");
}

/** A table in Markdown, laid out as Prettier would. */
export function forMarkdown({ header, lines }: Table): string {
  const widths = widthsOf({ header, lines }).map((width) => Math.max(width, 3));
  const render = (cells: readonly string[]) => `| ${pad(cells, widths).join(" | ")} |`;
  return [header, widths.map((width) => "-".repeat(width)), ...lines].map(render).join("\n");
}

const widthsOf = ({ header, lines }: Table) =>
  header.map((title, column) => Math.max(title.length, ...lines.map((cells) => cells[column]?.length ?? 0)));
const pad = (cells: readonly string[], widths: readonly number[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
