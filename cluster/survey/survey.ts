import { parse } from "yaml";

import {
  type LocalService,
  type MetalLbObject,
  type Place,
  type ConflictingController,
  type Survey,
  type WebhookState,
} from "../diagnosis/cluster-state";
import { list, listIfAllowed, listMetadata, listUnlessHidden, read, type Metadata } from "../api/api-client";
import { chartOf } from "./metallb-state";
import type { IsDefined } from "./cni-networks";
import { readUsedAddresses } from "./used-addresses";
import {
  isManagedByPulumi,
  readNodes,
  readServices,
  toAnnotated,
  toNode,
  toService,
  type ClusterConnection,
  type KubernetesService,
} from "./reader";
import { apiServerOf, type ApiServer } from "../api/kubeconfig";

/** The API path of webhook configurations. */
export const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

/**
 * Reads from a cluster the state that the checks compare with the plan. Requests run side by side; those about a network plugin wait for the list
 * of definitions.
 *
 * @throws NoResponse if the cluster does not answer
 */
export async function surveyCluster({ kubeconfig, context, namespace }: ClusterConnection): Promise<Survey> {
  const server = apiServerOf(kubeconfig, context);
  const metallb = "/apis/metallb.io/v1beta1";
  const definitions = listMetadata(server, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
  // Without the right to list definitions, each kind is asked for.
  const isDefined: IsDefined = async (definition) => {
    const found = await definitions;
    return found.length === 0 || found.some(({ name }) => name === definition);
  };
  const cilium = async (version: string) =>
    (await isDefined("ciliumloadbalancerippools.cilium.io"))
      ? listMetadata(server, `/apis/cilium.io/${version}/ciliumloadbalancerippools`)
      : [];
  const [
    nodes,
    services,
    pools,
    advertisements,
    namespaceObject,
    webhooks,
    crds,
    daemonSets,
    deployments,
    ciliumPools,
    formerCiliumPools,
    kubeProxy,
    pods,
    workloads,
    usedBy,
  ] = await Promise.all([
    readNodes(server),
    readServices(server),
    list<CustomObject>(server, `${metallb}/ipaddresspools`),
    list<CustomObject>(server, `${metallb}/l2advertisements`),
    read<NamespaceObject>(server, `/api/v1/namespaces/${namespace}`),
    list<WebhookConfiguration>(server, WEBHOOKS),
    definitions,
    listMetadata(server, "/apis/apps/v1/daemonsets"),
    listMetadata(server, "/apis/apps/v1/deployments"),
    cilium("v2"),
    cilium("v2alpha1"),
    listIfAllowed<ConfigMap>(server, "/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dkube-proxy"),
    listUnlessHidden<Pod>(server, `/api/v1/namespaces/${namespace}/pods`),
    listIfAllowed<Workload>(server, `/apis/apps/v1/namespaces/${namespace}/deployments`),
    readUsedAddresses(server, isDefined),
  ]);
  const speakers = [...new Set(daemonSets.filter(isSpeaker).map(({ namespace = "" }) => namespace))].sort();
  const controllers = workloads.filter(({ metadata }) => isPartOf(metadata, "controller"));
  const inNamespace = pools.filter(({ metadata }) => metadata.namespace === namespace);
  return {
    nodes: nodes.map(toNode),
    services: services.flatMap(toService),
    pools: inNamespace.filter(isManagedByPulumi).map(({ metadata }) => metadata.name),
    namespace: namespaceObject === undefined ? "missing" : (namespaceObject.status?.phase ?? "Active"),
    webhooks: webhooks.flatMap((configuration) => toWebhook(configuration, services)),
    crds: crds.map(({ name }) => name).filter((name) => /^[^.]+\.metallb\.io$/.test(name)),
    objects: [...pools.map((pool) => toObject("IPAddressPool", pool)), ...advertisements.map((one) => toObject("L2Advertisement", one))],
    speakers,
    readySpeakers: speakers.includes(namespace) ? pods?.filter(isReadySpeaker).flatMap(({ spec }) => spec?.nodeName ?? []) : undefined,
    conflictingControllers: findConflictingControllers(daemonSets, deployments, [...ciliumPools, ...formerCiliumPools]),
    lacksStrictArp: kubeProxy.some(lacksStrictArp),
    localServices: await readLocalServices(server, services),
    used: usedBy(nodes, services),
    handledClass: controllers.map(classOf)[0],
    chart: controllers.map(({ metadata }) => chartOf(metadata))[0],
    formerAnnotations: services.flatMap(toAnnotated),
  };
}

interface NamespaceObject {
  readonly status?: { readonly phase?: "Active" | "Terminating" };
}

interface CustomObject {
  readonly metadata: Metadata;
  readonly spec?: { readonly addresses?: readonly string[] };
}

/** A ValidatingWebhookConfiguration. */
export interface WebhookConfiguration {
  readonly metadata: Metadata;
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig: { readonly service?: Place } }[];
}

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
}

interface Pod {
  readonly metadata: Metadata;
  readonly spec?: { readonly nodeName?: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface Workload {
  readonly metadata: Metadata;
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly { readonly args?: readonly string[] }[] } } };
}

interface EndpointSlice {
  readonly metadata: Metadata;
  readonly endpoints?: readonly { readonly nodeName?: string; readonly conditions?: { readonly ready?: boolean } }[] | null;
}

/**
 * Returns the configuration if it belongs to MetalLB: it has the name that all charts and manifests of MetalLB use, all its webhooks have
 * MetalLB's names, and they call the same service.
 */
export function toWebhook({ metadata, webhooks = [] }: WebhookConfiguration, services: readonly KubernetesService[]): WebhookState[] {
  const [service, ...others] = webhooks.map(({ clientConfig }) => clientConfig.service);
  const oneService = others.every((other) => other?.name === service?.name && other?.namespace === service?.namespace);
  const isMetalLbWebhook =
    metadata.name === "metallb-webhook-configuration" && webhooks.every(({ name }) => name.endsWith("webhook.metallb.io"));
  if (!isMetalLbWebhook || service === undefined || !oneService) return [];
  const place = { namespace: service.namespace, name: service.name };
  const serviceExists = services.some(({ metadata: { namespace, name } }) => namespace === place.namespace && name === place.name);
  const { name, uid = "", resourceVersion = "" } = metadata;
  return [{ name, uid, resourceVersion, service: place, serviceExists }];
}

function toObject(kind: MetalLbObject["kind"], { metadata, spec }: CustomObject): MetalLbObject {
  const { name, namespace = "", managedFields = [] } = metadata;
  // The last entry for the object itself; MetalLB writes the entries of the status.
  const manager = managedFields.filter(({ subresource }) => subresource === undefined).at(-1)?.manager ?? "an unknown manager";
  const object = { apiVersion: "metallb.io/v1beta1", kind, metadata, spec: spec ?? {} };
  return { kind, namespace, name, addresses: spec?.addresses ?? [], manager, object };
}

/** Whether an object belongs to a component of MetalLB, by the labels of MetalLB's chart or of its manifests. */
function isPartOf({ labels = {} }: Metadata, component: "controller" | "speaker"): boolean {
  const chart = labels["app.kubernetes.io/name"] === "metallb" && labels["app.kubernetes.io/component"] === component;
  return chart || (labels["app"] === "metallb" && labels["component"] === component);
}

const isSpeaker = (metadata: Metadata): boolean => isPartOf(metadata, "speaker");

/** Returns the load balancer class that a controller handles; empty for services without a class. */
function classOf({ spec }: Workload): string {
  const args = (spec?.template?.spec?.containers ?? []).flatMap(({ args = [] }) => args);
  return args.flatMap((arg) => /^--lb-class=(.*)$/.exec(arg)?.[1] ?? [])[0] ?? "";
}

function isReadySpeaker({ metadata, status }: Pod): boolean {
  return isSpeaker(metadata) && (status?.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True");
}

/** Finds other controllers: k3s runs a DaemonSet per service, kube-vip needs its cloud provider, and Cilium is active only with a pool. */
function findConflictingControllers(
  daemonSets: readonly Metadata[],
  deployments: readonly Metadata[],
  ciliumPools: readonly Metadata[],
): ConflictingController[] {
  const qualifiedName = ({ namespace, name }: Metadata) => (namespace === undefined ? name : `${namespace}/${name}`);
  const found = {
    servicelb: daemonSets.filter(({ labels = {} }) => "svccontroller.k3s.cattle.io/svcname" in labels),
    "kube-vip": deployments.filter(({ name }) => name === "kube-vip-cloud-provider"),
    cilium: ciliumPools,
  };
  return Object.entries(found)
    .filter(([, objects]) => objects.length > 0)
    .map(([kind, objects]) => ({ kind: kind as ConflictingController["kind"], evidence: [...new Set(objects.map(qualifiedName))] }));
}

/** Whether kube-proxy's configuration, as kubeadm stores it, lacks strictARP. */
function lacksStrictArp({ data = {} }: ConfigMap): boolean {
  try {
    const config = parse(data["config.conf"] ?? "") as { mode?: string; ipvs?: { strictARP?: boolean } } | null;
    return config?.mode === "ipvs" && config.ipvs?.strictARP !== true;
  } catch {
    return false;
  }
}

/** Endpoints are read only if there is a service with policy Local, which most clusters do not have. */
async function readLocalServices(server: ApiServer, services: readonly KubernetesService[]): Promise<LocalService[]> {
  const local = services.filter(({ spec }) => spec?.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local");
  const assigned = local.filter((service) => toService(service).length > 0);
  if (assigned.length === 0) return [];
  const slices = await listIfAllowed<EndpointSlice>(server, "/apis/discovery.k8s.io/v1/endpointslices");
  return assigned.map(({ metadata: { namespace, name } }) => ({
    name: `${namespace}/${name}`,
    nodes: slices
      .filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.["kubernetes.io/service-name"] === name)
      .flatMap(({ endpoints }) => endpoints ?? [])
      .flatMap(({ nodeName, conditions }) => (nodeName !== undefined && conditions?.ready !== false ? [nodeName] : [])),
  }));
}
