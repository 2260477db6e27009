import type { Table } from "../../../report/table";
import { median } from "./median";
import type { Row } from "./samples";

/** What was measured at one size. */
export interface Point {
  readonly size: number;
  readonly samples: readonly number[];
}

/** From one size to the next one. */
export interface Step {
  readonly from: number;
  readonly to: number;
  /** What each further one costs, by the medians. */
  readonly each: number;
}

/** By how much a sample may be above what the smaller sizes lead to, beside what samples of one size differ by. */
const MARGIN = 1.1;

/** What each further one costs from each size to the next. @param points in the order of their sizes */
export function stepsOf(points: readonly Point[]): Step[] {
  return points.slice(1).map((point, index) => {
    const before = points[index] ?? point;
    const each = (median(point.samples) - median(before.samples)) / (point.size - before.size);
    return { from: before.size, to: point.size, each };
  });
}

/**
 * Whether what was measured grows no worse than linearly, a base that does not grow set aside: nowhere by a larger factor than the size, and from each size on by
 * no more for each further one than before, as far as the samples can tell, which differ among themselves.
 *
 * @param points in the order of their sizes, two at least
 */
export function isLinear(points: readonly Point[]): boolean {
  return points.slice(1).every((point, index) => {
    const [earlier, before] = [points[index - 1], points[index]];
    if (before === undefined) return true;
    if (Math.min(...point.samples) > (Math.max(...before.samples) * point.size) / before.size) return false;
    // Nothing came before the first step with which it could be compared, but that it may cost.
    if (earlier === undefined) return true;
    const most = Math.max(0, (Math.max(...before.samples) - Math.min(...earlier.samples)) / (before.size - earlier.size));
    return Math.min(...point.samples) <= MARGIN * (Math.max(...before.samples) + most * (point.size - before.size));
  });
}

/** Each series of the rows, with what each further one costs and whether that is no worse than linear. */
export function growthTable(rows: readonly Row[]): Table {
  const names = [...new Set(rows.flatMap(({ series }) => series?.names ?? []))];
  const lines = names.map((name) => {
    const members = rows.flatMap(({ series, samples, unit }) =>
      series?.names.includes(name) ? [{ size: series.size, samples, unit }] : [],
    );
    const points = members.sort((one, other) => one.size - other.size);
    const unit = points[0]?.unit ?? "s";
    const [first = "", second = ""] = stepsOf(points).map(({ from, to, each }) => `${forEach(each, unit)} (${from} to ${to})`);
    return [name, first, second, isLinear(points) ? "yes" : "no"];
  });
  return { header: ["what grows", "each further one", "each one after that", "no worse than linear"], lines };
}

function forEach(each: number, unit: Row["unit"]): string {
  if (each <= 0) return "nothing";
  const [value, shown] = unit === "s" ? [each * 1000, "ms"] : [each, unit];
  return `${value < 10 ? value.toPrecision(2) : value.toFixed(0)} ${shown}`;
}
