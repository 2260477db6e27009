import type { ClusterState } from "../../cluster/diagnosis/cluster-state";
import type { UnresolvedPlan } from "../../config/plan";
import { reservationsIn } from "../../router/records";
import { countText, rowsOf } from "../rows";
import { drawCluster, RIGHT, WIRE_X } from "./cluster";
import { router as routerIcon } from "./icons";
import { worst, type Marks } from "./marks";
import {
  arrowhead,
  card,
  dot,
  escaped,
  fittedLabel,
  group,
  hinted,
  horizontal,
  label,
  marked,
  rectangle,
  vertical,
  type Box,
} from "./shapes";
import { markedStyle, style } from "./style";

const WIDTH = 1000;
const MARGIN = 24;
const ROUTER = { x: MARGIN, width: 430, height: 78 };
const GAP = 20;
/** The distance of the router's lines of text. */
const LINE = 20;

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
  const sentences = plans.flatMap((plan) => {
    const { stack, routes, router, names } = plan;
    return [
      ...routes.map(({ destination, gateway }) => `The router ${router.host} sends ${destination.text} to ${gateway}, a node of ${stack}.`),
      ...reservedIn(plan).map((address) => `The router ${router.host} reserves ${address} for a node of ${stack}.`),
      ...names.map(({ name, address, forwarded }) =>
        forwarded === true
          ? `The router ${router.host} forwards ${name} to the DNS server ${address}.`
          : `The router ${router.host} resolves ${name} to ${address}.`,
      ),
    ];
  });
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
  const held = heldBy(members.map(({ plan }) => plan));
  const router = { ...ROUTER, y: top, height: ROUTER.height + (held === undefined ? 0 : LINE) };
  let y = top + router.height + 40;
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
    vertical(WIRE_X, top + router.height, lowest, "lan"),
    marked(worst(members.map(({ plan }) => marks?.get(plan.stack)?.router)), router.x + 4, top + 4, drawRouter(host, router, held)),
    label(WIRE_X + 18, top + router.height + 25, `LAN ${lans.join(", ")}`, "mono"),
    ...clusters,
  );
  return { content, bottom: y - GAP };
}

/** Returns what a router has besides routes: a text, and all of it for hovering; undefined if there is nothing. */
function heldBy(plans: readonly UnresolvedPlan[]): { text: string; all: string } | undefined {
  const reserved = plans.flatMap(reservedIn);
  const names = plans.flatMap((plan) => plan.names);
  const domains = names.filter(({ forwarded }) => forwarded === true);
  const counts = [
    [reserved.length, "reservation"],
    [names.length - domains.length, "name"],
    [domains.length, "forwarded domain"],
  ] as const;
  const parts = counts.flatMap(([count, what]) => (count === 0 ? [] : [counted(count, what)]));
  if (parts.length === 0) return undefined;
  return { text: parts.join(" · "), all: [...reserved, ...names.map(({ name, address }) => `${name} ${address}`)].join(", ") };
}

/** Returns the addresses that a plan's router reserves. */
const reservedIn = (plan: UnresolvedPlan): string[] => reservationsIn(plan).map(({ address }) => address);

function drawRouter(host: string, box: Box, held: ReturnType<typeof heldBy>): string {
  const { x, y } = box;
  const text = x + 72;
  return card(
    box,
    "box",
    14,
    routerIcon(x + 20, y + (box.height - 30) / 2),
    fittedLabel(text, y + 35, host, 340, "name"),
    label(text, y + 55, "Asus router: holds the static routes", "quiet"),
    ...(held === undefined ? [] : [hinted(held.all, label(text, y + 55 + LINE, held.text, "quiet"))]),
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
