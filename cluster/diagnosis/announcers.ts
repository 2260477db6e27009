import type { Survey, SurveyNode } from "./cluster-state";
import { EXCLUSION_LABEL, FORMER_MASTER_LABEL, MASTER_LABEL } from "../../config/node-labels";
import type { AdvertisementPlan, LabelSelector, Plan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";
import { matches } from "../manifests/selectors";
import { isTolerated, type Taint } from "../manifests/taints";

/** Reports for each advertisement why none of its nodes announces, with the fix. */
export function findSilence(plan: Plan, survey: Survey): Finding[] {
  return [
    ...findUnlabelled(plan, survey),
    ...plan.advertisements.flatMap((advertisement, index) => {
      const selected = survey.nodes.filter(({ labels }) => isSelected(advertisement, labels));
      // Missing labels of masters are reported once, by findUnlabelled.
      if (selected.length === 0) return advertisement.nodeSelectors.every(isForMasters) ? [] : findUnmatched(plan, survey, index);
      const untolerated = findUntolerated(plan, advertisement, selected);
      // A taint that keeps the speakers away explains why they are missing.
      const missing = untolerated.length > 0 ? untolerated : findSpeechless(plan, survey, index, selected);
      return [...findExcluded(plan, advertisement, selected), ...missing];
    }),
  ];
}

/** Reports masters that have only the label from before Kubernetes 1.24. The default advertisement does not select them. */
function findUnlabelled({ advertisements, cluster }: Plan, { nodes }: Survey): Finding[] {
  const masters = nodes.filter(({ isMaster }) => isMaster);
  const index = advertisements.findIndex(({ nodeSelectors }) => nodeSelectors.every(isForMasters));
  if (index < 0 || masters.length === 0 || nodes.some(({ labels }) => MASTER_LABEL in labels)) return [];
  return [
    {
      path: `advertisements[${index}].nodeSelectors`,
      value: quote(advertisements[index]?.nodeSelectors),
      rule: `no node of cluster ${cluster.name} has the label ${MASTER_LABEL}, so no node announces`,
      fix: `label the masters: kubectl label node ${namesOf(masters, " ")} ${MASTER_LABEL}=`,
    },
  ];
}

/** Reports a selector that matches no node: the label is misspelt, or not set yet. */
function findUnmatched({ advertisements, cluster }: Plan, { nodes }: Survey, index: number): Finding[] {
  if (nodes.length === 0) return [];
  return [
    {
      path: `advertisements[${index}].nodeSelectors`,
      value: quote(advertisements[index]?.nodeSelectors),
      rule: `matches no node of cluster ${cluster.name}, so no node announces`,
      fix: "correct it, or label a node: kubectl get nodes --show-labels",
    },
  ];
}

function isForMasters({ matchExpressions = [], matchLabels = {} }: LabelSelector): boolean {
  return MASTER_LABEL in matchLabels || matchExpressions.some(({ key, operator }) => key === MASTER_LABEL && operator === "Exists");
}

/**
 * Reports nodes that are excluded from load balancing. The program's values make speakers ignore that label, but the user's values may
 * override this.
 */
function findExcluded({ metallb, cluster }: Plan, { name }: AdvertisementPlan, selected: readonly SurveyNode[]): Finding[] {
  const { speaker } = metallb.values as { readonly speaker?: { readonly ignoreExcludeLB?: unknown } };
  if (speaker?.ignoreExcludeLB !== false || !selected.every(({ labels }) => EXCLUSION_LABEL in labels)) return [];
  return [
    {
      path: "metallb.values.speaker.ignoreExcludeLB",
      value: "false",
      rule:
        `all nodes of cluster ${cluster.name} that advertisement ${name} selects (${namesOf(selected, ", ")}) have the label ${EXCLUSION_LABEL}, ` +
        "so no node announces",
      fix: `remove it, or remove the label: kubectl label node ${namesOf(selected, " ")} ${EXCLUSION_LABEL}-`,
    },
  ];
}

/** Reports nodes with a master's taint. The chart's speakers tolerate it, but the user's values may override this. */
function findUntolerated({ metallb, cluster }: Plan, { name }: AdvertisementPlan, selected: readonly SurveyNode[]): Finding[] {
  const { speaker } = metallb.values as { readonly speaker?: { readonly tolerateMaster?: unknown; readonly tolerations?: unknown } };
  if (speaker?.tolerateMaster !== false) return [];
  const hard = selected.map(({ taints }) => taints.find((taint) => isMastersTaint(taint) && !isTolerated(taint, speaker.tolerations)));
  const [first] = hard;
  if (first === undefined || hard.includes(undefined)) return [];
  return [
    {
      path: "metallb.values.speaker.tolerateMaster",
      value: "false",
      rule:
        `all nodes of cluster ${cluster.name} that advertisement ${name} selects (${namesOf(selected, ", ")}) have a master's taint, which keeps ` +
        "the speakers away, so no node announces",
      fix: `remove it, or add to speaker.tolerations of metallb.values: { key: ${first.key}, operator: Exists }`,
    },
  ];
}

/** Whether a taint keeps speakers off a master. `PreferNoSchedule` does not. */
function isMastersTaint({ key, effect }: Taint): boolean {
  return [MASTER_LABEL, FORMER_MASTER_LABEL].includes(key) && effect !== "PreferNoSchedule";
}

/** Reports nodes without a ready speaker, unless a finding about the gateway's node already covers it. */
function findSpeechless(
  { advertisements, metallb, cluster, gateway }: Plan,
  { readySpeakers }: Survey,
  index: number,
  selected: readonly SurveyNode[],
): Finding[] {
  if (readySpeakers === undefined || selected.some(({ name }) => readySpeakers.includes(name))) return [];
  if (selected.every(({ isReady }) => !isReady) && selected.some(({ addresses }) => addresses.includes(gateway.address))) return [];
  return [
    {
      path: `advertisements[${index}].nodeSelectors`,
      value: quote(advertisements[index]?.nodeSelectors),
      rule:
        `no speaker is ready on a node of cluster ${cluster.name} that advertisement ${advertisements[index]?.name} selects ` +
        `(${namesOf(selected, ", ")}), so no node announces`,
      fix:
        `see what blocks it: kubectl describe pods --namespace ${metallb.namespace} --selector app.kubernetes.io/component=speaker; ` +
        "if there is none, a taint of the node keeps it away: remove the taint, or add to speaker.tolerations of metallb.values",
    },
  ];
}

function isSelected({ nodeSelectors }: AdvertisementPlan, labels: SurveyNode["labels"]): boolean {
  return nodeSelectors.length === 0 || nodeSelectors.some((selector) => matches(selector, labels));
}

const namesOf = (nodes: readonly SurveyNode[], separator: string): string => nodes.map(({ name }) => name).join(separator);
