import { contains, isIpv4, type Cidr, type Ipv4 } from "../../config/address/address";
import type { NodeState } from "./cluster-state";

/** A master that can be the next hop. */
export interface Candidate {
  readonly node: string;
  readonly address: Ipv4;
}

/**
 * Chooses the master for next hop `auto`: the last run's master if it is still Ready, and otherwise the first Ready one by name. Returns
 * undefined if no Ready master has an address on the LAN.
 *
 * @param used the next hop of the last run
 */
export function chooseGateway(nodes: readonly NodeState[], lan: Cidr, used: string | undefined): Candidate | undefined {
  const candidates = nodes
    .filter(({ isMaster, isReady }) => isMaster && isReady)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap(({ name, addresses, externalAddresses = [] }) =>
      [...addresses, ...externalAddresses].flatMap((address) =>
        isIpv4(address) && contains(lan, address) ? [{ node: name, address }] : [],
      ),
    );
  return candidates.find(({ address }) => address === used) ?? candidates[0];
}
