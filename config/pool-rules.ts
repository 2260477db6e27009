import { contains, enclosing, isCidr, overlaps, parseIpv4, type AddressBlock, type Ipv4 } from "./address/address";
import { quote, type Finding } from "./problem";
import { pairs, placedAddresses, reservedBlocks, type PlacedAddress, type Sections } from "./sections";

/** What pools must be to each other, to the route and to the rest of the network. */
export const poolRules = [disjoint, routable, offTheLan, offTheRouter, offTheReserved];

const unrouted = "set route: false on the pool";

function disjoint(sections: Sections): Finding[] {
  const placed = placedAddresses(sections).map((one) => ({ ...one, owner: ` of pool ${one.pool.name}` }));
  return findOverlaps(placed, "give each pool addresses of its own");
}

/** Addresses, and where they stand. */
export interface Placed {
  readonly path: string;
  readonly block: AddressBlock;
  /** To go after the addresses in a sentence. */
  readonly owner: string;
}

/** Addresses that stand in two places. */
export function findOverlaps(placed: readonly Placed[], fix: string): Finding[] {
  return pairs(placed)
    .filter(([later, earlier]) => overlaps(later.block, earlier.block))
    .map(([later, earlier]) => ({
      path: later.path,
      value: quote(later.block.text),
      rule: `overlaps ${earlier.block.text}${earlier.owner} (${earlier.path})`,
      fix,
    }));
}

/** What is wrong with a route to addresses of the LAN. */
export const onLan = (lan: string): string => `overlaps the LAN ${lan} (router.lan), where a static route breaks the LAN`;

/** What is wrong with a route or a pool that has the router's own address. */
export const holdsRouter = (host: string): string => `holds the router's address ${host} (router.host)`;

/** The router's list holds networks of IPv4, each with a netmask. */
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

const onTheLan = ({ pool, block }: PlacedAddress, { router }: Sections) =>
  pool.route && router !== undefined && overlaps(block, router.lan);

function offTheLan(sections: Sections): Finding[] {
  const lan = sections.router?.lan.text ?? "";
  return placedAddresses(sections)
    .filter((placed) => onTheLan(placed, sections))
    .map(({ path, block }) => ({
      path,
      value: quote(block.text),
      rule: onLan(lan),
      fix: `use a network outside the LAN, such as 10.5.0.0/24, or ${unrouted}`,
    }));
}

function offTheRouter(sections: Sections): Finding[] {
  const host = parseIpv4(sections.router?.host ?? "");
  if (!host.ok) return [];
  return placedAddresses(sections)
    .filter((placed) => contains(placed.block, host.value) && !onTheLan(placed, sections))
    .map(({ path, block }) => ({
      path,
      value: quote(block.text),
      rule: holdsRouter(host.value),
      fix: "leave the router's address out",
    }));
}

function offTheReserved(sections: Sections): Finding[] {
  const taken = reservedBlocks(sections);
  return placedAddresses(sections).flatMap(({ path, block }) =>
    taken
      .filter((other) => overlaps(other.block, block))
      .map((other) => ({
        path,
        value: quote(block.text),
        rule: `overlaps ${other.block.text}, ${other.owner} (${other.path})`,
        fix: `use addresses that are free, or correct ${other.path.replace(/\[\d+\]$/, "")}`,
      })),
  );
}
