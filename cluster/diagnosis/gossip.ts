import { hasChange } from "../../config/metallb-releases";
import type { Plan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";
import type { Survey } from "./cluster-state";

/**
 * Reports an upgrade or downgrade during which old and new speakers do not hear each other. Each group then lets one of its own nodes
 * announce the floating next hop, so two nodes answer for it until the last speaker is replaced.
 */
export function findGossipBreak({ cluster, gateway, metallb }: Plan, { chart, nodes }: Survey): Finding[] {
  const isMixed = chart !== undefined && hasChange("gossipKey", chart) !== hasChange("gossipKey", metallb.version);
  if (!isMixed || gateway.mode !== "floating" || nodes.filter(({ isMaster }) => isMaster).length < 2) return [];
  const rule =
    `cluster ${cluster.name} runs chart ${chart}, whose speakers exchange no gossip with those of ${metallb.version}, so two masters answer ` +
    `for the floating next hop ${gateway.address} until every speaker is replaced`;
  return [
    { path: "metallb.version", value: quote(metallb.version), rule, fix: "see docs/how-to/metallb-upgrade.md for what clients notice" },
  ];
}
