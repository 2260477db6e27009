/** Three of the more than one hundred moments of `make soak`. tests/lifecycle/interrupted.test.ts checks the messages. */
import assert from "node:assert/strict";

import { interruptedRound } from "../../lab/cli/soak/interruptions";
import type { Lab } from "../../lab/lab";
import { FOREIGN } from "../../lab/rounds";
import { kubernetesProviderRelease } from "../../lab/tools/installed";
import { RoutedStack } from "../support/routed-stack";
import { sharedLab } from "../support/shared-lab";

const stack = "lab-dev";
const seed = Number(process.env["SEED"] ?? 20261125);
/** The minimum number of boundaries in a first up, and in its destroy. */
const boundaries = 70;

describe(`a run whose engine is killed, with Kubernetes provider ${kubernetesProviderRelease()}`, () => {
  let lab: Lab;

  before(async () => {
    lab = await sharedLab(__filename);
    const { list } = await new RoutedStack(lab, stack).state();
    await lab.router.bootWith(FOREIGN + list, lab.lan);
  });

  for (const [number, verb] of (["destroy", "up", "destroy"] as const).entries()) {
    const after = 1 + ((seed + number * 37) % boundaries);
    it(`is finished by the next one: ${verb} at boundary ${after}, from seed ${seed}`, async () => {
      const [plan] = lab.plans;
      assert.ok(plan);
      const { problems, at } = await interruptedRound(lab, plan, verb, after, seed);
      assert.deepEqual(problems, []);
      assert.ok(at !== undefined, "it came to its end before");
    });
  }
});
