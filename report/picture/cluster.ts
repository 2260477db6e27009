import { contains, type AddressBlock } from "../../config/address/address";
import { capacityOf } from "../../config/address/capacity";
import type { ClusterState, ServiceState } from "../../cluster/diagnosis/cluster-state";
import type { UnresolvedPlan, PoolPlan } from "../../config/plan";
import { countText } from "../rows";
import { server } from "./icons";
import type { Mark, StackMarks } from "./marks";
import { arrowhead, card, dot, fittedLabel, group, horizontal, label, marked } from "./shapes";
import { ACCENTS } from "./style";

/** The x position of the LAN's line. Everything else is drawn to the right of it. */
export const WIRE_X = 60;
/** The x position of the right edge. */
export const RIGHT = 976;

const CLUSTER_X = 250;
const NODE = { x: 270, width: 184 };
const POOL = { x: 494, width: RIGHT - 18 - 494 };
const HEADER = 44;
const PADDING = 18;
const POOL_HEADER = 34;
const LINE = 27;
const POOL_FOOT = 6;
const SERVICE = 22;
/** The largest number of lines for services and names; more are only counted. */
const SERVICES = 8;
const POOL_GAP = 12;

/** The drawing of a cluster. */
export interface Drawn {
  readonly content: string;
  readonly height: number;
  /** The y position where the lowest line leaves the LAN's line. */
  readonly lowest: number;
}

/**
 * Draws a cluster with its gateway node, its pools and a line from the LAN to each routed network. If the cluster has answered, adds the
 * node's name and the services in each pool.
 */
export function drawCluster(plan: UnresolvedPlan, order: number, y: number, state?: ClusterState, marks: StackMarks = {}): Drawn {
  const top = y + HEADER;
  let poolY = top;
  const pools = plan.pools.map((pool) => {
    const drawn = drawPool(plan, pool, poolY, state, marks);
    poolY += drawn.height + POOL_GAP;
    return drawn;
  });
  const inner = poolY - POOL_GAP - top;
  const height = HEADER + inner + PADDING;
  const routes = pools.flatMap((pool) => pool.routes);
  const middle = top + inner / 2;
  const stops: readonly Stop[] =
    routes.length > 0 ? routes : [{ y: middle, lines: horizontal(WIRE_X, NODE.x, middle, "plain"), labels: "" }];
  const content = group(
    `a${order % ACCENTS}`,
    card({ x: CLUSTER_X, y, width: RIGHT - CLUSTER_X, height }, "cluster", 14, ...headings(plan, y)),
    ...stops.map(({ lines }) => lines),
    ...stops.map((stop) => drawStop(stop, routes.length > 0 ? "stop" : "socket")),
    ...stops.map(({ labels }) => labels),
    marked(marks.node, NODE.x + 2, top + 2, drawNode(plan, top, inner, state)),
    ...routes.map((route) => drawHead(route)),
    ...pools.map((pool) => pool.content),
  );
  return { content, height, lowest: stops.at(-1)?.y ?? middle };
}

function headings({ stack, cluster, metallb }: UnresolvedPlan, y: number): string[] {
  const known = cluster.name === stack ? stack : `${stack} (${cluster.name})`;
  return [
    fittedLabel(NODE.x, y + 28, known, 470, "name"),
    label(RIGHT - PADDING, y + 28, `Kubernetes, MetalLB ${metallb.version}`, "quiet", true),
  ];
}

function drawNode({ gateway }: UnresolvedPlan, y: number, height: number, state?: ClusterState): string {
  const middle = y + height / 2;
  const text = NODE.x + 50;
  const top = gateway.reserve ? middle - 9 : middle;
  const name = state?.nodes.find(({ addresses }) => addresses.includes(gateway.address))?.name;
  return card(
    { ...NODE, y, height },
    "box",
    9,
    server(NODE.x + 16, middle - 11),
    label(text, top - 3, gateway.address, "name"),
    fittedLabel(text, top + 15, name ?? "gateway node", 122, "quiet"),
    ...(gateway.reserve ? [label(text, top + 33, "reserved", "quiet")] : []),
  );
}

/** The line to a network, with its mark. */
interface Stop {
  readonly y: number;
  readonly lines: string;
  readonly labels: string;
  readonly mark?: Mark;
}

const withMark = (mark: Mark | undefined, content: string) => (mark === undefined ? content : group(`is-${mark}`, content));
const drawStop = ({ y, mark }: Stop, kind: string) => marked(mark, WIRE_X, y, dot(WIRE_X, y, 5, kind));
const drawHead = ({ y, mark }: Stop) => withMark(mark, arrowhead(NODE.x, y));

interface DrawnPool {
  readonly content: string;
  readonly height: number;
  readonly routes: readonly Stop[];
}

function drawPool(plan: UnresolvedPlan, pool: PoolPlan, y: number, state: ClusterState | undefined, marks: StackMarks): DrawnPool {
  const { x, width } = POOL;
  const { routes } = plan;
  const services = serviceLines(state?.services.filter((service) => service.pool === pool.name) ?? [], namesIn(plan, pool));
  const servicesY = y + POOL_HEADER + LINE * pool.addresses.length;
  const height = servicesY - y + SERVICE * services.length + POOL_FOOT + (services.length > 0 ? 4 : 0);
  const left = x + 16;
  const right = x + width - 16;
  const lines = pool.addresses.map((block, index) => ({ block, y: y + POOL_HEADER + LINE * index + LINE / 2 }));
  const routed = lines.filter(({ block }) => routes.some((route) => route.pool === pool.name && route.destination.text === block.text));
  const texts = lines.flatMap((line) => [
    fittedLabel(left, line.y + 4.5, line.block.text, 260, "mono"),
    label(right, line.y + 4.5, `${countText(capacity(line.block, pool))} addresses`, "quiet", true),
  ]);
  const content = card(
    { x, y, width, height },
    "box",
    9,
    fittedLabel(left, y + 23, pool.name, 230, "name"),
    label(right, y + 23, notes(pool), "quiet", true),
    ...texts,
    ...services.map(({ address, name }, index) => {
      const base = servicesY + SERVICE * index + 15;
      const named = fittedLabel(left + (address === "" ? 0 : 130), base, name, width - 162, "quiet");
      return address === "" ? named : `${label(left, base, address, "mono")}\n${named}`;
    }),
  );
  const drawn = routed.map((line) => drawRoute(line.block, line.y, marks.routes?.get(line.block.text)));
  return { content: marked(marks.pools?.get(pool.name), x + 2, y + 2, content), height, routes: drawn };
}

/** Returns the texts for a pool's addresses that have names, or that domains are forwarded to, in the plan's order. */
function namesIn({ names }: UnresolvedPlan, { addresses }: PoolPlan): { address: string; text: string }[] {
  const inPool = names.filter(({ address }) => addresses.some((block) => contains(block, address)));
  return inPool.map(({ name, address, forwarded }) => ({ address, text: forwarded === true ? `resolves *.${name}` : name }));
}

/** Returns a line for each address with a name, and then for each other address of a service. A long IPv6 address gets no column of its own. */
function serviceLines(
  services: readonly ServiceState[],
  names: readonly { address: string; text: string }[],
): { address: string; name: string }[] {
  const served = services.flatMap(({ name, addresses }) => addresses.map((address) => ({ address, text: name })));
  const lines = [...new Set([...names, ...served].map(({ address }) => address))].map((address) => {
    const texts = [...served, ...names].filter((one) => one.address === address).map(({ text }) => text);
    const name = [...new Set(texts)].join(" · ");
    return address.includes(":") ? { address: "", name: `${address} ${name}` } : { address, name };
  });
  if (lines.length <= SERVICES) return lines;
  return [...lines.slice(0, SERVICES - 1), { address: "", name: `and ${lines.length - SERVICES + 1} more` }];
}

const capacity = (block: AddressBlock, { avoidBuggyIPs }: PoolPlan) => capacityOf({ addresses: [block], avoidBuggyIPs });

const notes = ({ route, autoAssign }: PoolPlan) =>
  ["pool", ...(route ? [] : ["no route"]), ...(autoAssign ? [] : ["by name only"])].join(" · ");

/** Draws a route's line behind the node and up to the network. */
function drawRoute({ text }: AddressBlock, y: number, mark: Mark | undefined): Stop {
  const line = { y, lines: withMark(mark, horizontal(WIRE_X, POOL.x, y, "route")), labels: label(WIRE_X + 18, y - 7, text, "mono") };
  return mark === undefined ? line : { ...line, mark };
}
