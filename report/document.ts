import type { UnresolvedPlan } from "../config/plan";
import type { Row } from "./rows";
import { addressTable, domainTable, formTable, forMarkdown, nameTable, reservationTable } from "./table";

const begin = "<!-- begin: written by make plan -->";
const end = "<!-- end -->";

/** Returns the document with new content between its markers; undefined if it has no markers. */
export function withTables(document: string, rows: readonly Row[], plans: readonly UnresolvedPlan[] = []): string | undefined {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) return undefined;
  const reservations = reservationTable(plans);
  const names = nameTable(plans);
  const domains = domainTable(plans);
  const part = [
    begin,
    "",
    forMarkdown(addressTable(rows)),
    "",
    "The same routes in the words of the router's form (LAN, Route), if you enter them by hand:",
    "",
    forMarkdown(formTable(rows)),
    "",
    ...(reservations.lines.length === 0 ? [] : ["The addresses that the router reserves for nodes:", "", forMarkdown(reservations), ""]),
    ...(names.lines.length === 0 ? [] : ["The names that the router resolves:", "", forMarkdown(names), ""]),
    ...(domains.lines.length === 0 ? [] : ["The domains that the router forwards to a DNS server:", "", forMarkdown(domains), ""]),
    end,
  ];
  return `${document.slice(0, from)}${part.join("\n")}${document.slice(to + end.length)}`;
}
