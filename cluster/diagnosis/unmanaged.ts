import { idOf, type KubeObject } from "../manifests/kube-object";
import { plannedObjects } from "../manifests/planned-objects";
import type { Plan } from "../../config/plan";

/** What configures MetalLB, by the plural of each kind. */
export const CONFIGURING = {
  ipaddresspools: "IPAddressPool",
  l2advertisements: "L2Advertisement",
  bgpadvertisements: "BGPAdvertisement",
  bgppeers: "BGPPeer",
  bfdprofiles: "BFDProfile",
  communities: "Community",
} as const;

/** An object of MetalLB's that the plan does not have. */
export interface UnmanagedObject {
  /** `IPAddressPool metallb-system/by-hand`. */
  readonly id: string;
  /** Whether the stack made it, and has it no more. */
  readonly isOwn: boolean;
  /** Who wrote it: a field manager's name, such as `kubectl-create`. */
  readonly maker: string;
  /** What it does to the stack's pools, in words; undefined where nothing. */
  readonly effect?: string;
}

/**
 * Finds what configures the stack's MetalLB beside the plan.
 *
 * @param objects all of MetalLB's in its namespace
 * @param own the stack's objects by its state, each as kind and name
 */
export function findUnmanaged(plan: Plan, objects: readonly KubeObject[], own: ReadonlySet<string>): UnmanagedObject[] {
  const planned = new Set(plannedObjects(plan).map(({ object: { kind, metadata } }) => `${kind} ${metadata.name}`));
  const nameOf = ({ kind, metadata: { name } }: KubeObject) => `${kind} ${name}`;
  return objects
    .filter((object) => !planned.has(nameOf(object)))
    .map((object) => {
      const effect = effectOn(plan, object);
      return { id: idOf(object), isOwn: own.has(nameOf(object)), maker: makerOf(object), ...(effect === undefined ? {} : { effect }) };
    });
}

function makerOf({ metadata: { managedFields = [] } }: KubeObject): string {
  return (
    managedFields.find(({ fieldsV1 = {}, subresource }) => subresource === undefined && "f:spec" in fieldsV1)?.manager ?? "an unknown owner"
  );
}

/** Of a pool its addresses, of an advertisement the stack's pools that it makes known as well. */
function effectOn({ pools }: Plan, { kind, spec = {} }: KubeObject): string | undefined {
  const { addresses = [], ipAddressPools: named = [], ipAddressPoolSelectors: selectors = [] } = spec as Spec;
  if (kind === "IPAddressPool") return `gives services ${addresses.join(", ")}`;
  if (kind !== "L2Advertisement" && kind !== "BGPAdvertisement") return undefined;
  // The stack's pools have no labels for selectors to take.
  const known = named.length === 0 && selectors.length === 0 ? pools : pools.filter(({ name }) => named.includes(name));
  return known.length === 0 ? undefined : `announces ${known.map(({ name }) => name).join(", ")} too`;
}

interface Spec {
  readonly addresses?: readonly string[];
  readonly ipAddressPools?: readonly string[];
  readonly ipAddressPoolSelectors?: readonly object[];
}
