import type { Survey, SurveyNode } from "../../cluster/diagnosis/cluster-state";
import { MASTER_LABEL } from "../../config/node-labels";

/** Returns a Ready master at lab-dev's gateway, with some changes. */
export function node(name: string, changes: Partial<SurveyNode> = {}): SurveyNode {
  return {
    name,
    addresses: ["192.168.50.11"],
    isMaster: true,
    isReady: true,
    labels: { [MASTER_LABEL]: "" },
    taints: [],
    isNetworkUnavailable: false,
    ...changes,
  };
}

/** Returns the survey of a healthy cluster for lab-dev, with some changes. */
export function survey(changes: Partial<Survey> = {}): Survey {
  return {
    nodes: [node("m1")],
    services: [],
    pools: [],
    namespace: "missing",
    webhooks: [],
    crds: [],
    objects: [],
    speakers: [],
    readySpeakers: undefined,
    conflictingControllers: [],
    lacksStrictArp: false,
    localServices: [],
    used: [],
    chart: undefined,
    formerAnnotations: [],
    handledClass: undefined,
    ...changes,
  };
}
