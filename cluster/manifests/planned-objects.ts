import { differences, type Difference, type KubeObject } from "./kube-object";
import { advertisementManifest, poolManifest } from "./manifests";
import { nextHopManifests } from "./next-hop";
import { loadBalancerClassIn } from "../../config/load-balancer-class";
import type { UnresolvedPlan } from "../../config/plan";

/** An object of the plan and its purpose. */
export interface PlannedObject {
  /** `pool`, `advertisement` or `next hop`. */
  readonly role: "pool" | "advertisement" | "next hop";
  readonly object: KubeObject;
}

/** Returns the objects of a plan, except the chart's. */
export function plannedObjects({ pools, advertisements, gateway, metallb: { namespace, values } }: UnresolvedPlan): PlannedObject[] {
  const { pool, advertisement, service } = nextHopManifests(gateway.address, namespace, loadBalancerClassIn(values));
  const nextHop = gateway.mode === "floating" ? [pool, advertisement, { apiVersion: "v1", kind: "Service", ...service }] : [];
  return [
    ...pools.map((one): PlannedObject => ({ role: "pool", object: poolManifest(one, namespace) })),
    ...advertisements.map((one): PlannedObject => ({ role: "advertisement", object: advertisementManifest(one, namespace) })),
    ...nextHop.map((object): PlannedObject => ({ role: "next hop", object })),
  ];
}

/** Returns the differences from the live object to the planned one. Fields that the cluster adds to a service are ignored. */
export function deviations(planned: KubeObject, live: KubeObject): Difference[] {
  const found = differences(live["spec"], planned["spec"], "spec");
  return planned.kind === "Service" ? found.filter(({ to }) => to !== undefined) : found;
}

/** Formats a difference as `spec.addresses[0] is "10.5.0.0/25" and not "10.5.0.0/24"`. */
export function describeDifference({ path, from, to }: Difference): string {
  if (from === undefined) return `${path} is missing: ${JSON.stringify(to)}`;
  if (to === undefined) return `${path} is ${JSON.stringify(from)}, which is not planned`;
  return `${path} is ${JSON.stringify(from)} and not ${JSON.stringify(to)}`;
}
