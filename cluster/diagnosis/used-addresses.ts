import { parseReserved, type AddressBlock } from "../../config/address/address";
import { overlaps } from "../../config/address/block";
import { isNextHop } from "../../config/next-hop";
import type { UnresolvedPlan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";
import type { Survey, UsedBlock } from "./cluster-state";

/** The largest number of users that a message names. */
const NAMED = 3;

/** The parts of a survey that tell which addresses are in use. */
type Use = Pick<Survey, "used" | "objects">;

/**
 * Reports pools that overlap addresses in use by the cluster itself: its pod and service networks, and single nodes, pods and services.
 * A service with such an address takes the traffic of the other user. Leaves out what {@link findReserveOverlaps} reports.
 */
export function findUsedAddresses(plan: UnresolvedPlan, use: Use): Finding[] {
  return overlapsIn(plan, use).flatMap(({ isTolerated, finding }) => (isTolerated ? [] : [finding]));
}

/** Reports deployed pools in a network of which the cluster gives parts to new nodes. They work until the cluster has grown that far. */
export function findReserveOverlaps(plan: UnresolvedPlan, use: Use): Finding[] {
  return overlapsIn(plan, use).flatMap(({ isTolerated, finding }) => (isTolerated ? [finding] : []));
}

function overlapsIn({ pools, cluster, metallb }: UnresolvedPlan, { used, objects }: Use): { isTolerated: boolean; finding: Finding }[] {
  const isDeployed = (text: string) =>
    objects.some(
      ({ kind, namespace, addresses }) => kind === "IPAddressPool" && namespace === metallb.namespace && addresses.includes(text),
    );
  const parsed = used.flatMap((one) => {
    const block = parseReserved(one.text);
    return block.ok ? [{ ...one, block: block.value }] : [];
  });
  return pools.flatMap(({ name, addresses }, p) =>
    addresses.flatMap((address, a) => {
      const found = isNextHop(name) ? [] : outermost(parsed.filter(({ block }) => overlaps(block, address)));
      if (found.length === 0) return [];
      const more = found.length > NAMED ? `, and ${found.length - NAMED} more` : "";
      const users = found.slice(0, NAMED).map(({ text, owner }) => `${text}, ${owner}`);
      const kinds = [...new Set(found.map(({ kind }) => `reserved.${kind}`))].join(" and ");
      const finding = {
        path: `pools[${p}].addresses[${a}]`,
        value: quote(address.text),
        rule: `overlaps addresses that cluster ${cluster.name} uses itself: ${users.join("; ")}${more}`,
        fix: `use addresses that are free, and write what the cluster uses into ${kinds}`,
      };
      return [{ isTolerated: found.every(({ isReserve = false }) => isReserve) && isDeployed(address.text), finding }];
    }),
  );
}

type Parsed = UsedBlock & { readonly block: AddressBlock };

/** Leaves out single addresses in a network that is reported itself. */
function outermost(blocks: readonly Parsed[]): Parsed[] {
  const networks = blocks.filter(({ block }) => block.first !== block.last);
  return blocks.filter((one) => one.block.first !== one.block.last || !networks.some(({ block }) => overlaps(block, one.block)));
}
