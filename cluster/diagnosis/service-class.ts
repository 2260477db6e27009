import { contains, parseReserved } from "../../config/address/address";
import { loadBalancerClassIn } from "../../config/load-balancer-class";
import { isNextHop, nextHopName } from "../../config/next-hop";
import type { UnresolvedPlan, Plan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";
import { withAddresses, type ServiceState, type Survey } from "./cluster-state";

/** Services that MetalLB gave an address and will not handle, because they have another class. */
export interface Unhandled {
  /** Set if the edit that is being deployed makes MetalLB give addresses again that such services still have. */
  readonly refusal?: Finding;
  /** Set if there are such services, and nothing is refused. */
  readonly warning?: Finding;
}

/**
 * Compares the class that MetalLB will handle with those of the services that have an address from it. A service of another class keeps the
 * address in its status, and MetalLB counts the address as free.
 */
export function findUnhandled(plan: UnresolvedPlan, { services, handledClass }: Pick<Survey, "services" | "handledClass">): Unhandled {
  const planned = loadBalancerClassIn(plan.metallb.values);
  const others = services.filter(
    // The service of the floating next hop belongs to the program, which sets its class.
    ({ loadBalancerClass, addresses, pool }) => loadBalancerClass !== planned && addresses.length > 0 && !isNextHop(pool),
  );
  if (others.length === 0) return {};
  const again = others.filter((service) => isInPools(plan, service));
  const isEdit = handledClass !== (planned ?? "");
  const handles = planned === undefined ? "services without a class" : `services of class ${planned}`;
  const named = others.map(withAddresses).join(", ");
  const rule =
    `MetalLB ${isEdit ? "will handle" : "handles"} only ${handles}, so it ${isEdit ? "will no longer handle" : "does not handle"} ${named}, ` +
    (again.length === 0
      ? "whose addresses no node announces then"
      : `and gives ${again.length === 1 ? "this address" : "these addresses"} to other services`);
  const finding = {
    path: "metallb.values.loadBalancerClass",
    value: planned === undefined ? "nothing" : quote(planned),
    rule,
    fix:
      "a service's class cannot be changed: set its type to ClusterIP, which gives the address back, and then to LoadBalancer with " +
      (planned === undefined ? "no loadBalancerClass" : `loadBalancerClass: ${planned}`),
  };
  return isEdit && again.length > 0 ? { refusal: finding } : { warning: finding };
}

/** Returns the next hop's service, as kind and name, if it has another class: Kubernetes refuses the change, and `up` replaces the service. */
export function findReplacedHop({ gateway, metallb }: Plan, { services }: Pick<Survey, "services">): string[] {
  if (gateway.mode !== "floating") return [];
  const name = nextHopName(gateway.address);
  const live = services.find((service) => service.name === `${metallb.namespace}/${name}`);
  return live === undefined || live.loadBalancerClass === loadBalancerClassIn(metallb.values) ? [] : [`Service ${name}`];
}

function isInPools({ pools }: UnresolvedPlan, { addresses }: ServiceState): boolean {
  return addresses.some((address) => {
    const parsed = parseReserved(address);
    return parsed.ok && pools.some((pool) => pool.addresses.some((block) => contains(block, parsed.value.first)));
  });
}
