import type { FailoverRound } from "../../failover/round";

/** What a client observed in one round. */
export interface Figures {
  /** The longest time without an answer that began before the repair, in seconds. */
  readonly outage: number;
  /** Whether the outage lasted until the repair. */
  readonly unended: boolean;
  /** The longest time without an answer after the repair, in seconds. */
  readonly onReturn: number;
  /** The last failed request before the repair, in seconds after the fault. */
  readonly lastFailure: number;
  /** The share of requests that failed, from 0 to 1. */
  readonly failed: number;
}

export function figuresOf({
  gaps,
  repaired,
  lastFailure,
  failed,
  requests,
}: Pick<FailoverRound, "gaps" | "repaired" | "lastFailure" | "failed" | "requests">): Figures {
  const longest = (some: FailoverRound["gaps"]): number => Math.max(0, ...some.map(([, length]) => length));
  const first = gaps.filter(([start, length]) => start < repaired && start + length > 0);
  return {
    outage: longest(first),
    unended: first.some(([start, length]) => start + length > repaired),
    onReturn: longest(gaps.filter(([start]) => start >= repaired)),
    lastFailure: lastFailure ?? 0,
    failed: failed / requests,
  };
}

/** Returns a percentile of sorted values: the nearest rank, so that the result is a measured value. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
