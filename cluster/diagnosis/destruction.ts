/** What a destroy deletes, and the reasons to refuse it. */
import type { ClusterState, Survey } from "./cluster-state";
import { withAddresses } from "./cluster-state";
import { isNextHop } from "../../config/next-hop";
import type { UnresolvedPlan } from "../../config/plan";
import { idOf, type KubeObject } from "../manifests/kube-object";
import { isPulumi } from "../manifests/ownership";
import { managerOf } from "./unmanaged";
import { quote, type Finding } from "../../config/problem";

/** Reports the services that lose their address: all with an address from MetalLB, because a destroy deletes every pool. */
export function findDestroyed({ pools }: UnresolvedPlan, { services }: ClusterState): Finding | undefined {
  // The service of the floating next hop belongs to the program, and no client uses it.
  const lost = services.filter(({ addresses, pool }) => addresses.length > 0 && !isNextHop(pool));
  if (lost.length === 0) return undefined;
  const names = lost.map(withAddresses).join(", ");
  return {
    path: "pools",
    value: quote(pools.flatMap(({ addresses }) => addresses.map(({ text }) => text))),
    rule:
      lost.length === 1
        ? `destroy removes the address of 1 service: ${names}`
        : `destroy removes the address of ${lost.length} services: ${names}`,
    fix: "clients can no longer reach them there",
  };
}

/** Reports unmanaged pools that are deleted too, because a destroy deletes MetalLB's CRDs. */
export function findDeletedWith(
  { metallb, pools }: UnresolvedPlan,
  { objects, pools: own }: Pick<Survey, "objects" | "pools">,
): Finding | undefined {
  const ownPools = new Set([...pools.map(({ name }) => name), ...own]);
  const others = objects.filter(
    ({ kind, name, namespace }) =>
      kind === "IPAddressPool" && !(namespace === metallb.namespace && (ownPools.has(name) || isNextHop(name))),
  );
  if (others.length === 0) return undefined;
  const described = others.map(({ name, addresses, manager }) => `${name} (${addresses.join(", ")}, by ${manager})`);
  return {
    path: "metallb",
    value: quote(metallb.namespace),
    rule: `pools that this stack does not manage are deleted with MetalLB's CustomResourceDefinitions: ${described.join("; ")}`,
    fix: "save them if you need them again",
  };
}

/**
 * Reports other objects of MetalLB's kinds that are deleted with their definitions, such as BGP peers. {@link findDeletedWith} reports pools.
 *
 * @param objects the objects of the definitions that the stack manages
 * @param managed the stack's objects according to its state, each as kind and name
 */
export function findOthersDeleted(
  { metallb }: UnresolvedPlan,
  objects: readonly KubeObject[],
  managed: ReadonlySet<string>,
): Finding | undefined {
  const isOwn = ({ kind, metadata: { name, namespace, managedFields = [] } }: KubeObject) =>
    namespace === metallb.namespace && (managed.has(`${kind} ${name}`) || managedFields.some(({ manager }) => isPulumi(manager)));
  const others = objects.filter((object) => object.kind !== "IPAddressPool" && !isOwn(object));
  if (others.length === 0) return undefined;
  return {
    path: "metallb",
    value: quote(metallb.namespace),
    rule: `objects that this stack does not manage are deleted with their CustomResourceDefinitions: ${others.map((one) => `${idOf(one)} (by ${managerOf(one)})`).join("; ")}`,
    fix: "save them if you need them again",
  };
}

/** Returns the custom resource definitions among a stack's objects, by name. */
export const definitionsIn = (managed: ReadonlySet<string>): string[] =>
  [...managed].flatMap((object) => /^CustomResourceDefinition (.*)$/.exec(object)?.[1] ?? []);

/** Reports the protected pools from which services have an address, so that the destroy must be refused. */
export function findProtectedInUse({ pools }: UnresolvedPlan, { services }: ClusterState): Finding[] {
  return pools.flatMap(({ name, protect }, index) => {
    const inUse = services.filter((service) => protect && service.pool === name && service.addresses.length > 0);
    if (inUse.length === 0) return [];
    return {
      path: `pools[${index}].protect`,
      value: "true",
      rule: `services have addresses from it: ${inUse.map(withAddresses).join(", ")}`,
      fix: "remove them first, or set it to false and run pulumi up",
    };
  });
}
