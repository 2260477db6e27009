/** The arguments of the cluster's components, parsed with the schema, the rules and the messages of a stack file. */
import { z } from "zod";

import { parseHost, type AddressBlock, type Ipv4 } from "./address/address";
import { described, filled, parsedText } from "./fields";
import { findingsOf } from "./issues";
import { validSections, toAdvertisements, toMetalLb } from "./parse";
import type { AdvertisementPlan, MetalLbPlan, Plan, PoolPlan, ReservedPlan } from "./plan";
import type { Finding } from "./problem";
import { findProblems } from "./rules";
import { stackSchema, type StackConfig } from "./schema";
import type { Sections } from "./sections";

/** The result of parsing a component's arguments. */
export interface ParseResult<T> {
  readonly findings: readonly Finding[];
  /** The parsed arguments; undefined if there are findings. */
  readonly parsed?: T;
}

/** The parsed arguments of ClusterNetwork. */
export interface NetworkPlan extends PoolsPlan {
  readonly metallb: MetalLbPlan;
  readonly nextHop?: Ipv4;
}

/** The parsed arguments of NextHop. */
export interface NextHopPlan {
  readonly address: Ipv4;
  readonly namespace: string;
  /** The class of the services that MetalLB handles; undefined if it handles services without a class. */
  readonly loadBalancerClass?: string;
}

/** The parsed arguments of AddressPools. */
export interface PoolsPlan {
  readonly pools: readonly PoolPlan[];
  readonly advertisements: readonly AdvertisementPlan[];
}

type Args = Readonly<Record<string, unknown>>;

const { metallb, pools, advertisements, reserved, cluster } = stackSchema.shape;
const { namespace } = metallb.unwrap().shape;

/** These components know nothing of routes and protection. */
const { addresses } = pools.element.shape;
const listed = (list: z.ZodArray<typeof addresses.element>) =>
  described(list, 'a list of networks and ranges, such as ["10.5.0.0/24"]', ["10.5.0.0/24"]);
const pool = pools.element.omit({ route: true, protect: true }).extend({ addresses: listed(z.array(addresses.element).min(1)) });

const hop = described(
  parsedText(parseHost),
  "a free address of the LAN, such as 192.168.50.240, which MetalLB announces",
  "192.168.50.240",
);
const clusterName = described(filled.optional(), "a permanent name of this cluster (default: the component's name)", "lab-dev");

const loadBalancerClass = described(
  filled.optional(),
  "the class of the services that MetalLB handles (default: services without a class)",
  "example.org/metallb",
);

const schemasOf = (one: typeof pool) => {
  const example = [{ name: "primary", addresses: ["10.5.0.0/24"] }];
  const list = described(
    z.array(described(one, "a pool: name and addresses")).min(1),
    "a list of pools, each with name and addresses",
    example,
  );
  const ofPools = z.strictObject({ namespace, pools: list, advertisements, reserved });
  const { kubeconfig, context } = cluster.shape;
  const ofNetwork = z.strictObject({
    kubeconfig,
    context,
    clusterName,
    metallb,
    pools: list,
    advertisements,
    nextHop: hop.optional(),
    reserved,
  });
  return { ofPools, ofNetwork };
};
const known = schemasOf(pool);
/** Schemas that accept an empty list of addresses, for addresses that are not known yet. */
const open = schemasOf(pool.extend({ addresses: listed(z.array(addresses.element)) }));

/**
 * Parses the arguments of ClusterNetwork.
 *
 * @param isComplete whether the addresses of every pool are known; unknown ones must be passed as an empty list
 */
export function parseNetworkArgs(args: Args, isComplete = true): ParseResult<NetworkPlan> {
  const schema = (isComplete ? known : open).ofNetwork;
  return parseArgs(schema, args, ({ metallb, nextHop, ...parsed }) => ({
    ...toPools(parsed),
    metallb: toMetalLb(metallb),
    ...(nextHop === undefined ? {} : { nextHop }),
  }));
}

/** Parses the arguments of AddressPools in the same way as {@link parseNetworkArgs}. */
export function parsePoolsArgs(args: Args, isComplete = true): ParseResult<PoolsPlan> {
  return parseArgs((isComplete ? known : open).ofPools, args, toPools);
}

/** Parses the arguments of MetalLb. */
export function parseMetalLbArgs(args: object): ParseResult<MetalLbPlan> {
  const { findings, ...rest } = parseArgs(z.strictObject({ metallb }), { metallb: args }, (parsed) => toMetalLb(parsed.metallb));
  return { ...rest, findings: findings.map((finding) => ({ ...finding, path: finding.path.replace(/^metallb\./, "") })) };
}

/** Parses the arguments of NextHop. */
export function parseNextHopArgs(args: Args): ParseResult<NextHopPlan> {
  return parseArgs(z.strictObject({ address: hop, namespace, loadBalancerClass }), args, ({ loadBalancerClass: ofService, ...parsed }) => ({
    ...parsed,
    ...(ofService === undefined ? {} : { loadBalancerClass: ofService }),
  }));
}

/** Parses the advertisements of pools that are already parsed. @throws ZodError if they are invalid */
export const advertisementsOf = (input: unknown, pools: readonly PoolPlan[]): AdvertisementPlan[] =>
  toAdvertisements(advertisements.parse(input), pools);

/** The parts of the arguments that the rules check. */
interface ValidSections {
  readonly metallb?: StackConfig["metallb"];
  readonly pools?: readonly z.output<typeof pool>[];
  readonly advertisements?: StackConfig["advertisements"];
  readonly reserved?: StackConfig["reserved"];
  readonly nextHop?: Ipv4 | undefined;
}

function parseArgs<T extends z.ZodObject, Plan>(schema: T, args: Args, toPlan: (parsed: z.output<T>) => Plan): ParseResult<Plan> {
  const result = schema.safeParse(args);
  const valid = (result.success ? result.data : validSections(schema, args)) as ValidSections;
  const { pools, nextHop, metallb, advertisements, reserved } = valid;
  const sections: Sections = {
    ...(metallb === undefined ? {} : { metallb }),
    ...(pools === undefined ? {} : { pools: unrouted(pools) }),
    ...(advertisements === undefined ? {} : { advertisements }),
    ...(reserved === undefined ? {} : { reserved }),
    ...(nextHop === undefined ? {} : { gateway: { mode: "floating", addresses: [nextHop], mustBeMaster: false, reserve: false } }),
  };
  const findings = [
    ...(result.success ? [] : findingsOf(schema, args, result.error.issues)),
    ...findProblems(sections).map((finding) => (finding.path === "gateway.addresses[0]" ? { ...finding, path: "nextHop" } : finding)),
  ];
  return { findings, ...(result.success && findings.length === 0 ? { parsed: toPlan(result.data) } : {}) };
}

const unrouted = (pools: readonly z.output<typeof pool>[]) => pools.map((one) => ({ ...one, route: false, protect: false }));

const toPools = ({ pools, advertisements }: Required<Pick<ValidSections, "pools" | "advertisements">>): PoolsPlan => ({
  pools: unrouted(pools) as readonly PoolPlan[],
  advertisements: toAdvertisements(advertisements, pools),
});

const textsOf = ({ dhcp, nodes, pods, services, others }: ReservedPlan) => {
  const texts = (blocks: readonly AddressBlock[]) => blocks.map(({ text }) => text);
  return { dhcp: texts(dhcp), nodes: texts(nodes), pods: texts(pods), services: texts(services), others: texts(others) };
};

/** Returns a plan as the arguments of ClusterNetwork. */
export function networkArgsOf({ cluster, metallb, pools, advertisements, gateway, reserved }: Plan) {
  return {
    context: cluster.context,
    clusterName: cluster.name,
    metallb,
    pools: pools.map(({ name, addresses, autoAssign, avoidBuggyIPs, serviceAllocation }) => ({
      name,
      addresses: addresses.map(({ text }) => text),
      autoAssign,
      avoidBuggyIPs,
      ...(serviceAllocation === undefined ? {} : { serviceAllocation }),
    })),
    advertisements,
    ...(gateway.mode === "floating" ? { nextHop: gateway.address } : {}),
    reserved: textsOf(reserved),
  };
}
