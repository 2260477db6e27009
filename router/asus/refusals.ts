import { cidrOf, contains, isIpv4, overlaps, sharesAddress, type Ipv4 } from "../../config/address/address";
import type { Plan, Route } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";
import { recordOf, SHORTEN, tooLong } from "../../config/route-list";
import type { AsusReading } from "./reading";
import type { LiveRoute } from "./table";
import {
  isRecordOf,
  parseList,
  parseRecord,
  placeRoute,
  removeRoute,
  renderList,
  takesFrom,
  withinLimits,
  type RuleList,
} from "./rule-list";

/** The input for the refusals of a plan's routes. */
export interface RouteCheck {
  readonly plan: Plan;
  readonly reading: AsusReading;
  /** Whether the stack manages a route already, so that a changed record of it may be corrected. */
  readonly isManaged: (route: Route) => boolean;
  /** Whether the cluster announces a floating next hop already. */
  readonly announced: boolean;
}

/** Returns every reason why applying the routes would fail, as findings about the stack file. */
export function refusalsOf(routeCheck: RouteCheck): Finding[] {
  const { plan, reading } = routeCheck;
  const router = (rule: string, fix: string): Finding => ({ path: "router.host", value: quote(plan.router.host), rule, fix });
  const { mode, lanAddress, lanNetmask } = reading;
  if (mode !== "1") {
    const rule = `not in routing mode (sw_mode is '${mode}', not 1), so it ignores static routes`;
    return [router(rule, "set it to wireless router mode")];
  }
  if (!isIpv4(lanAddress) || !isIpv4(lanNetmask)) {
    return [router(`its LAN is '${lanAddress}' with mask '${lanNetmask}', no network`, "check its page LAN > LAN IP")];
  }
  const lan = [lanAddress, lanNetmask] as const;
  const findings = plan.routes.flatMap((route) => [
    ...checkGateway(routeCheck, route, lan),
    ...(sharesAddress([route.destination.network, route.destination.netmask], lan)
      ? [refusal(plan, route, `on the router's LAN (${textOf(lan)})`, "use a network outside the LAN")]
      : [...checkRuleList(routeCheck, route), ...checkRoutingTable(routeCheck, route)]),
  ]);

  findings.push(...checkDhcp(routeCheck));

  const list = plan.routes.reduce((done, route) => placeRoute(done, route, editedRecordOf(routeCheck, route)), parseList(reading.list));
  const others = renderList(plan.routes.reduce(removeRoute, list));
  if (reading.enabled !== "1" && !plan.router.enableDormant && others !== "") {
    const fix = "remove those on the page LAN > Route, switch static routes on there, or set router.enableDormant: true";
    findings.push(router(`static routes are switched off there, and switching them on would activate '${others}'`, fix));
  }
  const text = renderList(list);
  if (text !== reading.list && !withinLimits(list)) {
    findings.push(router(tooLong(list.records.length, text.length), SHORTEN));
  }
  // A silent host is a reason against new routes, but not against routes that are already complete.
  const complete = text === reading.list && reading.enabled === "1" && plan.routes.every((route) => isLive(reading, route));
  return unique([...findings, ...checkNextHopAnswers(routeCheck, complete)]);
}

/** Returns the record that replaced the route's own: the first one for its destination, if the route's record is missing. */
export function editedRecordOf({ reading, isManaged }: Pick<RouteCheck, "reading" | "isManaged">, route: Route): string | undefined {
  const list = parseList(reading.list);
  const [first] = othersFor(list, route);
  if (!isManaged(route) || first === undefined || list.records.some((record) => isRecordOf(record, route))) return undefined;
  return parseRecord(first)?.interface === "LAN" ? first : undefined;
}

/** Returns the records for the destination of a route that are not the route's own. */
function othersFor({ records }: RuleList, route: Route): string[] {
  return records.filter((record) => {
    const other = parseRecord(record);
    const same = other?.destination === route.destination.network && other.netmask === route.destination.netmask;
    return same && !isRecordOf(record, route);
  });
}

/** Whether a line of the kernel's table is the one that the firmware creates for a route's record. */
export function isOwnLine(line: LiveRoute, route: Route, { lanInterface }: AsusReading): boolean {
  return isByGateway(line, route, lanInterface) && line.metric === route.metric + 1;
}

/** Whether a line has the same destination as a route. */
export function leadsTo(line: LiveRoute, { destination }: Route): boolean {
  return line.destination === destination.network && line.prefix === destination.prefix;
}

/** Whether the kernel has exactly one line for the route's destination, and that line is the route's. */
export function isLive(reading: AsusReading, route: Route): boolean {
  const lines = reading.table.filter((line) => leadsTo(line, route));
  return lines.length === 1 && lines.every((line) => isOwnLine(line, route, reading));
}

/** Returns the path and the value of a route's destination in the stack file. */
export function locateRoute({ pools }: Plan, { pool, destination }: Route): Pick<Finding, "path" | "value"> {
  const index = pools.findIndex(({ name }) => name === pool);
  const entry = pools[index]?.addresses.findIndex(({ text }) => text === destination.text) ?? 0;
  return { path: `pools[${index}].addresses[${entry}]`, value: quote(destination.text) };
}

type Network = readonly [address: Ipv4, netmask: Ipv4];

const textOf = ([address, netmask]: Network) => `${address} with mask ${netmask}`;
const isByGateway = (line: LiveRoute, route: Route, lanInterface: string) =>
  line.gateway === route.gateway && line.interface === lanInterface;
/** Returns a finding locateRoute a route's destination. */
export const refusal = (plan: Plan, route: Route, rule: string, fix: string): Finding => ({ ...locateRoute(plan, route), rule, fix });
const gateway = ({ gateway: { address } }: Plan, rule: string, fix: string): Finding => {
  return { path: "gateway.addresses[0]", value: quote(address), rule, fix };
};

/** Removes duplicates: routes share their gateway, so each route reports the same problem of it. */
function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

function checkGateway({ plan, reading }: RouteCheck, route: Route, lan: Network): Finding[] {
  const { lanInterface } = reading;
  const lookup = reading.lookups.get(route.gateway);
  const device = lookup?.interface;
  // This check is first: the way to the router's own address is the loopback interface, which the next check would report.
  if (route.gateway === lan[0]) return [gateway(plan, "the router itself", "use the address of a master node")];
  if (device !== undefined && device !== lanInterface) {
    const rule = `on ${device}, a guest, VLAN or other network, where the firmware installs no static route`;
    return [gateway(plan, rule, `use a node on the LAN (${lanInterface})`)];
  }
  if (!sharesAddress([route.gateway, lan[1]], lan)) {
    return [gateway(plan, `outside the router's LAN (${textOf(lan)})`, "correct it, or router.lan")];
  }
  if (lookup === undefined || device !== undefined) return [];
  return [gateway(plan, "no neighbour of the router", "use the address of a node on the router's LAN")];
}

/** Reports addresses of the LAN that MetalLB announces and that the router gives out by DHCP. */
function checkDhcp({ plan: { gateway, pools }, reading: { dhcp } }: RouteCheck): Finding[] {
  if (dhcp === undefined) return [];
  const refuse = (path: string, value: string): Finding => ({
    path,
    value: quote(value),
    rule: `among ${dhcp.text}, which the router hands out by DHCP`,
    fix: "use addresses outside of that, or change the range on the page LAN > DHCP Server",
  });
  return [
    ...(gateway.mode === "floating" && contains(dhcp, gateway.address) ? [refuse("gateway.addresses[0]", gateway.address)] : []),
    ...pools.flatMap(({ route, addresses }, pool) =>
      addresses.flatMap((block, index) =>
        !route && overlaps(block, dhcp) ? [refuse(`pools[${pool}].addresses[${index}]`, block.text)] : [],
      ),
    ),
  ];
}

/** Reports a next hop that does not answer. A floating one must not answer before the cluster announces it. */
function checkNextHopAnswers({ plan, reading, announced }: RouteCheck, complete: boolean): Finding[] {
  const { address, mode } = plan.gateway;
  const lookup = reading.lookups.get(address);
  if (lookup === undefined) return [];
  if (mode === "floating") {
    if (announced && complete && lookup.arpFailed) {
      const fix = `start a master's speaker: kubectl get pods --namespace ${plan.metallb.namespace} --output wide`;
      return [gateway(plan, `no node announces it: no host answers on the router's LAN (${reading.lanInterface})`, fix)];
    }
    if (announced || complete || !lookup.answers) return [];
    const rule = "already answers on the router's LAN, so another host has it";
    return [gateway(plan, rule, "use a free address of the LAN, outside of what the router hands out by DHCP")];
  }
  // Another tool may stop an external next hop at any time, so it is checked even if its route is complete.
  if (!lookup.arpFailed || (complete && mode === "node")) return [];
  const rule = `does not answer on the router's LAN (${reading.lanInterface})`;
  return [
    gateway(
      plan,
      rule,
      mode === "node"
        ? "start that node, or use another master's address"
        : "start what holds it, such as keepalived or kube-vip, or correct it",
    ),
  ];
}

const tableFix = "remove it on the page LAN > Route, or make the stack's values the same";
const adoption = "set router.adopt: true to take it over, or remove it on the page LAN > Route";

function checkRuleList(routeCheck: RouteCheck, route: Route): Finding[] {
  const { plan, reading } = routeCheck;
  const list = parseList(reading.list);
  const edited = editedRecordOf(routeCheck, route);
  const same = new Set(othersFor(list, route));
  const others = [...same].filter((record) => record !== edited);
  const overlapping = list.records.filter((record) => {
    const other = parseRecord(record);
    return other !== undefined && !isRecordOf(record, route) && !same.has(record) && takesFrom(other, route);
  });
  const has = (record: string) => `the router's list already has '<${record}' for it`;
  return [
    ...others.map((record) => refusal(plan, route, has(record), tableFix)),
    ...overlapping.map((record) =>
      refusal(
        plan,
        route,
        `the router's list has '<${record}', which overlaps it`,
        "remove that on the page LAN > Route, or move the pool",
      ),
    ),
    ...(list.records.some((record) => isRecordOf(record, route)) && !mayAdopt(routeCheck, route)
      ? [refusal(plan, route, `${has(recordOf(route))}, made by hand or by an interrupted run`, adoption)]
      : []),
  ];
}

const mayAdopt = ({ isManaged, plan }: RouteCheck, route: Route) => isManaged(route) || plan.router.adopt;

function checkRoutingTable(routeCheck: RouteCheck, route: Route): Finding[] {
  const { plan, reading } = routeCheck;
  const edited = editedRecordOf(routeCheck, route);
  const editedRoute = edited === undefined ? undefined : parseRecord(edited);
  const { lanInterface } = reading;
  const inList = parseList(reading.list).records.some((record) => isRecordOf(record, route));
  return reading.table
    .filter((line) => takesFrom({ destination: line.destination, netmask: cidrOf(line.destination, line.prefix).netmask }, route))
    .flatMap((line) => {
      const has = `the router's table already has '${line.line}'`;
      if (!leadsTo(line, route)) return [refusal(plan, route, `${has}, which overlaps it`, "remove that route, or move the pool")];
      if (isByGateway(line, route, lanInterface)) {
        // If the list has the record, onList reports it.
        const taken = mayAdopt(routeCheck, route) || inList;
        return taken ? [] : [refusal(plan, route, `${has}, made by hand or by an interrupted run`, adoption)];
      }
      const isAltered = line.interface === lanInterface && line.gateway === editedRoute?.gateway && line.metric === editedRoute.metric + 1;
      return isAltered ? [] : [refusal(plan, route, `${has} for it`, "remove that route, or correct gateway.addresses")];
    });
}
