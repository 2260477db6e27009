import { contains, enclosing, isCidr, overlaps, parseIpv4, type AddressBlock, type Ipv4 } from "./address/address";
import { capacityOf } from "./address/capacity";
import { overlapPairs, overlapsWith } from "./address/overlap-pairs";
import { quote, type Finding } from "./problem";
import { placedAddresses, reservedBlocks, type PlacedAddress, type Sections } from "./sections";

/** The rules that compare pools with each other, with the route and with the rest of the network. */
export const poolRules = [poolsDisjoint, notEmpty, routable, poolsOutsideLan, poolsWithoutRouter, poolsOutsideReserved];

const unrouted = "set route: false on the pool";

function poolsDisjoint(sections: Sections): Finding[] {
  const placed = placedAddresses(sections).map((one) => ({ ...one, owner: ` of pool ${one.pool.name}` }));
  return findOverlaps(placed, "give each pool addresses of its own");
}

/** Addresses and their location in the configuration. */
export interface Placed {
  readonly path: string;
  readonly block: AddressBlock;
  /** A text that follows the addresses in a message and names their owner. */
  readonly owner: string;
}

/** Finds addresses that are listed twice. */
export function findOverlaps(placed: readonly Placed[], fix: string): Finding[] {
  return overlapPairs(placed).map(([later, earlier]) => ({
    path: later.path,
    value: quote(later.block.text),
    rule: `overlaps ${earlier.block.text}${earlier.owner} (${earlier.path})`,
    fix,
  }));
}

/** Reports pools of which no service can get an address. */
function notEmpty({ pools = [] }: Sections): Finding[] {
  return pools.flatMap((pool, index) => {
    if (capacityOf(pool) > 0n || pool.addresses.length === 0) return [];
    const [first, ...others] = pool.addresses;
    const path = `pools[${index}].addresses`;
    const rule = "no address is left, because avoidBuggyIPs excludes those that end in .0 and .255";
    const fix = "use other addresses, or set avoidBuggyIPs: false on the pool";
    return [others.length > 0 ? { path, value: "a list", rule, fix } : { path: `${path}[0]`, value: quote(first?.text), rule, fix }];
  });
}

/** The rule against a route to addresses of the LAN. */
export const overlapsLan = (lan: string): string => `overlaps the LAN ${lan} (router.lan), where a static route breaks the LAN`;

/** The rule against a route or a pool that contains the router's address. */
export const holdsRouter = (host: string): string => `holds the router's address ${host} (router.host)`;

/** Reports routed pools with other blocks than IPv4 networks: the router's list needs a netmask for each route. */
function routable(sections: Sections): Finding[] {
  return placedAddresses(sections)
    .filter(({ pool, block }) => pool.route && !isCidr(block))
    .map(({ path, block }) => {
      const finding = { path, value: quote(block.text) };
      if (block.family === 6) {
        return {
          ...finding,
          rule: "the router's list of static routes does not support IPv6",
          fix: `move it to a separate pool and ${unrouted}`,
        };
      }
      const network = enclosing(block.first as Ipv4, block.last as Ipv4).text;
      return {
        ...finding,
        rule: "the router's static route needs a network, not a range",
        fix: `write a network such as ${network}, or ${unrouted}`,
      };
    });
}

const isOnLan = ({ pool, block }: PlacedAddress, { router }: Sections) => pool.route && router !== undefined && overlaps(block, router.lan);

function poolsOutsideLan(sections: Sections): Finding[] {
  const lan = sections.router?.lan.text ?? "";
  return placedAddresses(sections)
    .filter((placed) => isOnLan(placed, sections))
    .map(({ path, block }) => ({
      path,
      value: quote(block.text),
      rule: overlapsLan(lan),
      fix: `use a network outside the LAN, such as 10.5.0.0/24, or ${unrouted}`,
    }));
}

function poolsWithoutRouter(sections: Sections): Finding[] {
  const host = parseIpv4(sections.router?.host ?? "");
  if (!host.ok) return [];
  return placedAddresses(sections)
    .filter((placed) => contains(placed.block, host.value) && !isOnLan(placed, sections))
    .map(({ path, block }) => ({
      path,
      value: quote(block.text),
      rule: holdsRouter(host.value),
      fix: "leave the router's address out",
    }));
}

function poolsOutsideReserved(sections: Sections): Finding[] {
  return overlapsWith(placedAddresses(sections), reservedBlocks(sections)).map(([{ path, block }, other]) => ({
    path,
    value: quote(block.text),
    rule: `overlaps ${other.block.text}, ${other.owner} (${other.path})`,
    fix: `use addresses that are free, or correct ${other.path.replace(/\[\d+\]$/, "")}`,
  }));
}
