import type { Survey } from "../../network/cluster-state";

/** What a cluster says in which all is well for lab-dev, with some changes. */
export function survey(changes: Partial<Survey> = {}): Survey {
  return {
    nodes: [{ name: "m1", addresses: ["192.168.50.11"], isMaster: true, isReady: true }],
    services: [],
    pools: [],
    hasLabelledMaster: true,
    namespace: "missing",
    webhooks: [],
    crds: [],
    objects: [],
    speakers: [],
    rivals: [],
    announcements: [],
    answersAllArp: false,
    localServices: [],
    ...changes,
  };
}
