import assert from "node:assert/strict";

import { household, LARGE } from "../../lab/cli/bench/household";
import { findClashes } from "../../config/clashes";
import { inspectStack } from "../../config/parse";
import { parseWithOthers, parseHousehold } from "../../config/household";
import { readStackFile } from "../../config/stack-file";

describe("the cost of many stacks", () => {
  it("grows with the number of files, not of pairs: each file is read once by itself and once with all others", () => {
    let reads = 0;
    const files = household(50).map(({ file, text }) => ({
      file,
      get text() {
        reads++;
        return text;
      },
    }));
    for (const { stack, config } of household(50).map(readStackFile)) parseWithOthers(stack, config, files);
    assert.equal(reads, 100);
  });

  it("grows almost linearly with the number of compared pools", () => {
    /** Counts how often a block is read. */
    const looks = (stacks: number): number => {
      let count = 0;
      const counted = <T extends object>(block: T): T => new Proxy(block, { get: (of, key) => (count++, Reflect.get(of, key) as unknown) });
      const inspected = household(stacks).map((text) => {
        const { sections, ...rest } = inspectStack(readStackFile(text));
        const pools = (sections.pools ?? []).map((pool) => ({ ...pool, addresses: pool.addresses.map(counted) }));
        return { ...rest, sections: { ...sections, pools } };
      });
      count = 0;
      assert.deepEqual(findClashes(inspected), []);
      return count;
    };
    const [few, many] = [looks(50), looks(200)];
    assert.ok(few >= 250, `${few}`);
    // With sorting, four times as many blocks cost five times as much; comparing each with each would cost sixteen times as much.
    assert.ok(many < 8 * few, `${few} and ${many}`);
  });
});

describe("two hundred stacks with five pools each", () => {
  const files = household(LARGE);

  it("are parsed and compared in less than one second of processor time", () => {
    const milliseconds = () => {
      const before = process.cpuUsage();
      const stacks = parseHousehold(files);
      assert.deepEqual([stacks.length, ...new Set(stacks.map(({ plan }) => plan.pools.length))], [200, 5]);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    // A busy machine can only make it slower.
    const fastest = Math.min(milliseconds(), milliseconds(), milliseconds());
    assert.ok(fastest < 1000, `${fastest} ms`);
  });
});
