/** An upgrade between two releases of MetalLB whose speakers do not hear each other: docs/how-to/metallb-upgrade.md has what it measured. */
import assert from "node:assert/strict";

import { DEFAULT_CHART, EARLIER_CHART } from "../../config/metallb-releases";
import { contestedSeconds, type Claim } from "../../lab/failover/arp";
import { ignoreRedirects, watchClaims } from "../../lab/failover/round";
import { deployEverywhere } from "../../lab/failover/workload";
import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { failures, longestGap, Prober } from "../../lab/prober/prober";
import { provideEarlierMetallb, type MetallbRelease } from "../../lab/tools/extras";
import { until } from "../../lab/wait";
import { endLab, raiseLab } from "../support/lab";
import { untilNodesTakePods } from "../support/nodes";
import { RoutedStack } from "../support/routed-stack";
import { printed } from "../support/stack-edit";

const stack = "lab-dev";
const floating = "192.168.50.240";
/** For how long one host must be the only owner of the next hop, in milliseconds. */
const SETTLED = 15_000;

describe("MetalLB's upgrade with a floating next hop, on three masters", function () {
  this.timeout(900_000);
  let lab: Lab;
  let routed: RoutedStack;
  let earlier: MetallbRelease;
  let url: string;

  before(async () => {
    earlier = await provideEarlierMetallb(new Progress());
    lab = await raiseLab("test-gossip", { stacks: [stack], masters: 3 });
    const cluster = lab.cluster(stack);
    routed = new RoutedStack(lab, stack);
    await untilNodesTakePods(cluster);
    await cluster.loadImages(earlier.images);
    write(EARLIER_CHART);
    await routed.up();
    url = await deployEverywhere(lab, stack);
    await ignoreRedirects(lab);
  });
  after(() => endLab(lab));

  const write = (version: string): void => {
    const chart = version === EARLIER_CHART ? { "metallb.version": version, "metallb.chart": earlier.chart } : {};
    routed.edited.write({ "gateway.mode": "floating", "gateway.addresses": [floating], ...chart });
  };
  const warnings = async (): Promise<string[]> => printed(await routed.preview()).filter((line) => line.startsWith("warning"));

  /** Runs `up` while a client is served by the next hop, and waits until one host owns it. */
  async function change(what: string): Promise<void> {
    const claims: Claim[] = [];
    const watch = watchClaims(lab, floating, (claim) => claims.push(claim));
    const prober = await Prober.start(lab.client, url);
    try {
      await routed.up();
      const isSettled = (): boolean => {
        const late = claims.filter(({ at }) => at > Date.now() - SETTLED);
        return late.length > 0 && new Set(late.map(({ mac }) => mac)).size === 1;
      };
      await until("one owner of the next hop", isSettled, { deadline: 300_000 });
    } finally {
      await Promise.all([prober.stop(), watch.stop()]);
    }
    const [failed, all] = [failures(prober.samples).length, prober.samples.length];
    const gap = ((longestGap(prober.samples)?.length ?? 0) / 1000).toFixed(1);
    console.log(
      `      ${what}: ${failed} of ${all} requests failed, longest gap ${gap} s, two owners in ${contestedSeconds(claims)} seconds`,
    );
    assert.ok(failed / all <= 0.02, `${failed} of ${all} requests failed`);
  }

  it("is announced by preview, with the reason", async () => {
    write(DEFAULT_CHART);
    const [found = "", ...more] = await warnings();
    assert.match(found, /runs chart 0\.15\.3, whose speakers exchange no gossip with those of 0\.16\.2, so two masters answer for/);
    assert.deepEqual(more, []);
  });

  it("serves a client meanwhile, and ends with one owner", () => change(`${EARLIER_CHART} to ${DEFAULT_CHART}`));

  it("says nothing of it when all speakers are new", async () => {
    assert.deepEqual(await warnings(), []);
    await routed.nothingToDo();
  });

  it("serves a client on the way back, too", async () => {
    write(EARLIER_CHART);
    await change(`${DEFAULT_CHART} to ${EARLIER_CHART}`);
  });
});
