import type { Lab } from "../../lab/lab";
import { hardwareAddress } from "../../lab/lan";

/**
 * Returns the node that answers ARP requests for a service's address. MetalLB's own status objects may be outdated.
 * @returns undefined if no node answers
 */
export async function answeringNode(lab: Lab, address: string): Promise<string | undefined> {
  const script = 'ip route replace "$1" dev eth0; ip neigh flush to "$1"; ping -c 1 -W 1 "$1" >/dev/null; ip neigh show "$1"';
  const { stdout } = await lab.client.exec(["sh", "-c", script, "sh", address]);
  await lab.client.exec(["ip", "route", "del", address, "dev", "eth0"]);
  const mac = /lladdr (\S+) (?:REACHABLE|DELAY|STALE)/.exec(stdout)?.[1];
  return lab.plans.flatMap(({ stack }) => lab.cluster(stack).nodes).find(({ host }) => hardwareAddress(host) === mac)?.name;
}
