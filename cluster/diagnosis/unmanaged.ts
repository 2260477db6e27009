import { idOf, type KubeObject } from "../manifests/kube-object";
import { plannedObjects } from "../manifests/planned-objects";
import type { Plan } from "../../config/plan";

/** The kinds that configure MetalLB, by plural. */
export const CONFIGURING = {
  ipaddresspools: "IPAddressPool",
  l2advertisements: "L2Advertisement",
  bgpadvertisements: "BGPAdvertisement",
  bgppeers: "BGPPeer",
  bfdprofiles: "BFDProfile",
  communities: "Community",
} as const;

/** An object of MetalLB that is not in the plan. */
export interface UnmanagedObject {
  /** The object, as `IPAddressPool metallb-system/by-hand`. */
  readonly id: string;
  /** Whether the stack created the object and has removed it from the plan. */
  readonly isOwn: boolean;
  /** The field manager that created the object, such as `kubectl-create`. */
  readonly manager: string;
  /** The object's effect on the stack's pools, as text; undefined if there is none. */
  readonly effect?: string;
}

/**
 * Finds objects that configure the stack's MetalLB and are not in the plan.
 *
 * @param objects all objects of MetalLB in its namespace
 * @param managed the stack's objects according to its state, each as kind and name
 */
export function findUnmanaged(plan: Plan, objects: readonly KubeObject[], managed: ReadonlySet<string>): UnmanagedObject[] {
  const planned = new Set(plannedObjects(plan).map(({ object: { kind, metadata } }) => `${kind} ${metadata.name}`));
  const nameOf = ({ kind, metadata: { name } }: KubeObject) => `${kind} ${name}`;
  return objects
    .filter((object) => !planned.has(nameOf(object)))
    .map((object) => {
      const effect = effectOn(plan, object);
      return {
        id: idOf(object),
        isOwn: managed.has(nameOf(object)),
        manager: managerOf(object),
        ...(effect === undefined ? {} : { effect }),
      };
    });
}

/** Returns the field manager that created an object. */
export function managerOf({ metadata: { managedFields = [] } }: KubeObject): string {
  return (
    managedFields.find(({ fieldsV1 = {}, subresource }) => subresource === undefined && "f:spec" in fieldsV1)?.manager ?? "an unknown owner"
  );
}

/** Describes the effect of an unmanaged object: a pool's addresses, or the stack's pools that an advertisement announces too. */
function effectOn({ pools }: Plan, { kind, spec = {} }: KubeObject): string | undefined {
  const { addresses = [], ipAddressPools: named = [], ipAddressPoolSelectors: selectors = [] } = spec as Spec;
  if (kind === "IPAddressPool") return `gives services ${addresses.join(", ")}`;
  if (kind !== "L2Advertisement" && kind !== "BGPAdvertisement") return undefined;
  // The stack's pools have no labels, so selectors match none of them.
  const known = named.length === 0 && selectors.length === 0 ? pools : pools.filter(({ name }) => named.includes(name));
  return known.length === 0 ? undefined : `announces ${known.map(({ name }) => name).join(", ")} too`;
}

interface Spec {
  readonly addresses?: readonly string[];
  readonly ipAddressPools?: readonly string[];
  readonly ipAddressPoolSelectors?: readonly object[];
}
