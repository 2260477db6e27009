import fc from "fast-check";
import { stringify } from "yaml";

import type { StackText } from "../../config/stack-file";
import { PROJECT, type Config } from "./stack-files";

/** Returns a stack file with a configuration. */
export function stackText(stack: string, config: Config): StackText {
  const entries = Object.entries(config).map(([key, value]) => [`${PROJECT}:${key}`, value]);
  return { file: `Pulumi.${stack}.yaml`, text: stringify({ config: Object.fromEntries(entries) as Config }) };
}

const dotted = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");

/** The space is small, 10.5.0.0/23 and fd00:5::/118, so that blocks overlap often. */
const SPACE = 512;
const ipv4 = (offset: number) => dotted(10 * 2 ** 24 + 5 * 2 ** 16 + offset);
const ipv6 = (offset: number) => (offset === 0 ? "fd00:5::" : `fd00:5::${offset.toString(16)}`);

const network = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.nat(SPACE - 1))
  .map(([bits, at]) => ({ start: Math.floor(at / 2 ** bits) * 2 ** bits, bits }));
const networks4 = network.map(({ start, bits }) => `${ipv4(start)}/${32 - bits}`);
const networks6 = network.map(({ start, bits }) => `${ipv6(start)}/${128 - bits}`);
const ends = fc.tuple(fc.nat(SPACE - 1), fc.nat(40)).map(([from, length]) => [from, Math.min(from + length, SPACE - 1)] as const);
const ranges4 = ends.map(([from, to]) => `${ipv4(from)}-${ipv4(to)}`);
const ranges6 = ends.map(([from, to]) => `${ipv6(from)}-${ipv6(to)}`);

// Kubernetes ignores the order of labels and values. A fixed order excludes selectors that differ only in their order.
const values = fc.subarray(["a", "b", "c"], { minLength: 1 });
const label = fc.constantFrom("a", "b", "");
const labels = fc
  .record({ app: label, tier: label, "kubernetes.io/metadata.name": label }, { requiredKeys: [] })
  .filter((some) => Object.keys(some).length > 0);
const requirements = fc.oneof(
  fc.record({ key: fc.constantFrom("app", "gpu"), operator: fc.constantFrom("Exists", "DoesNotExist") }),
  fc.record({
    key: fc.constantFrom("app", "tier"),
    operator: fc.constantFrom("In", "NotIn"),
    values,
  }),
);
const selectors = fc.uniqueArray(
  fc.record({ matchLabels: labels, matchExpressions: fc.array(requirements, { minLength: 1, maxLength: 1 }) }, { requiredKeys: [] }),
  { minLength: 1, maxLength: 2, selector: (selector) => JSON.stringify(selector) },
);
const serviceAllocation = fc.record(
  {
    priority: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    namespaces: fc.uniqueArray(fc.constantFrom("media", "games"), { minLength: 1 }),
    namespaceSelectors: selectors,
    serviceSelectors: selectors,
  },
  { requiredKeys: [] },
);

/** A small block may have no other addresses than those. */
const avoidBuggyIPs = fc.constant(false);

/** A pool without a name. Most pools are valid on their own. */
const pool = fc.oneof(
  fc.record({ addresses: fc.array(networks4, { minLength: 1, maxLength: 2 }), avoidBuggyIPs }),
  fc.record(
    {
      addresses: fc.array(fc.oneof(networks4, ranges4, networks6, ranges6), { minLength: 1, maxLength: 2 }),
      route: fc.constant(false),
      autoAssign: fc.boolean(),
      avoidBuggyIPs,
      serviceAllocation,
    },
    { requiredKeys: ["addresses", "route", "avoidBuggyIPs"] },
  ),
);

const advertisement = fc.record(
  { nodeSelectors: selectors, interfaces: fc.uniqueArray(fc.constantFrom("eth0", "wlan0"), { maxLength: 2 }) },
  { requiredKeys: [] },
);

/** The configurations of a few stacks with equal pool names. Only their pools' addresses may conflict. */
export const households: fc.Arbitrary<[stack: string, config: Config][]> = fc
  .array(fc.tuple(fc.array(pool, { minLength: 1, maxLength: 3 }), fc.array(advertisement, { minLength: 1, maxLength: 2 })), {
    minLength: 1,
    maxLength: 3,
  })
  .map((stacks) =>
    stacks.map(([pools, advertisements], s) => [
      `s${s}`,
      {
        cluster: { kubeconfig: "~/.kube/config", context: `s${s}` },
        pools: pools.map((one, p) => ({ name: `pool${p}`, ...one })),
        advertisements: advertisements.map((one, a) => ({ name: `a${a}`, ...one })),
        gateway: { mode: "node", addresses: [`192.168.50.${10 + s}`] },
        router: { host: "192.168.50.1", lan: "192.168.50.0/24", user: "homelab", privateKeyFile: "~/.ssh/id_ed25519" },
      },
    ]),
  );
