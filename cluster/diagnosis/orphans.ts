import { cidrOf, parseReserved } from "../../config/address/address";
import { overlaps } from "../../config/address/block";
import { changeText, type KubeObject } from "../manifests/kube-object";
import { deviations, plannedObjects } from "../manifests/planned-objects";
import { alterationsText, findAltered } from "./alterations";
import type { MetalLbObject, Survey, WebhookState } from "./cluster-state";
import type { Plan, PoolPlan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";

/** Objects of a MetalLB that this stack does not manage, or does not manage any more. */
export interface Orphans {
  /** An orphaned webhook configuration that is not in the stack's state. It refuses every pool, so it can be removed. */
  readonly removable?: WebhookState;
  /** The stack's own webhook configuration, orphaned because its service was deleted. */
  readonly ownWebhook?: WebhookState;
  /** Descriptions of the objects that `up` takes over, with what it changes in them. */
  readonly adopted: readonly string[];
  /** The objects that conflict with the plan: {@link overlaps}, and objects of a planned name with another content. */
  readonly findings: readonly Finding[];
  /** The pools that overlap the plan, so that MetalLB rejects the planned ones. */
  readonly overlaps: readonly Finding[];
}

/**
 * Sorts MetalLB's objects in a cluster into orphaned ones, objects that `up` takes over, and objects that conflict with the plan.
 *
 * @param managed the stack's objects according to its state, each as kind and name
 */
export function classifyOrphans(plan: Plan, survey: Survey, managed: ReadonlySet<string>): Orphans {
  const { metallb } = plan;
  const orphan = survey.webhooks.find(({ serviceExists }) => !serviceExists);
  const isOwn = orphan !== undefined && managed.has(`ValidatingWebhookConfiguration ${orphan.name}`);
  const objects = plannedObjects(plan).map(({ object }) => object);
  const plannedFor = ({ kind, name }: MetalLbObject) => objects.find((one) => one.kind === kind && one.metadata.name === name);
  const others = survey.objects.filter(({ kind, name, namespace }) => namespace === metallb.namespace && !managed.has(`${kind} ${name}`));
  const crds = survey.crds.filter((name) => !managed.has(`CustomResourceDefinition ${name}`));
  const overlapping = others.filter((object) => plannedFor(object) === undefined).flatMap((object) => findConflict(plan, object));
  const compared = others.flatMap((object) => {
    const planned = plannedFor(object);
    return planned === undefined ? [] : [{ object, planned, difference: findDifference(plan, object, planned) }];
  });
  return {
    ...(orphan === undefined ? {} : isOwn ? { ownWebhook: orphan } : { removable: orphan }),
    adopted: [
      ...(crds.length === 0 ? [] : [`MetalLB's CustomResourceDefinitions (${crds.length})`]),
      ...compared.filter(({ difference }) => difference === undefined).map(({ object, planned }) => describeAdopted(object, planned)),
    ],
    findings: [...overlapping, ...compared.flatMap(({ difference }) => difference ?? [])],
    overlaps: overlapping,
  };
}

/**
 * Reports a running MetalLB that the stack does not manage, with the command that adopts it. `up` alone would fail halfway on fields of
 * another manager.
 */
export function findForeign({ cluster, metallb, stack }: Plan, { speakers }: Survey, managed: ReadonlySet<string>): Finding | undefined {
  // `up` creates the namespace first. If the state has it, this stack began to install the MetalLB in it.
  if (managed.has(`Namespace ${metallb.namespace}`) || !speakers.includes(metallb.namespace)) return undefined;
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

/** Describes an unmanaged object that `up` takes over. The server lets it change fields that no other manager wrote. */
function describeAdopted({ kind, name, object }: MetalLbObject, planned: KubeObject): string {
  const changes = deviations(planned, object).map(changeText);
  return `${kind} ${name}${changes.length === 0 ? "" : ` (changes ${changes.join(", ")})`}`;
}

/**
 * Reports an unmanaged object with a planned name and another content. The server would refuse to change another manager's fields, and would
 * keep those that the plan does not have.
 */
function findDifference(plan: Plan, live: MetalLbObject, planned: KubeObject): Finding | undefined {
  const { kind, name, namespace, addresses, manager } = live;
  const remove = `kubectl delete ${kind.toLowerCase()} ${name} --namespace ${namespace}`;
  const index = kind === "IPAddressPool" ? plan.pools.findIndex((pool) => pool.name === name) : -1;
  const pool = plan.pools[index];
  if (pool !== undefined && !hasAddresses(pool, live))
    return {
      path: `pools[${index}].addresses`,
      value: quote(textsOf(pool)),
      rule: `pool ${name} already exists in the cluster with ${addresses.join(", ")}, and this stack does not manage it (written by ${manager})`,
      fix:
        "write its addresses here to take it over as it is; run PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up once to overwrite it; or remove it: " +
        remove,
    };
  const { alterations } = findAltered(live.object, planned);
  if (alterations.length === 0) return undefined;
  return {
    path: kind === "IPAddressPool" ? "pools" : "advertisements",
    value: quote(name),
    rule:
      `${kind} ${name} already exists in the cluster, and this stack does not manage it (written by ${manager}): ` +
      alterationsText(alterations),
    fix: `write the same into the stack file to take it over as it is, or remove it: ${remove}`,
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
