import type { FailoverRound } from "../../failover/round";

/** What a client saw of one round. */
export interface Figures {
  /** The longest time without an answer that began before the mending, in seconds. */
  readonly outage: number;
  /** Whether it lasted until the fault was mended: then nothing but the mending ended it. */
  readonly unended: boolean;
  /** The longest time without an answer after the mending, in seconds. */
  readonly onReturn: number;
  /** Until when single requests failed before the mending, in seconds after the fault. */
  readonly lastFailure: number;
  /** Of all requests that failed, as a share of one. */
  readonly failed: number;
}

export function figuresOf({
  gaps,
  mended,
  lastFailure,
  failed,
  requests,
}: Pick<FailoverRound, "gaps" | "mended" | "lastFailure" | "failed" | "requests">): Figures {
  const longest = (some: FailoverRound["gaps"]): number => Math.max(0, ...some.map(([, length]) => length));
  const first = gaps.filter(([start, length]) => start < mended && start + length > 0);
  return {
    outage: longest(first),
    unended: first.some(([start, length]) => start + length > mended),
    onReturn: longest(gaps.filter(([start]) => start >= mended)),
    lastFailure: lastFailure ?? 0,
    failed: failed / requests,
  };
}

/** The value that so large a share of the sorted values does not exceed: the nearest rank, so that it is one that was measured. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
