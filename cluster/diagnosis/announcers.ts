import type { Survey, SurveyNode } from "./cluster-state";
import { hasAddress } from "./cluster-state";
import { EXCLUSION_LABEL, FORMER_MASTER_LABEL, MASTER_LABEL } from "../../config/node-labels";
import { nextHopName } from "../../config/next-hop";
import type { AdvertisementPlan, LabelSelector, Plan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";
import { nextHopAdvertisement } from "../manifests/next-hop";
import { matches } from "../manifests/selectors";
import { isTolerated, NO_OBSTACLE, type Taint } from "../manifests/taints";

/** An advertisement, and the place and value in the stack file from which its nodes follow. */
interface Placed extends Pick<AdvertisementPlan, "name" | "nodeSelectors"> {
  readonly path: string;
  readonly value: string;
}

/** The ways in which MetalLB's speaker on a node can be kept from announcing. */
type Cause = "network" | "excluded" | "taint" | "speaker";

interface Silenced {
  readonly node: SurveyNode;
  readonly cause: Cause;
}

/** Reports each advertisement that no node announces, and each speaker that a condition of its node silences, with the fix. */
export function findUnannounced(plan: Plan, survey: Survey): Finding[] {
  return [...findUnlabelled(plan, survey), ...placedAdvertisements(plan).flatMap((one) => findSilent(plan, survey, one))];
}

/** Returns the advertisements of the pools, and the one of a floating next hop. */
function placedAdvertisements({ advertisements, gateway }: Plan): Placed[] {
  const ofPools = advertisements.map(({ name, nodeSelectors }, index) => {
    return { name, nodeSelectors, path: `advertisements[${index}].nodeSelectors`, value: quote(nodeSelectors) };
  });
  if (gateway.mode !== "floating") return ofPools;
  const { nodeSelectors } = nextHopAdvertisement(gateway.address);
  const ofHop = { name: nextHopName(gateway.address), nodeSelectors, path: "gateway.addresses[0]", value: quote(gateway.address) };
  // An advertisement by the same nodes has the same findings.
  return ofPools.some((one) => quote(one.nodeSelectors) === quote(nodeSelectors)) ? ofPools : [...ofPools, ofHop];
}

function findSilent(plan: Plan, survey: Survey, advertisement: Placed): Finding[] {
  const selected = survey.nodes.filter(({ labels }) => isSelected(advertisement, labels));
  // Missing labels of masters are reported once, by findUnlabelled.
  if (selected.length === 0) return advertisement.nodeSelectors.every(isForMasters) ? [] : findUnmatched(plan, survey, advertisement);
  const silenced = selected.flatMap((node) => {
    const cause = causeOf(plan, survey, node);
    return cause === undefined ? [] : [{ node, cause }];
  });
  if (silenced.length < selected.length) return findPartlySilent(plan, advertisement, silenced);
  const causes = new Set(silenced.map(({ cause }) => cause));
  const [cause] = causes;
  if (cause === undefined || causes.size > 1) return [aboutSeveral(plan, advertisement, silenced)];
  return aboutAll(plan, advertisement, cause, selected);
}

/** Decides as MetalLB does whether the speaker of a node is kept from announcing. */
function causeOf(plan: Plan, { readySpeakers }: Survey, node: SurveyNode): Cause | undefined {
  if (node.isNetworkUnavailable) return "network";
  if (speakerValues(plan).ignoreExcludeLB === false && EXCLUSION_LABEL in node.labels) return "excluded";
  // Where speakers run already, their pods show whether a taint keeps them away. Values may still have to reach the cluster.
  const taint = taintOf(plan, node);
  if (taint !== undefined && (readySpeakers === undefined || isMastersTaint(taint))) return "taint";
  return readySpeakers === undefined || readySpeakers.includes(node.name) ? undefined : "speaker";
}

interface SpeakerValues {
  readonly ignoreExcludeLB?: unknown;
  readonly tolerateMaster?: unknown;
  readonly tolerations?: unknown;
}

const speakerValues = ({ metallb }: Plan) => (metallb.values as { readonly speaker?: SpeakerValues }).speaker ?? {};

/** Returns the first taint of a node that keeps the chart's speakers off it. */
function taintOf(plan: Plan, { taints }: SurveyNode): Taint | undefined {
  const { tolerateMaster, tolerations } = speakerValues(plan);
  const forMasters = [MASTER_LABEL, FORMER_MASTER_LABEL].map((key) => ({ key, operator: "Exists", effect: "NoSchedule" }));
  const tolerated = [...NO_OBSTACLE, ...(tolerateMaster === false ? [] : forMasters)];
  return taints.find((taint) => taint.effect !== "PreferNoSchedule" && !isTolerated(taint, tolerated) && !isTolerated(taint, tolerations));
}

const isMastersTaint = ({ key }: Taint): boolean => [MASTER_LABEL, FORMER_MASTER_LABEL].includes(key);

/** Reports masters that have only the label from before Kubernetes 1.24. The default advertisement does not select them. */
function findUnlabelled(plan: Plan, { nodes }: Survey): Finding[] {
  const masters = nodes.filter(({ isMaster }) => isMaster);
  const advertisement = placedAdvertisements(plan).find(({ nodeSelectors }) => nodeSelectors.every(isForMasters));
  if (advertisement === undefined || masters.length === 0 || nodes.some(({ labels }) => MASTER_LABEL in labels)) return [];
  return [
    {
      ...placeOf(advertisement),
      rule: `no node of cluster ${plan.cluster.name} has the label ${MASTER_LABEL}, so no node announces`,
      fix: `label the masters: kubectl label node ${namesOf(masters, " ")} ${MASTER_LABEL}=`,
    },
  ];
}

const placeOf = ({ path, value }: Placed) => ({ path, value });

/** Reports a selector that matches no node: the label is misspelt, or not set yet. */
function findUnmatched({ cluster }: Plan, { nodes }: Survey, advertisement: Placed): Finding[] {
  if (nodes.length === 0) return [];
  return [
    {
      ...placeOf(advertisement),
      rule: `matches no node of cluster ${cluster.name}, so no node announces`,
      fix: "correct it, or label a node: kubectl get nodes --show-labels",
    },
  ];
}

function isForMasters({ matchExpressions = [], matchLabels = {} }: LabelSelector): boolean {
  return MASTER_LABEL in matchLabels || matchExpressions.some(({ key, operator }) => key === MASTER_LABEL && operator === "Exists");
}

const repairNetwork = (nodes: readonly SurveyNode[]) =>
  `repair the network of the node, such as its network plugin; see the reason under Conditions: kubectl describe node ${namesOf(nodes, " ")}`;

/** Reports speakers that a condition silences while others announce. Labels and taints may keep speakers silent on purpose. */
function findPartlySilent({ cluster }: Plan, advertisement: Placed, silenced: readonly Silenced[]): Finding[] {
  const nodes = silenced.filter(({ cause }) => cause === "network").map(({ node }) => node);
  if (nodes.length === 0) return [];
  const rule =
    `${namesOf(nodes, ", ")} of cluster ${cluster.name} ${nodes.length === 1 ? "has" : "have"} the condition NetworkUnavailable, so no ` +
    `speaker announces for advertisement ${advertisement.name} there`;
  return [{ ...placeOf(advertisement), rule, fix: repairNetwork(nodes) }];
}

/** Reports an advertisement whose nodes are silenced by different causes. */
function aboutSeveral(plan: Plan, advertisement: Placed, silenced: readonly Silenced[]): Finding {
  const inWords: Readonly<Record<Cause, (node: SurveyNode) => string>> = {
    network: () => "has the condition NetworkUnavailable",
    excluded: () => `has the label ${EXCLUSION_LABEL}`,
    taint: (node) => `has the taint ${taintOf(plan, node)?.key}`,
    speaker: () => "has no ready speaker",
  };
  const each = silenced.map(({ node, cause }) => `${node.name} ${inWords[cause](node)}`).join(", ");
  return {
    ...placeOf(advertisement),
    rule: `no node of cluster ${plan.cluster.name} that advertisement ${advertisement.name} selects can announce: ${each}`,
    fix: "correct one of them, or select other nodes",
  };
}

/** Reports an advertisement whose nodes are all silenced by one cause. */
function aboutAll(plan: Plan, advertisement: Placed, cause: Cause, selected: readonly SurveyNode[]): Finding[] {
  const { cluster, metallb } = plan;
  const { name } = advertisement;
  const all = `all nodes of cluster ${cluster.name} that advertisement ${name} selects (${namesOf(selected, ", ")}) have`;
  if (cause === "network") {
    const rule = `${all} the condition NetworkUnavailable, so no node announces`;
    return [{ ...placeOf(advertisement), rule, fix: repairNetwork(selected) }];
  }
  if (cause === "excluded") {
    return [
      {
        path: "metallb.values.speaker.ignoreExcludeLB",
        value: "false",
        rule: `${all} the label ${EXCLUSION_LABEL}, so no node announces`,
        fix: `remove it, or remove the label: kubectl label node ${namesOf(selected, " ")} ${EXCLUSION_LABEL}-`,
      },
    ];
  }
  if (cause === "taint") return [aboutTaint(plan, all, selected)];
  // A finding about the gateway's node already covers it.
  if (selected.every(({ isReady }) => !isReady) && selected.some((node) => hasAddress(node, plan.gateway.address))) return [];
  return [
    {
      ...placeOf(advertisement),
      rule:
        `no speaker is ready on a node of cluster ${cluster.name} that advertisement ${name} selects ` +
        `(${namesOf(selected, ", ")}), so no node announces`,
      fix:
        `see what blocks it: kubectl describe pods --namespace ${metallb.namespace} --selector app.kubernetes.io/component=speaker; ` +
        "if there is none, a taint of the node keeps it away: remove the taint, or add to speaker.tolerations of metallb.values",
    },
  ];
}

/** Reports taints that keep all speakers away. The chart's speakers tolerate a master's taint, but the user's values may override this. */
function aboutTaint(plan: Plan, all: string, selected: readonly SurveyNode[]): Finding {
  const taints = selected.flatMap((node) => taintOf(plan, node) ?? []);
  const { key = "" } = taints[0] ?? {};
  const ofMasters = speakerValues(plan).tolerateMaster === false && taints.every(isMastersTaint);
  const { tolerations = [] } = speakerValues(plan);
  const at = ofMasters
    ? { path: "metallb.values.speaker.tolerateMaster", value: "false" }
    : { path: "metallb.values.speaker.tolerations", value: quote(tolerations) };
  return {
    ...at,
    rule: `${all} ${ofMasters ? "a master's taint" : `a taint (${key})`}, which keeps the speakers away, so no node announces`,
    fix: `${ofMasters ? "remove it" : "remove the taint"}, or add to speaker.tolerations of metallb.values: { key: ${key}, operator: Exists }`,
  };
}

function isSelected({ nodeSelectors }: Pick<AdvertisementPlan, "nodeSelectors">, labels: SurveyNode["labels"]): boolean {
  return nodeSelectors.length === 0 || nodeSelectors.some((selector) => matches(selector, labels));
}

const namesOf = (nodes: readonly SurveyNode[], separator: string): string => nodes.map(({ name }) => name).join(separator);
