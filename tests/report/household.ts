import { join } from "node:path";

import { plansOf } from "../../config/plans";
import { parseHousehold } from "../../config/household";
import type { UnresolvedPlan } from "../../config/plan";
import type { Live } from "../../report/picture/picture";
import { ROOT } from "../support/stack-files";
import { stackText } from "../support/plans";

/** A stack for tests in short form. */
export interface Sketch {
  readonly pools?: readonly {
    name: string;
    addresses: readonly string[];
    route?: boolean;
    autoAssign?: boolean;
    avoidBuggyIPs?: boolean;
  }[];
  readonly gateway: string;
  readonly router?: Record<string, unknown>;
  readonly cluster?: string;
  readonly reserved?: Record<string, readonly string[]>;
  /** Whether the router reserves the gateway's address. */
  readonly reserve?: boolean;
  readonly names?: Record<string, string>;
  readonly domains?: Record<string, string>;
}

/** Returns a household of stacks by their names. */
export function household(stacks: Readonly<Record<string, Sketch>>): UnresolvedPlan[] {
  const texts = Object.entries(stacks).map(([stack, { pools, gateway, router, cluster, reserved, reserve, names, domains }]) =>
    stackText(stack, {
      cluster: { kubeconfig: "~/.kube/config", context: stack, ...(cluster === undefined ? {} : { name: cluster }) },
      pools,
      gateway: { mode: "node", addresses: [gateway], ...(reserve === undefined ? {} : { reserve }) },
      router: { host: "192.168.50.1", lan: "192.168.50.0/24", user: "homelab", privateKeyFile: "~/.ssh/id_ed25519", ...router },
      ...(reserved === undefined ? {} : { reserved }),
      ...(names === undefined ? {} : { names }),
      ...(domains === undefined ? {} : { domains }),
    }),
  );
  return parseHousehold(texts).map(({ plan }) => plan);
}

/** Returns the household in a folder of tests/fixtures/valid. */
export const fixture = (name: string): UnresolvedPlan[] => plansOf(join(ROOT, "tests", "fixtures", "valid", name));

/** Returns a household with the longest possible names and addresses. */
export const longest = (): UnresolvedPlan[] =>
  household({
    [`a-stack-${"with-a-long-name-".repeat(3)}1`]: {
      cluster: `WWWWWWWW-${"another-long-name-".repeat(3)}`,
      pools: [
        { name: "a".repeat(63), addresses: ["172.31.255.128/25"], autoAssign: false },
        {
          name: "w".repeat(63),
          addresses: [
            "fd00:1234:5678:9abc:def0:1234:5678:9ab0-fd00:1234:5678:9abc:def0:1234:5678:9abf",
            "fd00::/32",
            "172.31.255.100-172.31.255.127",
          ],
          route: false,
          autoAssign: false,
        },
      ],
      gateway: "192.168.150.231",
      router: { host: `${"router-".repeat(8)}1.example.org`, lan: "192.168.128.0/19", metric: 999 },
    },
    "no-route": { pools: [{ name: "lan", addresses: ["192.168.50.200-192.168.50.219"], route: false }], gateway: "192.168.50.11" },
  });

/** Returns a household with reservations, names and forwarded domains, some of them as long as they come. */
export const named = (): UnresolvedPlan[] =>
  household({
    "lab-dev": {
      pools: [{ name: "lab-dev", addresses: ["10.5.0.0/24"] }],
      gateway: "192.168.50.11",
      reserve: true,
      router: { reservations: [{ address: "192.168.50.12" }, { address: "192.168.50.13" }] },
      names: { "grafana.home.arpa": "10.5.0.1", "loki.home.arpa": "10.5.0.1", [`${"long-name-".repeat(6)}1.home.arpa`]: "10.5.0.11" },
      domains: { "k8s.example": "10.5.0.53" },
    },
    "lab-prod": { pools: [{ name: "lab-prod", addresses: ["10.6.0.0/24"] }], gateway: "192.168.50.21", names: { wiki: "10.6.0.1" } },
  });

/** Returns possible states of the example clusters, with more services than the picture has room for. */
export const crowded = (): Live => {
  const service = (index: number) => ({
    name: `namespace-${index}/a-service-with-quite-a-long-name-${index}`,
    addresses: [`10.5.0.${200 + index}`],
    pool: "lab-dev",
  });
  const node = { name: "a-node-with-a-long-name.example.org", addresses: ["192.168.50.11"], isMaster: true, isReady: true };
  const six = { name: "demo/six", addresses: ["10.5.0.1", "fd00:1234:5678:9abc:def0:1234:5678:9abf"], pool: "lab-dev" };
  return new Map([["lab-dev", { nodes: [node], services: [six, ...[1, 2, 3, 4, 5, 6, 7, 8].map(service)], pools: ["lab-dev"] }]]);
};
