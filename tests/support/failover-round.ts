import type { Run } from "../../lab/cli/failover/samples";

/** A round in which another node takes over a floating next hop. */
export const failoverRound: Run = {
  mode: "floating",
  date: "2026-01-03",
  fault: "power-off",
  from: "one",
  to: "two",
  repaired: 20,
  requests: 400,
  failed: 100,
  lastFailure: 9.5,
  gaps: [[0.1, 5]],
  conflict: 0,
  detected: 3,
  claimed: 4,
};
