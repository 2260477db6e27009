import { MASTER_LABEL } from "../../config/node-labels";
import type { Plan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";
import { withAddresses, type NodeState } from "./cluster-state";

/**
 * Says what is wrong with a next hop that no Ready master of the cluster has: the router's traffic would find no one there. Or, where it is no node's
 * to have, that a node has it.
 */
export function findGateway({ gateway, cluster }: Plan, nodes: readonly NodeState[]): Finding | undefined {
  const holder = nodes.find(({ addresses }) => addresses.includes(gateway.address));
  if (gateway.mode === "external") return undefined;
  if (gateway.mode === "floating") return holder && occupied(gateway.address, `is node ${holder.name}'s own address`);
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

/** Two hosts would answer for one address. */
const occupied = (address: string, rule: string): Finding => ({
  path: "gateway.addresses[0]",
  value: quote(address),
  rule,
  fix: "use an address of the LAN that is free, or gateway.mode: node for a node's",
});
