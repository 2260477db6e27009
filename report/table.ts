import type { ClusterState } from "../cluster/diagnosis/cluster-state";
import type { UnresolvedPlan } from "../config/plan";
import { onOneLine } from "../config/printable";
import { reservationsIn } from "../router/records";
import { countText, type Row } from "./rows";

/** A table's header and rows. */
export interface Table {
  readonly header: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/** Returns the table of addresses. */
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

/** Returns the values to enter in the router's form, one row per route. The metric's column exists only if a route has one. */
export function formTable(rows: readonly Row[]): Table {
  const forms = rows.flatMap(({ form }) => (form === undefined ? [] : [form]));
  const metric = forms.some((form) => form.metric > 0);
  return {
    header: ["Network/Host IP", "Netmask", "Gateway", ...(metric ? ["Metric"] : [])],
    lines: forms.map((form) => [form.network, form.netmask, form.gateway, ...(metric ? [String(form.metric)] : [])]),
  };
}

/** Returns the table of the addresses that routers reserve for nodes. */
export function reservationTable(plans: readonly UnresolvedPlan[]): Table {
  const lines = plans.flatMap((plan) =>
    reservationsIn(plan).map(({ address, mac }) => [address, mac ?? "(as the router sees it)", plan.stack]),
  );
  return { header: ["Reserved address", "Hardware address", "Stack"], lines };
}

/** Returns the table of the names that routers resolve. */
export function nameTable(plans: readonly UnresolvedPlan[]): Table {
  return { header: ["Name", "Address", "Stack"], lines: nameLines(plans, false) };
}

/** Returns the table of the domains that routers forward. */
export function domainTable(plans: readonly UnresolvedPlan[]): Table {
  return { header: ["Domain", "DNS server", "Stack"], lines: nameLines(plans, true) };
}

const nameLines = (plans: readonly UnresolvedPlan[], domains: boolean): string[][] =>
  plans.flatMap(({ stack, names }) =>
    names.flatMap(({ name, address, forwarded = false }) => (forwarded === domains ? [[name, address, stack]] : [])),
  );

/** Returns the table of services with an address, as the clusters report them. */
export function serviceTable(live: ReadonlyMap<string, ClusterState>): Table {
  const lines = [...live].flatMap(([stack, { services }]) =>
    services.map(({ name, addresses, pool }) => [addresses.join(", "), name, pool, stack]),
  );
  return { header: ["Address", "Service", "Pool", "Cluster"], lines };
}

/** Formats a table for a terminal. */
export function forTerminal(table: Table): string {
  const { header, lines } = onOneLineEach(table);
  const widths = widthsOf({ header, lines });
  const render = (cells: readonly string[]) => pad(cells, widths).join("  ").trimEnd();
  return [header, widths.map((width) => "-".repeat(width)), ...lines].map(render).join("\n");
}

/** Formats a table as Markdown, in Prettier's layout. */
export function forMarkdown(table: Table): string {
  const { header, lines } = onOneLineEach(table);
  const widths = widthsOf({ header, lines }).map((width) => Math.max(width, 3));
  const render = (cells: readonly string[]) => `| ${pad(cells, widths).join(" | ")} |`;
  return [header, widths.map((width) => "-".repeat(width)), ...lines].map(render).join("\n");
}

/** Names of services come from a cluster. */
const onOneLineEach = ({ header, lines }: Table): Table => ({ header, lines: lines.map((cells) => cells.map(onOneLine)) });
const widthsOf = ({ header, lines }: Table) =>
  header.map((title, column) => Math.max(title.length, ...lines.map((cells) => cells[column]?.length ?? 0)));
const pad = (cells: readonly string[], widths: readonly number[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
