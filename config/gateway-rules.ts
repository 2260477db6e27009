/** The rules for the section `gateway` of a stack file. */
import { broadcast, contains, overlaps, type Cidr, type Ipv4 } from "./address/address";
import { isNextHop } from "./next-hop";
import { quote, type Finding } from "./problem";
import { isForeignLan } from "./router-rules";
import { placedAddresses, reservedBlocks, type Sections } from "./sections";

/** The rules are the same in each mode; the fixes differ. */
const fixes = {
  node: (lan: string) => `use the address of a master node in ${lan}`,
  floating: (lan: string) => `use a free address in ${lan}, outside of what the router hands out by DHCP`,
  external: (lan: string) => `use the address in ${lan} that keepalived, kube-vip or the like keeps`,
};

export const gatewayRules = [autoNeedsNodeMode, gatewayOnLan, outsidePools, floatingIsFree, ownName];

function autoNeedsNodeMode({ gateway, router }: Sections): Finding[] {
  if (gateway === undefined || gateway.mode === "node" || gateway.addresses[0] !== "auto") return [];
  const rule = `only a node's address can be read from the cluster, but gateway.mode is ${gateway.mode}`;
  return [{ path: "gateway.addresses[0]", value: quote("auto"), rule, fix: fixes[gateway.mode](router?.lan.text ?? "the LAN") }];
}

function gatewayOnLan(sections: Sections): Finding[] {
  const { gateway, router } = sections;
  if (gateway === undefined || router === undefined || isForeignLan(sections)) return [];
  const [address] = gateway.addresses;
  if (address === "auto") return [];
  const rule = findHopConflict(address, router);
  if (rule === undefined) return [];
  return [{ path: "gateway.addresses[0]", value: quote(address), rule, fix: fixes[gateway.mode](router.lan.text) }];
}

/** Returns the reason why a router cannot use an address as next hop; undefined if it can. */
export function findHopConflict(
  address: Ipv4,
  { lan, host }: { readonly lan?: Cidr | undefined; readonly host: string },
): string | undefined {
  if (lan !== undefined && !contains(lan, address)) return `outside the router's LAN ${lan.text} (router.lan)`;
  if (address === host) return "the router itself (router.host)";
  const isNetworkOrBroadcast = lan !== undefined && lan.prefix < 31 && (address === lan.network || address === broadcast(lan));
  return isNetworkOrBroadcast ? `the first or last address of ${lan.text}, which no host can have` : undefined;
}

/** The rule against a route whose destination contains its next hop. */
export const ROUTE_LOOP = "so the route would lead into itself";

function outsidePools(sections: Sections): Finding[] {
  const { gateway } = sections;
  if (gateway === undefined) return [];
  const [address] = gateway.addresses;
  if (address === "auto") return [];
  const subject = gateway.mode === "node" ? "a node's address" : "the next hop";
  return placedAddresses(sections)
    .filter(({ block }) => contains(block, address))
    .map(({ path, pool, block }) => ({
      path: "gateway.addresses[0]",
      value: quote(address),
      rule: `inside ${block.text} of pool ${pool.name} (${path}), ${pool.route ? ROUTE_LOOP : `which must not hold ${subject}`}`,
      fix: gateway.mode === "node" ? "use the address of a master node, outside of every pool" : "use an address outside of every pool",
    }));
}

/** Reports a floating next hop that is in use elsewhere: MetalLB would announce an address that another host has. */
function floatingIsFree(sections: Sections): Finding[] {
  const { gateway, router } = sections;
  if (gateway?.mode !== "floating") return [];
  const [address] = gateway.addresses;
  if (address === "auto") return [];
  return reservedBlocks(sections)
    .filter(({ block }) => overlaps(block, { text: address, family: 4, first: address, last: address }))
    .map(({ path, owner, block }) => ({
      path: "gateway.addresses[0]",
      value: quote(address),
      rule: `inside ${block.text}, ${owner} (${path})`,
      fix: fixes.floating(router?.lan.text ?? "the LAN"),
    }));
}

/** Reports pools and advertisements with the name of the next hop's objects, which would be the same objects in Kubernetes. */
function ownName({ pools = [], advertisements = [] }: Sections): Finding[] {
  const named = { pools, advertisements };
  return Object.entries(named).flatMap(([kind, list]) =>
    list.flatMap(({ name }, index) => {
      if (!isNextHop(name)) return [];
      return [{ path: `${kind}[${index}].name`, value: quote(name), rule: "floating next hops have such names", fix: "use another name" }];
    }),
  );
}
