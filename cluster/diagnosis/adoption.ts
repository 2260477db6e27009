import { parseReserved } from "../../config/address/address";
import { overlaps } from "../../config/address/block";
import type { Survey } from "./cluster-state";
import { findLosses } from "./lost-addresses";
import { findUnhandled } from "./service-class";
import { findUsedAddresses } from "./used-addresses";
import { contentOf, differences, idOf, type Difference, type KubeObject } from "../manifests/kube-object";
import { isOwnedBy } from "../manifests/ownership";
import type { UnresolvedPlan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";

/** The release name from which the names of the chart's objects derive. */
export const RELEASE = "metallb";

/** The latest revision of a Helm release. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  /** The release's status, such as `deployed` or `pending-upgrade`. */
  readonly status: string;
  readonly chart: string;
  readonly version: string;
  /** The rendered objects of the release. */
  readonly objects: readonly KubeObject[];
}

/** A Flux object that reverts changes of the objects it manages. */
export interface Reconciler {
  readonly kind: "HelmRelease" | "Kustomization";
  readonly namespace: string;
  readonly name: string;
}

/** An object of the plan, and the object of that name in the cluster. */
export interface Planned {
  readonly object: KubeObject;
  readonly live?: KubeObject;
  /** The field manager that Pulumi uses for the object; undefined if the object is not in the stack's state. */
  readonly manager?: string;
}

/** The input of the decision about an adoption. */
export interface AdoptionInputs {
  readonly planned: readonly Planned[];
  /** The Helm releases that the planned objects are marked with. */
  readonly releases: readonly Release[];
  /** The active reconcilers of the planned objects. */
  readonly reconcilers: readonly Reconciler[];
  readonly survey: Survey;
}

/** The outcome of the decision about an adoption. */
export interface Adoption {
  /** The reasons against the adoption. */
  readonly refusals: readonly Finding[];
  /** The objects that the stack adopts. */
  readonly taken: readonly KubeObject[];
  /** The objects that the stack creates. */
  readonly made: readonly KubeObject[];
  /** The objects that the adoption changes, with the differences. */
  readonly changes: readonly { readonly object: KubeObject; readonly differences: readonly Difference[] }[];
  /** The workloads whose pods restart, one after the other. */
  readonly restarts: readonly KubeObject[];
  /** Objects that stay unchanged, and that no tool manages any more. */
  readonly left: readonly string[];
}

/** Decides whether the stack can adopt a MetalLB that another tool has installed, and what that changes. */
export function planAdoption(plan: UnresolvedPlan, inputs: AdoptionInputs): Adoption {
  const { planned, releases, survey } = inputs;
  // The engine prints them in this order.
  const taken = planned.filter(isForeign).sort((one, other) => (idOf(one.object) < idOf(other.object) ? -1 : 1));
  const released = new Map(releases.flatMap(({ objects }) => objects.map((object) => [idOf(object), object] as const)));
  const changes = taken.flatMap(({ object, live }) => {
    const before = released.get(idOf(object)) ?? (isCustom(object) ? live : undefined);
    const found = before === undefined ? [] : differences(contentOf(before), contentOf(object));
    return found.length === 0 ? [] : [{ object, differences: found }];
  });
  const ids = new Set(planned.map(({ object }) => idOf(object)));
  const others = survey.objects.filter(
    ({ kind, namespace, name }) => namespace === plan.metallb.namespace && !ids.has(`${kind} ${namespace}/${name}`),
  );
  const { refusal: unhandled } = findUnhandled(plan, survey);
  return {
    refusals: [
      ...findOtherNamespaces(plan, inputs),
      ...releases.flatMap((release) => findForeignRelease(plan, release, ids)),
      ...inputs.reconcilers.map((one) => describeReconciler(plan, one)),
      ...findPoolDifferences(plan, survey),
      ...findUsedAddresses(plan, survey),
      ...(unhandled === undefined ? [] : [unhandled]),
    ],
    taken: taken.map(({ object }) => object),
    made: planned.filter(({ manager, live }) => manager === undefined && live === undefined).map(({ object }) => object),
    changes,
    restarts: changes.filter(({ differences: found }) => found.some(({ path }) => isOfPods(path))).map(({ object }) => object),
    left: [
      ...releases.flatMap(({ objects }) => objects.map(idOf).filter((id) => !ids.has(id))),
      ...others.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
    ],
  };
}

/** Whether an object exists in the cluster and other field managers own parts of it. */
export function isForeign({ object, live, manager = "" }: Planned): boolean {
  return live !== undefined && !isOwnedBy(live, object, manager);
}

const isCustom = ({ apiVersion }: KubeObject) => apiVersion.startsWith("metallb.io/");
const isOfPods = (path: string) => path === "spec" || path.startsWith("spec.template");

/** Reports a MetalLB in another namespace or with other object names: it would run beside the stack's. */
function findOtherNamespaces(
  { metallb: { namespace }, cluster }: UnresolvedPlan,
  { planned, survey, releases }: AdoptionInputs,
): Finding[] {
  const at = { path: "metallb.namespace", value: quote(namespace) };
  const otherNamespaces = survey.speakers.filter((one) => one !== namespace);
  if (otherNamespaces.length > 0) {
    const rule = `cluster ${cluster.name} has its MetalLB in namespace ${otherNamespaces.join(", ")}`;
    return [{ ...at, rule, fix: `set it to ${quote(otherNamespaces[0])} to take that one over` }];
  }
  const isNamed = planned.some(({ object: { kind }, live }) => kind === "DaemonSet" && live !== undefined);
  if (!survey.speakers.includes(namespace) || isNamed) return [];
  const release = releases.find(({ name }) => name !== RELEASE);
  const rule =
    release === undefined
      ? "its MetalLB was installed from manifests, whose objects have other names than the chart's"
      : `Helm's release there is called ${release.name}, and its objects by that name, the stack's by ${RELEASE}`;
  return [{ ...at, rule, fix: `neither can be renamed: see "Another name" in docs/how-to/metallb-adopt.md` }];
}

/** Reports releases that cannot be adopted, such as one with another chart version: the adoption changes as little as possible. */
function findForeignRelease({ metallb }: UnresolvedPlan, release: Release, ids: ReadonlySet<string>): Finding[] {
  const { name, namespace, status, chart, version } = release;
  const label = `Helm's release ${namespace}/${name}`;
  if (status.startsWith("pending")) {
    const fix = `wait for its end, or run helm rollback ${name} --namespace ${namespace}`;
    return [{ path: "metallb", value: quote(metallb.version), rule: `${label} is ${status}`, fix }];
  }
  if (chart !== RELEASE) {
    const more = release.objects.filter((object) => !ids.has(idOf(object)));
    if (more.length === 0) return [];
    const rule = `${label} of chart ${chart} has objects that the stack takes over and ${more.length} more, which would lose their release`;
    return [
      {
        path: "metallb",
        value: quote(metallb.chart),
        rule,
        fix: "first remove MetalLB's objects from that chart, and have Helm keep them",
      },
    ];
  }
  if (name !== RELEASE || version === metallb.version) return [];
  const fix = `set it to ${quote(version)} to adopt, and raise it in a second step; or upgrade that release first`;
  return [{ path: "metallb.version", value: quote(metallb.version), rule: `${label} has chart version ${version}`, fix }];
}

function describeReconciler({ cluster }: UnresolvedPlan, { kind, namespace, name }: Reconciler): Finding {
  return {
    path: "cluster.context",
    value: quote(cluster.context),
    rule: `Flux's ${kind} ${namespace}/${name} manages it, and would revert the adoption`,
    fix: `run flux suspend ${kind.toLowerCase()} ${name} --namespace ${namespace}`,
  };
}

/** Reports pools that differ from the plan: services would lose their address, or MetalLB would refuse an overlapping pool. */
function findPoolDifferences(plan: UnresolvedPlan, survey: Survey): Finding[] {
  const { pools, metallb } = plan;
  const found = survey.objects.filter(({ kind, namespace }) => kind === "IPAddressPool" && namespace === metallb.namespace);
  const refusals = found.flatMap(({ name, addresses }): Finding[] => {
    const same = pools.findIndex((pool) => pool.name === name);
    const index = same >= 0 ? same : pools.findIndex((pool) => addresses.some((text) => isIn(text, pool)));
    const pool = pools[index];
    if (pool === undefined) return [];
    const planned = pool.addresses.map(({ text }) => text);
    const at = { path: `pools[${index}].addresses`, value: quote(planned) };
    const has = `pool ${name} of the cluster has ${addresses.join(", ")}`;
    if (same < 0) return [{ ...at, path: `pools[${index}].name`, value: quote(pool.name), rule: has, fix: `set it to ${quote(name)}` }];
    const isSame = [...addresses].sort().join() === [...planned].sort().join();
    return isSame ? [] : [{ ...at, rule: has, fix: "write the same to adopt it, and edit it in a second step" }];
  });
  const losses = refusals.length > 0 ? undefined : findLosses(plan, survey);
  return losses === undefined ? refusals : [losses];
}

function isIn(text: string, { addresses }: UnresolvedPlan["pools"][number]): boolean {
  const block = parseReserved(text);
  return block.ok && addresses.some((one) => overlaps(one, block.value));
}
