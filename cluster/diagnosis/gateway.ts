import { MASTER_LABEL } from "../../config/node-labels";
import type { Plan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";
import { hasAddress, withAddresses, type NodeState } from "./cluster-state";

/**
 * Reports a next hop that is not the address of a Ready master, because traffic would not be forwarded. In the other modes, reports a next
 * hop that is the address of a node.
 */
export function findGateway({ gateway, cluster }: Plan, nodes: readonly NodeState[]): Finding | undefined {
  const holder = nodes.find((node) => hasAddress(node, gateway.address));
  if (gateway.mode === "external") return undefined;
  if (gateway.mode === "floating") return holder && addressInUse(gateway.address, `is node ${holder.name}'s own address`);
  if (holder?.isMaster && holder.isReady) return undefined;
  const masters = nodes.filter(({ isMaster, isReady }) => isMaster && isReady);
  return {
    path: "gateway.addresses[0]",
    value: quote(gateway.address),
    rule:
      holder === undefined
        ? `no node of cluster ${cluster.name} has this address`
        : `${holder.name} has this address and is ${holder.isMaster ? "not Ready" : "no master"}`,
    fix:
      masters.length === 0
        ? `cluster ${cluster.name} has no Ready master: start one, or label it ${MASTER_LABEL}`
        : `set it to the address of a Ready master: ${masters.map(withAddresses).join(", ")}`,
  };
}

/** Reports an address that two hosts would answer for. */
const addressInUse = (address: string, rule: string): Finding => ({
  path: "gateway.addresses[0]",
  value: quote(address),
  rule,
  fix: "use an address of the LAN that is free, or gateway.mode: node for a node's",
});
