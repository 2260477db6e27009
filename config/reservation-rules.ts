/** The rules for the reservations and names on the router. */
import { contains, isBuggy } from "./address/address";
import { findHopConflict } from "./gateway-rules";
import { quote, type Finding } from "./problem";
import { isForeignLan } from "./router-rules";
import { namePath, namesIn, placedAddresses, placedReservations, type Sections } from "./sections";

export const reservationRules = [reserveNeedsNodeMode, routerIsManaged, nodesOnLan, addressOnce, macOnce, namesInPools];

/** Reports a reservation of an address that moves between nodes. */
function reserveNeedsNodeMode({ gateway }: Sections): Finding[] {
  if (gateway === undefined || !gateway.reserve || gateway.mode === "node") return [];
  const rule = `gateway.mode is ${gateway.mode}, so the address belongs to no single node`;
  return [{ path: "gateway.reserve", value: "true", rule, fix: "remove it, or set gateway.mode: node" }];
}

function routerIsManaged(sections: Sections): Finding[] {
  const { gateway, router } = sections;
  if (router?.type !== "manual") return [];
  const rule = "router.type is manual, so the program changes nothing on the router";
  const fix = "remove it, and reserve the address on the router's page yourself";
  const nameFix = "remove it, and enter the name on your DNS server yourself";
  return [
    ...(gateway?.reserve === true ? [{ path: "gateway.reserve", value: "true", rule, fix }] : []),
    ...router.reservations.map(({ address }, index) => ({
      path: `router.reservations[${index}].address`,
      value: quote(address),
      rule,
      fix,
    })),
    ...namesIn(sections).map((one) => ({ path: namePath(one), value: quote(one.address), rule, fix: nameFix })),
  ];
}

function nodesOnLan(sections: Sections): Finding[] {
  const { router } = sections;
  if (router === undefined || isForeignLan(sections)) return [];
  return router.reservations.flatMap(({ address }, index) => {
    const rule = findHopConflict(address, router);
    const path = `router.reservations[${index}].address`;
    return rule === undefined ? [] : [{ path, value: quote(address), rule, fix: `use the address of a node in ${router.lan.text}` }];
  });
}

function addressOnce(sections: Sections): Finding[] {
  return findRepeated(
    placedReservations(sections).map(({ path, address }) => ({ path, value: address })),
    "remove one of the two",
  );
}

function macOnce(sections: Sections): Finding[] {
  const macs = placedReservations(sections).flatMap(({ path, mac }) =>
    mac === undefined ? [] : [{ path: path.replace(/address$/, "mac"), value: mac }],
  );
  return findRepeated(macs, "give each node one address");
}

/** Finds values that stand in two places. */
export function findRepeated(entries: readonly { readonly path: string; readonly value: string }[], fix: string): Finding[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ path, value }) => {
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, path);
    return earlier === undefined ? [] : [{ path, value: quote(value), rule: `${earlier} is the same`, fix }];
  });
}

function namesInPools(sections: Sections): Finding[] {
  if (sections.pools === undefined) return [];
  const placed = placedAddresses(sections);
  return namesIn(sections).flatMap((one) => {
    const found = placed.find(({ block }) => contains(block, one.address));
    const about = (rule: string, fix: string) => [{ path: namePath(one), value: quote(one.address), rule, fix }];
    if (found === undefined) return about("in no pool of this stack", "use the address of a service, from pools");
    if (!found.pool.avoidBuggyIPs || !isBuggy(one.address)) return [];
    const rule = `no service can have it, because avoidBuggyIPs of pool ${found.pool.name} excludes addresses that end in .0 and .255`;
    return about(rule, "use another address, or set avoidBuggyIPs: false on the pool");
  });
}
