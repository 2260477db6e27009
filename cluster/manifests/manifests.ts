import { DELETED_AT_ONCE } from "./install-order";
import type { AdvertisementPlan, PoolPlan } from "../../config/plan";

const apiVersion = "metallb.io/v1beta1";

/** The speaker needs the host's network and raw sockets, which Pod Security admission refuses without these labels. */
const privileged = Object.fromEntries(["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "privileged"]));

/** Returns the object of MetalLB's namespace. */
export const namespaceManifest = (name: string) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: privileged } });

/** Returns the IPAddressPool object of a pool. */
export function poolManifest({ name, addresses, autoAssign, avoidBuggyIPs, serviceAllocation }: PoolPlan, namespace: string) {
  return {
    apiVersion,
    kind: "IPAddressPool",
    metadata: { name, namespace, annotations: DELETED_AT_ONCE },
    spec: {
      addresses: addresses.map(({ text }) => text),
      autoAssign,
      avoidBuggyIPs,
      ...(serviceAllocation === undefined ? {} : { serviceAllocation }),
    },
  };
}

/** Returns the L2Advertisement object of an advertisement. */
export function advertisementManifest(advertisement: AdvertisementPlan, namespace: string) {
  const { name, pools, nodeSelectors, interfaces, serviceSelectors, preferredNodeSelectors } = advertisement;
  return {
    apiVersion,
    kind: "L2Advertisement",
    metadata: { name, namespace, annotations: DELETED_AT_ONCE },
    spec: {
      ipAddressPools: pools,
      nodeSelectors,
      ...(interfaces.length === 0 ? {} : { interfaces }),
      ...(serviceSelectors === undefined ? {} : { serviceSelectors }),
      ...(preferredNodeSelectors === undefined ? {} : { preferredNodeSelectors }),
    },
  };
}
