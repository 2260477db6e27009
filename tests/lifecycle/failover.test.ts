import assert from "node:assert/strict";

import { figuresOf } from "../../lab/cli/failover/figures";
import { nextHopOf, setMode } from "../../lab/cli/failover/mode";
import { FAULTS, faults, type FaultName } from "../../lab/failover/faults";
import { failoverRound } from "../../lab/failover/round";
import { deployEverywhere } from "../../lab/failover/workload";
import type { Lab } from "../../lab/lab";
import { endLab, raiseLab } from "../support/lab";
import { untilNodesTakePods } from "../support/nodes";

const stack = "lab-dev";

/** Faults that do not concern the next hop: no request may fail. */
const unnoticed: readonly FaultName[] = ["speaker-elsewhere", "drain"];

describe("a floating next hop, on three masters", function () {
  this.timeout(900_000);
  let lab: Lab;
  let url: string;

  before(async () => {
    lab = await raiseLab("test-failover", { stacks: [stack], masters: 3 });
    await untilNodesTakePods(lab.cluster(stack));
    await setMode(lab, stack, "floating");
    url = await deployEverywhere(lab, stack);
  });
  after(() => endLab(lab));

  for (const fault of FAULTS) {
    it(`serves a client again when ${faults[fault].what}`, async () => {
      const { round } = await failoverRound(lab, { stack, fault, nextHop: nextHopOf("floating"), url });
      const { outage, unended, onReturn } = figuresOf(round);
      console.log(
        `      ${outage.toFixed(1)} s without an answer, on return ${onReturn.toFixed(1)} s, two owners for ${round.conflict.toFixed(1)} s`,
      );
      assert.ok(!unended, "only the repair ended the outage");
      assert.ok(round.to, "nobody has the next hop");
      if (unnoticed.includes(fault)) assert.deepEqual([round.failed, round.to], [0, round.from]);
      if (fault === "power-off" || fault === "link-cut") assert.notEqual(round.to, round.from);
    });
  }
});
