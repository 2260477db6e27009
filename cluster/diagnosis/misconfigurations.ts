import { findUnannounced } from "./announcers";
import { findGossipBreak } from "./gossip";
import { hasAddress, type ConflictingController, type Survey } from "./cluster-state";
import { findReserveOverlaps } from "./used-addresses";
import type { Plan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";

/** Reports known misconfigurations that keep MetalLB's addresses from working, each with its fix. */
export function findMisconfigurations(plan: Plan, survey: Survey): Finding[] {
  return [
    ...findUnannounced(plan, survey),
    ...findOtherMetalLb(plan, survey),
    ...survey.conflictingControllers.map((conflicting) => describeConflictingController(plan, conflicting)),
    ...findStrictArp(plan, survey),
    ...findLocalServices(plan, survey),
    ...findFormerAnnotations(plan, survey),
    ...findGossipBreak(plan, survey),
    ...findReserveOverlaps(plan, survey),
  ];
}

/** Reports a second MetalLB: both would use one webhook configuration, and both would assign addresses to every service. */
function findOtherMetalLb({ metallb, cluster }: Plan, { speakers }: Survey): Finding[] {
  return speakers
    .filter((namespace) => namespace !== metallb.namespace)
    .map((namespace) => ({
      path: "metallb.namespace",
      value: quote(metallb.namespace),
      rule: `cluster ${cluster.name} has another MetalLB, in namespace ${namespace}, and the two overwrite each other's webhook and services`,
      fix: `remove that one, or set it to ${quote(namespace)} to take it over`,
    }));
}

const fixes: Readonly<Record<ConflictingController["kind"], readonly [who: string, fix: string]>> = {
  servicelb: ["k3s's servicelb", "start every k3s server with --disable servicelb"],
  "kube-vip": [
    "kube-vip's cloud provider",
    "remove it (kube-vip may stay for the control plane), or give its services a loadBalancerClass",
  ],
  cilium: ["Cilium's LB-IPAM", "remove its pools, or give its services a loadBalancerClass"],
};

function describeConflictingController({ cluster, pools }: Plan, { kind, evidence }: ConflictingController): Finding {
  const [controllerName, fix] = fixes[kind];
  return {
    path: "pools",
    value: quote(pools.map(({ name }) => name)),
    rule: `${controllerName} also gives addresses to services in cluster ${cluster.name} (${evidence.join(", ")}), and each controller overwrites the other's`,
    fix,
  };
}

/** Reports IPVS mode without strictARP: every node has the address of every service on an interface, and would answer for it. */
function findStrictArp({ cluster, pools }: Plan, { lacksStrictArp }: Survey): Finding[] {
  if (!lacksStrictArp) return [];
  return [
    {
      path: "pools",
      value: quote(pools.map(({ name }) => name)),
      rule: `kube-proxy of cluster ${cluster.name} is in IPVS mode without strictARP, so every node answers ARP for every service`,
      fix: "set ipvs.strictARP: true in ConfigMap kube-system/kube-proxy: kubectl edit configmap kube-proxy --namespace kube-system; and restart it",
    },
  ];
}

/** How many services a finding names. */
const NAMED = 5;

/** Reports annotations with the prefix that MetalLB deprecated in 0.14.9. It still reads them, and announces that it will not always. */
function findFormerAnnotations({ metallb, cluster }: Plan, { formerAnnotations }: Survey): Finding[] {
  const [first] = formerAnnotations;
  if (first === undefined) return [];
  const named = formerAnnotations
    .slice(0, NAMED)
    .map(({ namespace, name, annotations }) => `${namespace}/${name} (${annotations.join(", ")})`);
  const more = formerAnnotations.length - named.length;
  const changes = [
    ...first.annotations.map((one) => `metallb.io/${one}=...`),
    ...first.annotations.map((one) => `metallb.universe.tf/${one}-`),
  ];
  return [
    {
      path: "metallb.version",
      value: quote(metallb.version),
      rule:
        `services of cluster ${cluster.name} have annotations with the prefix metallb.universe.tf/, which a later MetalLB may ignore: ` +
        `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
      fix: `write metallb.io/ instead; in one step: kubectl annotate service ${first.name} --namespace ${first.namespace} ${changes.join(" ")}`,
    },
  ];
}

/** Reports services with policy Local that have no endpoint on the node that receives the router's traffic. */
function findLocalServices(plan: Plan, survey: Survey): Finding[] {
  const { gateway, routes } = plan;
  const { nodes, localServices } = survey;
  if (routes.length === 0) return [];
  if (gateway.mode !== "node") return findMovingServices(plan, survey);
  const node = nodes.find((node) => hasAddress(node, gateway.address));
  if (node === undefined) return [];
  return localServices
    .filter((service) => !service.nodes.includes(node.name))
    .map((service) => ({
      path: "gateway.addresses[0]",
      value: quote(gateway.address),
      rule:
        `service ${service.name} has externalTrafficPolicy: Local and no ready endpoint on ${node.name}, where the router sends its traffic, ` +
        "so it does not answer",
      fix: `set its policy to Cluster, or have a pod of it run on ${node.name}`,
    }));
}

/**
 * Reports services with policy Local that lack an endpoint where the next hop may move to. If another tool keeps the next hop, that is any
 * node.
 */
function findMovingServices({ gateway }: Plan, { nodes, localServices }: Survey): Finding[] {
  const masters = nodes.filter(({ isMaster, isReady }) => isMaster && isReady).map(({ name }) => name);
  return localServices.flatMap((service) => {
    const missing = masters.filter((name) => !service.nodes.includes(name));
    if (gateway.mode === "floating" && missing.length === 0) return [];
    const where =
      gateway.mode === "floating"
        ? `no ready endpoint on ${missing.join(", ")}, where the next hop may be`
        : "the next hop may be on any node";
    return [
      {
        path: "gateway.mode",
        value: quote(gateway.mode),
        rule: `service ${service.name} has externalTrafficPolicy: Local and ${where}, so it does not always answer`,
        fix: "set its policy to Cluster, or have a pod of it run on every node that the next hop may be on",
      },
    ];
  });
}
