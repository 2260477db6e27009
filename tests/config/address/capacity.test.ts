import assert from "node:assert/strict";

import { parsePoolAddress } from "../../../config/address/address";
import { capacityOf } from "../../../config/address/capacity";

/** Returns the capacity of a pool with some addresses. */
function capacity(avoidBuggyIPs: boolean, ...texts: string[]): bigint {
  const addresses = texts.map((text) => {
    const parsed = parsePoolAddress(text);
    assert.ok(parsed.ok, text);
    return parsed.value;
  });
  return capacityOf({ addresses, avoidBuggyIPs });
}

describe("the capacity of a pool", () => {
  const cases: [texts: string[], all: bigint, sound: bigint][] = [
    [["10.5.0.0/24"], 256n, 254n],
    [["10.5.0.0/23"], 512n, 508n],
    [["10.5.0.0/25"], 128n, 127n],
    [["10.5.0.64/26"], 64n, 64n],
    [["10.5.0.0/32"], 1n, 0n],
    [["10.5.0.255-10.5.1.0"], 2n, 0n],
    [["10.5.0.10-10.5.0.19", "10.5.1.0/24"], 266n, 264n],
    [["fd00:5::/64"], 2n ** 64n, 2n ** 64n],
    [["fd00:5::/120", "10.5.0.0/24"], 512n, 510n],
  ];
  for (const [texts, all, sound] of cases) {
    it(`counts ${texts.join(" and ")}`, () => assert.deepEqual([capacity(false, ...texts), capacity(true, ...texts)], [all, sound]));
  }
});
