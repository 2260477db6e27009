import { cidrOf, parseReserved } from "../../config/address/address";
import { overlaps } from "../../config/address/block";
import type { MetalLbObject, Survey, WebhookState } from "./cluster-state";
import { nextHopName } from "../../config/next-hop";
import type { Plan, PoolPlan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";

/** Objects of a MetalLB that this stack does not manage, or does not manage any more. */
export interface Orphans {
  /** An orphaned webhook configuration that is not in the stack's state. It refuses every pool, so it can be removed. */
  readonly removable?: WebhookState;
  /** The stack's own webhook configuration, orphaned because its service was deleted. */
  readonly ownWebhook?: WebhookState;
  /** Descriptions of the objects that `up` takes over unchanged. */
  readonly adopted: readonly string[];
  /** The objects that conflict with the plan: {@link overlaps}, and pools of a planned name with other addresses. */
  readonly findings: readonly Finding[];
  /** The pools that overlap the plan, so that MetalLB rejects the planned ones. */
  readonly overlaps: readonly Finding[];
}

/**
 * Sorts MetalLB's objects in a cluster into orphaned ones, objects that `up` takes over, and objects that conflict with the plan.
 *
 * @param own the stack's objects according to its state, each as kind and name
 */
export function classifyOrphans(plan: Plan, survey: Survey, own: ReadonlySet<string>): Orphans {
  const { pools, advertisements, metallb, gateway } = plan;
  const orphan = survey.webhooks.find(({ serviceExists }) => !serviceExists);
  const isOwn = orphan !== undefined && own.has(`ValidatingWebhookConfiguration ${orphan.name}`);
  const nextHop = gateway.mode === "floating" ? [{ name: nextHopName(gateway.address) }] : [];
  const planned = { IPAddressPool: [...pools, ...nextHop], L2Advertisement: [...advertisements, ...nextHop] };
  const isPlanned = ({ kind, name }: MetalLbObject) => planned[kind].some((one) => one.name === name);
  const matchesPlan = (object: MetalLbObject) =>
    pools.every((pool) => object.kind !== "IPAddressPool" || pool.name !== object.name || hasAddresses(pool, object));
  const others = survey.objects.filter(({ kind, name, namespace }) => namespace === metallb.namespace && !own.has(`${kind} ${name}`));
  const crds = survey.crds.filter((name) => !own.has(`CustomResourceDefinition ${name}`));
  const overlapping = others.filter((object) => !isPlanned(object)).flatMap((object) => findConflict(plan, object));
  const differing = others.filter((object) => isPlanned(object) && !matchesPlan(object)).map((object) => findDifference(pools, object));
  return {
    ...(orphan === undefined ? {} : isOwn ? { ownWebhook: orphan } : { removable: orphan }),
    adopted: [
      ...(crds.length === 0 ? [] : [`MetalLB's CustomResourceDefinitions (${crds.length})`]),
      ...others.filter((object) => isPlanned(object) && matchesPlan(object)).map(({ kind, name }) => `${kind} ${name}`),
    ],
    findings: [...overlapping, ...differing],
    overlaps: overlapping,
  };
}

/**
 * Reports a running MetalLB that the stack does not manage, with the command that adopts it. `up` alone would fail halfway on fields of
 * another manager.
 */
export function findForeign({ cluster, metallb, stack }: Plan, { speakers }: Survey, own: ReadonlySet<string>): Finding | undefined {
  // `up` creates the namespace first. If the state has it, this stack began to install the MetalLB in it.
  if (own.has(`Namespace ${metallb.namespace}`) || !speakers.includes(metallb.namespace)) return undefined;
  return {
    path: "metallb.namespace",
    value: quote(metallb.namespace),
    rule: `cluster ${cluster.name} already has a MetalLB that this stack does not manage`,
    fix: `run make adopt STACK=${stack}, which takes it over without an outage`,
  };
}

function hasAddresses({ addresses }: PoolPlan, object: MetalLbObject): boolean {
  return (
    [...object.addresses].sort().join() ===
    addresses
      .map(({ text }) => text)
      .sort()
      .join()
  );
}

/** Reports an unmanaged pool with a planned name and other addresses. The server would refuse to change another manager's fields. */
function findDifference(pools: Plan["pools"], { name, addresses, namespace, manager }: MetalLbObject): Finding {
  const index = pools.findIndex((pool) => pool.name === name);
  return {
    path: `pools[${index}].addresses`,
    value: quote(pools[index]?.addresses.map(({ text }) => text)),
    rule: `pool ${name} already exists in the cluster with ${addresses.join(", ")}, and this stack does not manage it (written by ${manager})`,
    fix:
      "write its addresses here to take it over as it is; run PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up once to overwrite it; or remove it: " +
      `kubectl delete ipaddresspool ${name} --namespace ${namespace}`,
  };
}

/** Reports an unmanaged pool that overlaps the plan, because MetalLB refuses overlaps. Other unmanaged pools may stay. */
function findConflict({ pools, gateway }: Plan, { kind, name, addresses, namespace, manager }: MetalLbObject): Finding[] {
  if (kind !== "IPAddressPool") return [];
  const ofPools = pools.map((pool, index) => ({ blocks: pool.addresses, path: `pools[${index}].addresses`, value: textsOf(pool) }));
  const hop = { blocks: [cidrOf(gateway.address, 32)], path: "gateway.addresses[0]", value: gateway.address };
  const planned = gateway.mode === "floating" ? [...ofPools, hop] : ofPools;
  return addresses.flatMap((text) => {
    const block = parseReserved(text);
    const taken = planned.find(({ blocks }) => block.ok && blocks.some((one) => overlaps(one, block.value)));
    if (taken === undefined) return [];
    return {
      path: taken.path,
      value: quote(taken.value),
      rule: `overlaps ${text} of pool ${name}, which already exists in the cluster and which this stack does not manage (written by ${manager}); MetalLB rejects that`,
      fix: `use other addresses, or remove it: kubectl delete ipaddresspool ${name} --namespace ${namespace}`,
    };
  });
}

const textsOf = ({ addresses }: PoolPlan) => addresses.map(({ text }) => text);
