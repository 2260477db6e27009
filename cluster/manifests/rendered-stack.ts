/** What a stack file deploys, computed without cluster, router and state. */
import type { AddressBlock } from "../../config/address/address";
import { isInline } from "../../config/kubeconfig";
import type { ParsedStack } from "../../config/parse";
import type { Hop, MetalLbPlan, ReservedPlan, UnresolvedPlan } from "../../config/plan";
import { PLACEHOLDER } from "../../config/secret-places";
import { orderInstall } from "./install-order";
import type { KubeObject } from "./kube-object";
import { namespaceManifest } from "./manifests";
import { plannedObjects } from "./planned-objects";

/** A route, with the values of the router's form. */
export interface RenderedRoute {
  readonly router: string;
  readonly network: string;
  readonly netmask: string;
  readonly gateway: Hop;
  readonly metric: number;
}

/** A block of a pool. */
export interface PoolBlock {
  readonly pool: string;
  readonly block: AddressBlock;
}

/** A stack as it would be deployed. */
export interface RenderedStack {
  readonly stack: string;
  readonly objects: readonly KubeObject[];
  readonly routes: readonly RenderedRoute[];
  readonly blocks: readonly PoolBlock[];
  /** The values of the stack file that are in no object and no route, such as the cluster's context. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Secrets as the stack file has them, by their place. They are compared and never shown. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * Returns what a stack deploys.
 *
 * @param chart the objects that the chart renders from the stack's values
 */
export function renderStack(stack: ParsedStack, chart: readonly KubeObject[]): RenderedStack {
  const { plan } = stack;
  const { namespace, timeout } = plan.metallb;
  const inNamespace = chart.map((object) => withNamespace(object, namespace));
  return {
    stack: plan.stack,
    objects: [
      ...plannedObjects(plan).map(({ object }) => object),
      namespaceManifest(namespace),
      ...orderInstall(inNamespace, { timeout }).map(withoutData),
    ],
    routes: plan.routes.map(({ destination, gateway, metric }) => ({
      router: plan.router.host,
      network: destination.network,
      netmask: destination.netmask,
      gateway,
      metric,
    })),
    blocks: plan.pools.flatMap(({ name, addresses }) => addresses.map((block) => ({ pool: name, block }))),
    settings: settingsOf(stack),
    secrets: secretsOf(stack),
  };
}

/** The kinds of the usual charts that are in no namespace. */
const CLUSTER_WIDE =
  /^(Namespace|CustomResourceDefinition|ClusterRole(Binding)?|(Validating|Mutating)(Webhook|AdmissionPolicy)(Configuration|Binding)?|(Storage|Priority|Ingress|Runtime)Class|PersistentVolume|APIService)$/;

/** Adds the release's namespace to an object that a chart renders without one, as the provider does. */
function withNamespace(object: KubeObject, namespace: string): KubeObject {
  if (object.metadata.namespace !== undefined || CLUSTER_WIDE.test(object.kind)) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

/** Hides what a Secret contains. */
function withoutData(object: KubeObject): KubeObject {
  if (object.kind !== "Secret") return object;
  const hide = (data: unknown) => Object.fromEntries(Object.keys(data ?? {}).map((key) => [key, PLACEHOLDER]));
  const { data, stringData, ...rest } = object;
  return {
    ...rest,
    ...(data === undefined ? {} : { data: hide(data) }),
    ...(stringData === undefined ? {} : { stringData: hide(stringData) }),
  };
}

/** Whether a stack file has a kubeconfig's content, which is a secret, and not its path. */
const hasContent = ({ kubeconfig, encrypted }: ParsedStack) => isInline(kubeconfig) || encrypted.has("cluster.kubeconfig");

function settingsOf(stack: ParsedStack): Readonly<Record<string, unknown>> {
  const { cluster, metallb, pools, gateway, router, reserved, names } = stack.plan;
  return {
    cluster: { ...cluster, kubeconfig: hasContent(stack) ? PLACEHOLDER : stack.kubeconfig },
    metallb: withoutValues(metallb),
    pools: Object.fromEntries(pools.map(({ name, protect, route }) => [name, { protect, route }])),
    gateway,
    router: { ...router, lan: router.lan.text },
    reserved: textsOf(reserved),
    names: Object.fromEntries(names.flatMap(({ name, address, forwarded }) => (forwarded ? [] : [[name, address]]))),
    domains: Object.fromEntries(names.flatMap(({ name, address, forwarded }) => (forwarded ? [[name, address]] : []))),
  } satisfies Partial<Record<keyof UnresolvedPlan | "domains", unknown>>;
}

/** The chart's values are in the objects that the chart renders. */
const withoutValues = (metallb: MetalLbPlan) => Object.fromEntries(Object.entries(metallb).filter(([key]) => key !== "values"));

const textsOf = (reserved: ReservedPlan) =>
  Object.fromEntries(
    Object.entries(reserved).map(([key, blocks]: [string, readonly AddressBlock[]]) => [key, blocks.map(({ text }) => text)]),
  );

function secretsOf(stack: ParsedStack): Readonly<Record<string, string>> {
  const { credentials, kubeconfig, values } = stack;
  const { password, privateKey } = credentials;
  const ofChart: unknown[] = [];
  values((secret) => ofChart.push(secret));
  return {
    ...(password === undefined ? {} : { "router.password": password }),
    ...(privateKey === undefined ? {} : { "router.privateKey": privateKey }),
    ...(hasContent(stack) ? { "cluster.kubeconfig": kubeconfig } : {}),
    ...(ofChart.length === 0 ? {} : { "metallb.values": JSON.stringify(ofChart) }),
  };
}
