/** Clusters with a problem, and the program's messages about them. */
import { findDeletedWith, findDestroyed, findProtectedInUse, findOthersDeleted } from "../../cluster/diagnosis/destruction";
import type { MetalLbObject, Survey, WebhookState } from "../../cluster/diagnosis/cluster-state";
import { findGateway } from "../../cluster/diagnosis/gateway";
import { findLosses, findProtected } from "../../cluster/diagnosis/lost-addresses";
import { findUnhandled } from "../../cluster/diagnosis/service-class";
import { findUsedAddresses } from "../../cluster/diagnosis/used-addresses";
import { findMisconfigurations } from "../../cluster/diagnosis/misconfigurations";
import { findForeign, classifyOrphans } from "../../cluster/diagnosis/orphans";
import { findNextHopConflict, orderPools } from "../../cluster/diagnosis/pool-order";
import { NoResponse } from "../../cluster/api/kubeconfig";
import { EXCLUSION_LABEL, FORMER_MASTER_LABEL, MASTER_LABEL } from "../../config/node-labels";
import { parseStackConfig } from "../../config/parse";
import { PlanError, type Finding } from "../../config/problem";
import { resolveNextHop } from "../../preflight/auto-gateway";
import { removeWebhook, surveyWhenNamespaceReady } from "../../preflight/orphaned-webhook";
import { waitForWebhook } from "../../cluster/survey/webhook-ready";
import { ApiServer, base64, kubeconfigFor } from "./api-server";
import { foundObject } from "./pool-objects";
import { listening } from "./program";
import { devPlan } from "./readings";
import { devConfig } from "./stack-files";
import { node, survey } from "./surveys";

const service = (name: string, address: string, pool = "lab-dev") => ({ name, addresses: [address], pool });
const pool = (name: string, address: string): MetalLbObject => foundObject("IPAddressPool", name, { addresses: [address] });
const [shop, blog] = [service("web/shop", "10.9.0.1"), service("web/blog", "10.9.0.2")];
const aloof = (values: object) => ({ "metallb.values": { speaker: values } });
const floating = { "gateway.mode": "floating", "gateway.addresses": ["192.168.50.240"] };
const external = { ...floating, "gateway.mode": "external" };
const local = { localServices: [{ name: "web/shop", nodes: [] }] };
const held = { protect: true, name: "lab-dev", addresses: ["10.5.0.0/24"] };

const traps = (changes: Partial<Survey>, config: Record<string, unknown> = {}) => findMisconfigurations(devPlan(config), survey(changes));
const losses = (...services: (typeof shop)[]) => findLosses(devPlan(), survey({ services }));
const classed = (handledClass: string, address: string) =>
  findUnhandled(
    devPlan({ "metallb.values": { loadBalancerClass: "home/metallb" } }),
    survey({ handledClass, services: [service("web/shop", address)] }),
  );
const orphans = (...objects: MetalLbObject[]) => classifyOrphans(devPlan(), survey({ objects }), new Set()).findings;
const order = (...addresses: [string, string]) => {
  const pools = ["one", "two"].map((name, index) => ({ name, addresses: [addresses[index]] })).filter((one) => one.addresses[0] !== "");
  const current = [
    { name: "one", addresses: ["10.5.0.0/24"] },
    { name: "two", addresses: ["10.6.0.0/24"] },
  ];
  return orderPools(devPlan({ pools }).pools, current).conflicts;
};

/** Returns the findings of deployments and destructions. */
const found = (): readonly (Finding | undefined)[] => [
  findGateway(devPlan(), []),
  findGateway(devPlan(), [node("w1", { isMaster: false })]),
  findGateway(devPlan(), [node("m1", { isReady: false })]),
  findGateway(devPlan({ "gateway.mode": "floating" }), [node("m1")]),
  losses(shop),
  losses(shop, blog),
  ...findProtected(devPlan({ pools: [held] }), survey({ services: [shop] })),
  ...traps({ nodes: [node("m1", { labels: { [FORMER_MASTER_LABEL]: "" } })] }),
  ...traps({}, { advertisements: [{ name: "all", nodeSelectors: [{ matchLabels: { rack: "1" } }] }] }),
  ...traps({ nodes: [node("m1", { labels: { [MASTER_LABEL]: "", [EXCLUSION_LABEL]: "" } })] }, aloof({ ignoreExcludeLB: false })),
  ...traps({ nodes: [node("m1", { taints: [{ key: MASTER_LABEL, effect: "NoSchedule" }] })] }, aloof({ tolerateMaster: false })),
  ...traps({ readySpeakers: [] }),
  classed("", "10.5.0.1").refusal,
  classed("home/metallb", "10.5.0.1").warning,
  classed("", "10.9.0.1").warning,
  ...traps({ nodes: [node("m1", { isNetworkUnavailable: true })] }),
  ...traps({ nodes: [node("m1", { isNetworkUnavailable: true }), node("m2")] }),
  ...traps({ nodes: [node("m1", { isNetworkUnavailable: true }), node("m2")], readySpeakers: ["m1"] }),
  ...traps({ nodes: [node("m1", { taints: [{ key: "dedicated", effect: "NoSchedule" }] })] }),
  ...findUsedAddresses(devPlan(), survey({ used: [{ kind: "pods", text: "10.5.0.2", owner: "the address of pod web/shop" }] })),
  ...traps({ speakers: ["metallb", "metallb-system"] }),
  ...(["servicelb", "kube-vip", "cilium"] as const).flatMap((kind) => traps({ conflictingControllers: [{ kind, evidence: ["blue"] }] })),
  ...traps({ lacksStrictArp: true }),
  ...traps(local),
  ...traps(local, floating),
  ...traps(local, external),
  findForeign(devPlan(), survey({ speakers: ["metallb-system"] }), new Set()),
  ...orphans(pool("lab-dev", "10.7.0.0/24")),
  ...orphans(pool("old", "10.5.0.128/25")),
  ...order("10.6.0.0/24", "10.5.0.0/24"),
  ...order("10.6.0.0/24", ""),
  ...findNextHopConflict(devPlan(floating).gateway, [{ name: "house", addresses: ["192.168.50.240/29"] }]),
  findDestroyed(devPlan(), survey({ services: [shop] })),
  findDestroyed(devPlan(), survey({ services: [service("web/shop", "10.7.0.1"), service("dns/pihole", "10.7.0.2")] })),
  ...orphans(foundObject("L2Advertisement", "pools", { spec: { interfaces: ["eth9"] } })),
  findDeletedWith(devPlan(), survey({ objects: [pool("old", "10.9.0.0/24")] })),
  findOthersDeleted(
    devPlan(),
    [{ apiVersion: "metallb.io/v1beta2", kind: "BGPPeer", metadata: { name: "upstream", namespace: "x" } }],
    new Set(),
  ),
  ...findProtectedInUse(devPlan({ pools: [held] }), survey({ services: [service("web/shop", "10.6.0.1")] })),
];

const quick = { limit: 50, interval: 5, reportInterval: 10_000 };

/** Returns the message with which work fails. */
async function ending(work: () => Promise<unknown>): Promise<string> {
  return listening(work).then(
    () => "nothing went wrong",
    (error: Error) => error.message,
  );
}

/** Returns the messages with which a run ends because of the state of a cluster. */
async function endings(): Promise<string[]> {
  const server = await ApiServer.start({});
  try {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const connection = { kubeconfig: { text: kubeconfigFor(cluster), folder: "/" }, context: "lab-dev", namespace: "metallb-system" };
    const name = "metallb-webhook-configuration";
    const of = { namespace: "metallb-system", name: "metallb-webhook-service" };
    const webhook: WebhookState = { name, uid: "u", resourceVersion: "7", service: of, serviceExists: false };
    const webhooks = [{ name: "ipaddresspoolvalidationwebhook.metallb.io", clientConfig: { service: of } }];
    server.answers[`/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${name}`] = {
      metadata: { name, uid: "u", resourceVersion: "7" },
      webhooks,
    };
    const answered = (status: number, work: () => Promise<unknown>) => {
      server.change = () => status;
      return ending(work);
    };
    return [
      await answered(403, () => removeWebhook(connection, webhook, quick)),
      await answered(200, () => removeWebhook(connection, webhook, quick)),
      await answered(500, () => waitForWebhook(connection, quick)),
      await ending(() => surveyWhenNamespaceReady(connection, () => Promise.resolve(survey({ namespace: "Terminating" })), quick)),
    ];
  } finally {
    await server.stop();
  }
}

/** Returns why a stack with an open next hop gets none. */
async function openHops(): Promise<string[]> {
  const { plan } = parseStackConfig("lab-dev", devConfig({ "gateway.addresses": ["auto"] }));
  const rules: string[] = [];
  for (const nodes of [() => Promise.resolve([]), () => Promise.reject(new NoResponse("it sleeps"))]) {
    const locate = (finding: Finding) => ({ file: "Pulumi.lab-dev.yaml", ...finding });
    const stack = { plan, kubeconfigContent: { text: "", folder: "/" }, locate };
    await resolveNextHop(stack, { previousHop: () => Promise.resolve(undefined), log: () => undefined, nodes }).catch((error: unknown) => {
      if (!(error instanceof PlanError)) throw error;
      rules.push(...error.problems.map(({ rule }) => rule));
    });
  }
  return rules;
}

/** Returns every message about a cluster with a problem, each with the values of one case. */
export async function clusterSentences(): Promise<readonly string[]> {
  return [...found().flatMap((finding) => finding?.rule ?? []), ...(await openHops()), ...(await endings())];
}
