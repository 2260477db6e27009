import { cidrOf } from "../../config/address/address";
import type { Plan, Route } from "../../config/plan";
import type { Finding } from "../../config/problem";
import type { Judged, Judgement } from "../driver";
import type { AsusReading } from "./reading";
import type { LiveRoute } from "./table";
import { overrideFindings } from "./override-findings";
import { locateRoute, editedRecordOf, isOwnLine, leadsTo, refusalsOf } from "./refusals";
import { recordOf } from "../../config/route-list";
import { isRecordOf, parseList, parseRecord, renderList, unfilled } from "./rule-list";

/** Predicts the result of the script in `script/`. `tests/lab/router/agreement.test.ts` checks that both agree. */
export function judge({ plan, owned, mayBeMissing = false, announced = false, reading }: Judged<AsusReading>): Judgement {
  const plannedRecords = plan.routes.map(recordOf);
  const same = !mayBeMissing && isSame(plannedRecords, owned);
  const destinations = owned.map(destinationOf);
  // The update corrects routes that the stack has already, and removes those that are no longer planned before it adds new ones.
  const isManaged = (route: Route) => !mayBeMissing && destinations.includes(destinationOf(recordOf(route)));
  const gone = owned.filter((record) => !plannedRecords.map(destinationOf).includes(destinationOf(record)));
  const differences = same ? differencesOf(plan, plan.routes, reading) : [];
  const kept = same || mayBeMissing ? [] : plan.routes.filter((route) => owned.includes(recordOf(route)));
  const before = withoutOwned(reading, mayBeMissing ? owned : gone);
  const routeCheck = { plan, reading: before, isManaged, announced };
  const overrides = overrideFindings(routeCheck);
  const refusals = [...refusalsOf(routeCheck), ...overrides.refusals];
  const warnings = [...overrides.warnings, ...differencesOf(plan, kept, reading)];
  return same && differences.length === 0
    ? { refusals: [], differences, warnings: [...refusals, ...warnings], overrides: overrides.refusals }
    : { refusals, differences, warnings, overrides: overrides.refusals };
}

const isSame = (some: readonly string[], others: readonly string[]) =>
  some.length === others.length && some.every((text) => others.includes(text));
const destinationOf = (record: string) => record.split(">", 2).join(">");

/** Whether a router has none of some records, in its list and in its table. */
export function lacks(reading: AsusReading, records: readonly string[]): boolean {
  const { list, table } = withoutOwned(reading, records);
  return list === reading.list && table.length === reading.table.length;
}

/** Returns the router's state after the removal of some routes. */
function withoutOwned(reading: AsusReading, owned: readonly string[]): AsusReading {
  const { preamble, records } = parseList(reading.list);
  const removed = owned.flatMap((record) => parseRecord(record) ?? []);
  const isGone = (line: LiveRoute) =>
    removed.some(
      ({ destination, netmask, gateway, metric }) =>
        line.destination === destination &&
        cidrOf(line.destination, line.prefix).netmask === netmask &&
        line.gateway === gateway &&
        line.interface === reading.lanInterface &&
        line.metric === metric + 1,
    );
  const remaining = records.filter((record) => !owned.some((own) => record === own || record === unfilled(own)));
  return { ...reading, list: renderList({ preamble, records: remaining }), table: reading.table.filter((line) => !isGone(line)) };
}

/** Reports how some of the stack's routes on the router differ from the plan. */
function differencesOf(plan: Plan, routes: readonly Route[], reading: AsusReading): Finding[] {
  const list = parseList(reading.list);
  return routes.flatMap((route) => {
    const warning = (rule: string): Finding => ({ ...locateRoute(plan, route), rule, fix: "pulumi up corrects it" });
    const copies = list.records.filter((record) => isRecordOf(record, route)).length;
    const edited = editedRecordOf({ reading, isManaged: () => true }, route);
    const lines = reading.table.filter((line) => leadsTo(line, route));
    return [
      ...(copies === 0 && edited === undefined ? [warning("its record is missing from the router's list")] : []),
      ...(edited === undefined ? [] : [warning(`its record was changed on the router to '<${edited}'`)]),
      ...(copies > 1 ? [warning("its record is in the router's list twice")] : []),
      ...(reading.enabled === "1" ? [] : [warning("static routes are switched off on the router")]),
      ...(lines.some((line) => isOwnLine(line, route, reading)) ? [] : [warning("it is missing from the router's table")]),
      ...lines
        .filter((line) => !isOwnLine(line, route, reading))
        .map(({ line }) => warning(`the router's table has '${line}' for the same destination`)),
    ];
  });
}
