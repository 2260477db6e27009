import { FAULTS, faults } from "../../failover/faults";
import { duration } from "../../../report/duration";
import type { Table } from "../../../report/table";
import { figuresOf, percentile } from "./figures";
import { MODES, roundsOf, type Run } from "./samples";

/** Returns one line for each fault and each mode in which it was measured. */
export function failoverTable(runs: readonly Run[]): Table {
  const header = [
    "what happens",
    "mode",
    "no answer: p50",
    "p95",
    "failures until: p50",
    "p95",
    "on return: p95",
    "two owners: most",
    "rounds",
  ];
  const lines = FAULTS.flatMap((fault) =>
    MODES.flatMap((mode) => {
      const rounds = roundsOf(runs, mode, fault);
      return rounds.length === 0 ? [] : [[faults[fault].what, mode, ...cells(rounds), String(rounds.length)]];
    }),
  );
  return { header, lines };
}

function cells(rounds: readonly Run[]): string[] {
  const all = rounds.map(figuresOf);
  const of = (pick: (figures: (typeof all)[number]) => number, share: number): number => percentile(all.map(pick), share);
  // An outage that did not end by itself counts as longer than any other.
  const outage = (share: number): string => {
    const value = of(({ outage, unended }) => (unended ? Infinity : outage), share);
    return value === Infinity ? "until repaired" : text(value);
  };
  const owners = Math.max(...rounds.map(({ conflict }) => conflict));
  return [
    outage(0.5),
    outage(0.95),
    text(of(({ lastFailure }) => lastFailure, 0.5)),
    text(of(({ lastFailure }) => lastFailure, 0.95)),
    text(of(({ onReturn }) => onReturn, 0.95)),
    text(owners),
  ];
}

const text = (seconds: number): string => (seconds === 0 ? "none" : duration(seconds));
