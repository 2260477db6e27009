/** The objects of a next hop that MetalLB announces. */
import { addressOfHop, nextHopName } from "../../config/next-hop";
import { MASTER_LABEL } from "../../config/node-labels";
import { DELETED_AT_ONCE } from "./install-order";

/** Returns the addresses of the next hops among a stack's objects, each given as kind and name. */
export const nextHopPools = (objects: ReadonlySet<string>): string[] =>
  [...objects].flatMap((object) => addressOfHop(/^Service (.*)$/.exec(object)?.[1] ?? "") ?? []);

const metallb = "metallb.io/v1beta1";

/** Waits for the address only. The provider's own wait for a service takes 10 s longer. */
const CREATED_WHEN_ASSIGNED = { "pulumi.com/waitFor": "jsonpath={.status.loadBalancer.ingress[0].ip}" };

/** Returns the spec of the advertisement of a floating next hop: the masters announce it. */
export const nextHopAdvertisement = (address: string) => ({
  ipAddressPools: [nextHopName(address)],
  nodeSelectors: [{ matchExpressions: [{ key: MASTER_LABEL, operator: "Exists" as const }] }],
});

/**
 * Returns the objects of a floating next hop: a pool with one address, its advertisement by masters, and a service. MetalLB announces only
 * services with an endpoint, so the service selects the speakers, which run on every node. Its port is the speakers' own, and no client
 * needs it.
 *
 * @param loadBalancerClass the class of the services that MetalLB handles, if it handles those of a class only
 */
export function nextHopManifests(address: string, namespace: string, loadBalancerClass?: string) {
  const name = nextHopName(address);
  const metadata = { name, namespace, annotations: DELETED_AT_ONCE };
  return {
    pool: {
      apiVersion: metallb,
      kind: "IPAddressPool",
      metadata,
      spec: { addresses: [`${address}/32`], autoAssign: false, avoidBuggyIPs: false },
    },
    advertisement: {
      apiVersion: metallb,
      kind: "L2Advertisement",
      metadata,
      spec: nextHopAdvertisement(address),
    },
    service: {
      metadata: { ...metadata, annotations: { ...DELETED_AT_ONCE, ...CREATED_WHEN_ASSIGNED, "metallb.io/loadBalancerIPs": address } },
      spec: {
        type: "LoadBalancer",
        ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
        // No client uses a node port of this service.
        allocateLoadBalancerNodePorts: false,
        selector: { "app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "speaker" },
        ports: [{ name: "memberlist", port: 7946, protocol: "TCP" }],
      },
    },
  };
}
