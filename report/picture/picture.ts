import type { ClusterState } from "../../cluster/diagnosis/cluster-state";
import type { UnresolvedPlan } from "../../config/plan";
import { countText, rowsOf } from "../rows";
import { drawCluster, RIGHT, WIRE_X } from "./cluster";
import { router as routerIcon } from "./icons";
import { worst, type Marks } from "./marks";
import { arrowhead, card, dot, escaped, fittedLabel, group, horizontal, label, marked, rectangle, vertical } from "./shapes";
import { markedStyle, style } from "./style";

const WIDTH = 1000;
const MARGIN = 24;
const ROUTER = { x: MARGIN, width: 430, height: 78 };
const GAP = 20;

/** The states of the clusters by stack, without clusters that did not answer. */
export type Live = ReadonlyMap<string, ClusterState>;

/**
 * Draws the household as an SVG: each router with its LAN, the clusters, and the routes to their pools. The same plans always give the same
 * text. The picture has its own background and supports light and dark mode.
 *
 * @param marks the results of checks; undefined if none were made
 */
export function drawPlan(plans: readonly UnresolvedPlan[], live: Live = new Map(), marks?: Marks): string {
  const routers = [...new Set(plans.map(({ router }) => router.host))];
  const content: string[] = [];
  let y = MARGIN;
  for (const host of routers) {
    const section = drawSection(plans, live, host, y, marks);
    content.push(section.content);
    y = section.bottom + GAP;
  }
  const height = y + 46;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    "<title>The network plan of this household</title>",
    `<desc>${escaped(description(plans))}</desc>`,
    marks === undefined ? style : markedStyle,
    rectangle({ x: 0, y: 0, width: WIDTH, height }, "paper", 16),
    ...headline(plans),
    ...content,
    ...legend(plans, height - 36),
    "</svg>",
    "",
  ].join("\n");
}

/** Returns the picture's text description for screen readers. */
function description(plans: readonly UnresolvedPlan[]): string {
  const sentences = plans.flatMap(({ stack, routes, router }) =>
    routes.map(({ destination, gateway }) => `The router ${router.host} sends ${destination.text} to ${gateway}, a node of ${stack}.`),
  );
  return sentences.join(" ");
}

function headline(plans: readonly UnresolvedPlan[]): string[] {
  const rows = rowsOf(plans).filter(({ form }) => form !== undefined);
  const addresses = rows.reduce((sum, { capacity }) => sum + capacity, 0n);
  const summary = [
    counted(plans.length, "cluster"),
    counted(plans.flatMap(({ pools }) => pools).length, "pool"),
    `${counted(rows.length, "route")} to ${countText(addresses)} addresses`,
  ];
  return [label(RIGHT, MARGIN + 34, "Load-balancer network", "title", true), label(RIGHT, MARGIN + 57, summary.join(" · "), "quiet", true)];
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** Draws one router and its LAN. */
function drawSection(
  plans: readonly UnresolvedPlan[],
  live: Live,
  host: string,
  top: number,
  marks?: Marks,
): { content: string; bottom: number } {
  const members = plans.flatMap((plan, order) => (plan.router.host === host ? [{ plan, order }] : []));
  const clusters: string[] = [];
  let y = top + ROUTER.height + 40;
  let lowest = y;
  for (const { plan, order } of members) {
    const drawn = drawCluster(plan, order, y, live.get(plan.stack), marks?.get(plan.stack));
    clusters.push(drawn.content);
    lowest = drawn.lowest;
    y += drawn.height + GAP;
  }
  const lans = [...new Set(members.map(({ plan }) => plan.router.lan.text))];
  const content = group(
    "section",
    vertical(WIRE_X, top + ROUTER.height, lowest, "lan"),
    marked(worst(members.map(({ plan }) => marks?.get(plan.stack)?.router)), ROUTER.x + 4, top + 4, drawRouter(host, top)),
    label(WIRE_X + 18, top + ROUTER.height + 25, `LAN ${lans.join(", ")}`, "mono"),
    ...clusters,
  );
  return { content, bottom: y - GAP };
}

function drawRouter(host: string, y: number): string {
  const text = ROUTER.x + 72;
  return card(
    { ...ROUTER, y },
    "box",
    14,
    routerIcon(ROUTER.x + 20, y + 24),
    fittedLabel(text, y + 35, host, 340, "name"),
    label(text, y + 55, "Asus router: holds the static routes", "quiet"),
  );
}

/** Draws the legend for the kinds of lines in the picture. */
function legend(plans: readonly UnresolvedPlan[], y: number): string[] {
  const routed = group(
    "a0",
    horizontal(MARGIN + 6, MARGIN + 44, y, "route"),
    dot(MARGIN + 6, y, 5, "stop"),
    arrowhead(MARGIN + 53, y),
    label(MARGIN + 64, y + 4, "static route: the router sends this network to this node", "quiet"),
  );
  if (plans.every(({ routes }) => routes.length > 0)) return [routed];
  const x = 520;
  const plain = group(
    "a0",
    horizontal(x, x + 44, y, "plain"),
    dot(x, y, 5, "socket"),
    label(x + 56, y + 4, "a node on the LAN, no route leads to it", "quiet"),
  );
  return [routed, plain];
}
