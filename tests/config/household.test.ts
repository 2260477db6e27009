import assert from "node:assert/strict";

import fc from "fast-check";
import { IPv4, IPv6 } from "ipaddr.js";

import { parseWithOthers, parseHousehold } from "../../config/household";
import type { UnresolvedPlan } from "../../config/plan";
import { PlanError, type Problem } from "../../config/problem";
import { households, stackText } from "../support/plans";
import { devConfig, stackConfig, type Config } from "../support/stack-files";

type Stacks = readonly [stack: string, config: Config][];

/** Returns the plans of a household, or its problems. */
function parse(stacks: Stacks): { plans: UnresolvedPlan[] } | { problems: readonly Problem[] } {
  try {
    return { plans: parseHousehold(stacks.map(([stack, config]) => stackText(stack, config))).map(({ plan }) => plan) };
  } catch (error) {
    if (error instanceof PlanError) return { problems: error.problems };
    throw error;
  }
}

/** Returns every address of a small block, without using the parser. */
function enumerate(text: string): string[] {
  const bytesOf = (address: string) => (address.includes(":") ? IPv6.parse(address) : IPv4.parse(address)).toByteArray();
  const numberOf = (address: string) => bytesOf(address).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const [start = "", end] = text.split("-");
  const [address = "", prefix] = start.split("/");
  const first = numberOf(address);
  const last = end === undefined ? first + 2n ** BigInt(bytesOf(address).length * 8 - Number(prefix)) - 1n : numberOf(end);
  assert.ok(last - first < 1000n, text);
  return Array.from({ length: Number(last - first) + 1 }, (_, step) => `${bytesOf(address).length} ${first + BigInt(step)}`);
}

const isShared = (blocks: readonly string[]) => {
  const all = blocks.flatMap(enumerate);
  return new Set(all).size < all.length;
};

describe("stacks of one household", () => {
  it("are accepted only if no two pools share an address", () => {
    let accepted = 0;
    fc.assert(
      fc.property(households, (stacks) => {
        const result = parse(stacks);
        if (!("plans" in result)) return;
        accepted++;
        assert.ok(!isShared(result.plans.flatMap(({ pools }) => pools.flatMap(({ addresses }) => addresses.map(({ text }) => text)))));
      }),
      { numRuns: 300 },
    );
    assert.ok(accepted > 20, `only ${accepted} accepted: the property says little`);
  });

  it("are refused for an overlap only if pools share an address", () => {
    let refused = 0;
    fc.assert(
      fc.property(households, (stacks) => {
        const result = parse(stacks);
        if ("plans" in result) return;
        refused++;
        for (const { rule } of result.problems) assert.match(rule, /^overlaps/);
        const pools = stacks.flatMap(([, { pools }]) => pools as { addresses: string[] }[]);
        assert.ok(isShared(pools.flatMap(({ addresses }) => addresses)));
      }),
      { numRuns: 300 },
    );
    assert.ok(refused > 20, `only ${refused} refused: the property says little`);
  });

  it("get every problem of every file and every conflict in one message", () => {
    const prod = { ...stackConfig("lab-prod"), pools: [{ name: "lab-dev", addresses: ["10.5.0.0/24", "10.6.0.1/24"] }] };
    const result = parse([
      ["lab-dev", devConfig({ "router.prot": 22 })],
      ["lab-prod", prod],
      ["lab-edge", devConfig()],
    ]);
    assert.ok("problems" in result);
    assert.deepEqual(
      result.problems.map(({ file, line, path }) => `${file}:${line}: ${path}`),
      [
        "Pulumi.lab-dev.yaml:18: router.prot",
        "Pulumi.lab-prod.yaml:9: pools[0].addresses[1]",
        "Pulumi.lab-edge.yaml:8: pools[0].addresses[0]",
        "Pulumi.lab-edge.yaml:12: gateway.addresses[0]",
        "Pulumi.lab-edge.yaml:4: cluster.context",
      ],
    );
  });

  it("do not conflict in reserved networks that both list, or in pool names", () => {
    const reserved = { dhcp: ["192.168.50.100-192.168.50.199"], others: ["10.9.0.0/16"] };
    const pools = (network: string, range: string) => [
      { name: "primary", addresses: [network] },
      { name: "lan", addresses: [range], route: false },
    ];
    const stacks: Stacks = [
      ["lab-dev", { ...devConfig({ reserved }), pools: pools("10.5.0.0/24", "192.168.50.200-192.168.50.209") }],
      ["lab-prod", { ...stackConfig("lab-prod"), reserved, pools: pools("10.6.0.0/24", "192.168.50.210-192.168.50.219") }],
    ];
    assert.ok("plans" in parse(stacks));
  });

  it("have each pool's stack named if pools of the same name overlap", () => {
    const pools = (addresses: string) => [{ name: "primary", addresses: [addresses] }];
    const result = parse([
      ["lab-dev", devConfig({ pools: pools("10.5.0.0/24") })],
      ["lab-prod", { ...stackConfig("lab-prod"), pools: pools("10.5.0.128/25") }],
    ]);
    assert.ok("problems" in result);
    assert.deepEqual(
      result.problems.map(({ file, path, rule }) => `${file}: ${path}: ${rule}`),
      [
        "Pulumi.lab-prod.yaml: pools[0].addresses[0]: " +
          "overlaps 10.5.0.0/24 of pool primary in stack lab-dev (Pulumi.lab-dev.yaml:8: pools[0].addresses[0])",
      ],
    );
  });

  it("are refused if a next hop is in a range that another stack reserves", () => {
    const floating = { mode: "floating", addresses: ["192.168.50.240"] };
    const dev = devConfig({ reserved: { others: ["192.168.50.224/27"] } });
    const reported = (edge: Config) => {
      const result = parse([
        ["lab-dev", dev],
        ["lab-prod", { ...stackConfig("lab-prod"), ...edge }],
      ]);
      return "problems" in result ? result.problems.map(({ file, path, rule }) => [file, path, rule]) : [];
    };
    const place = "set aside for something else (Pulumi.lab-dev.yaml:20: reserved.others[0])";
    for (const mode of ["floating", "external", "node"]) {
      assert.deepEqual(reported({ gateway: { ...floating, mode } }), [
        ["Pulumi.lab-prod.yaml", "gateway.addresses[0]", `overlaps 192.168.50.224/27, ${place}`],
      ]);
    }
  });

  it("may use the same context name in different kubeconfigs", () => {
    const prod = { ...stackConfig("lab-prod"), cluster: { kubeconfig: "~/.kube/prod", context: "lab-dev" } };
    assert.ok(
      "plans" in
        parse([
          ["lab-dev", devConfig()],
          ["lab-prod", prod],
        ]),
    );
  });

  it("count an encrypted value as set, unless the plan needs its content", () => {
    const secret = { secure: "v1:abc" };
    const config = devConfig({ "cluster.kubeconfig": secret, "router.password": secret, "router.lan": secret });
    const result = parse([["lab-dev", config]]);
    assert.ok("problems" in result);
    assert.deepEqual(result.problems, [
      {
        file: "Pulumi.lab-dev.yaml",
        line: 16,
        path: "router.lan",
        value: "an encrypted value",
        rule: "not a secret, and needed here",
        fix: 'set it again with "pulumi config set --path" and without --secret',
      },
    ]);
    const { warnings } = parseWithOthers("lab-prod", stackConfig("lab-prod"), [stackText("lab-dev", config)]);
    assert.deepEqual(warnings, []);
  });
});

describe("one stack of a household", () => {
  const others = [stackText("lab-dev", devConfig()), stackText("lab-edge", devConfig())];

  it("is not refused for a conflict between other stacks", () => {
    assert.deepEqual(parseWithOthers("lab-prod", stackConfig("lab-prod"), others).warnings, []);
  });

  it("is refused for a conflict of its own, as the first or the second of the two", () => {
    const clashing = stackText("lab-prod", { ...stackConfig("lab-prod"), pools: [{ name: "lab-prod", addresses: ["10.5.0.0/24"] }] });
    assert.throws(
      () => parseWithOthers("lab-dev", devConfig(), [clashing]),
      /Pulumi\.lab-prod\.yaml:8: .* of pool lab-dev in stack lab-dev \(Pulumi\.lab-dev\.yaml: /,
    );
  });

  it("is refused for a problem that only its file shows", () => {
    const own = stackText("lab-prod", stackConfig("lab-prod"));
    const files = [{ ...own, text: `${own.text}  homelab-netwerk:reserved: {}\n` }];
    assert.throws(
      () => parseWithOthers("lab-prod", stackConfig("lab-prod"), files),
      /homelab-netwerk:reserved = .*did you mean homelab-network:reserved/,
    );
  });

  it("is refused for a conflict in the values that Pulumi resolves for it", () => {
    const config = { ...stackConfig("lab-prod"), pools: [{ name: "lab-prod", addresses: ["10.5.0.0/24"] }] };
    const own = stackText("lab-prod", stackConfig("lab-prod"));
    assert.throws(
      () => parseWithOthers("lab-prod", config, [...others.slice(0, 1), own]),
      /^PlanError: The stack files have a problem:\n {2}Pulumi\.lab-prod\.yaml:8: pools\[0\]\.addresses\[0\] = "10\.5\.0\.0\/24": overlaps .*Pulumi\.lab-dev\.yaml:8: /,
    );
  });

  it("is warned of a file that Pulumi ignores, and refused for what is wrong with its own file as a whole", () => {
    const ignored = { file: "Pulumi.lab-dev.yml", text: "", mistakes: [{ rule: "another name", fix: "rename it" }] };
    const { warnings } = parseWithOthers("lab-prod", stackConfig("lab-prod"), [ignored]);
    assert.deepEqual(warnings, ['Pulumi.lab-dev.yml has a problem, so a conflict with it may go unnoticed; run "make plan" to see them']);
    const own = { ...stackText("lab-prod", stackConfig("lab-prod")), mistakes: [{ rule: "saved as UTF-16", fix: "save it as UTF-8" }] };
    assert.throws(() => parseWithOthers("lab-prod", stackConfig("lab-prod"), [own]), {
      message: "The stack files have a problem:\n  Pulumi.lab-prod.yaml: saved as UTF-16; save it as UTF-8",
    });
  });
});
