import assert from "node:assert/strict";

import { contains, parseCidr, type Ipv4 } from "../../config/address/address";
import type { Plan } from "../../config/plan";
import type { Host } from "../../lab/host";
import type { Lab } from "../../lab/lab";
import { get } from "../../lab/proof";

/** Returns the JSON that a command prints on a host. */
export async function jsonOf(host: Host, argv: readonly string[]): Promise<Array<Record<string, unknown>>> {
  return JSON.parse((await host.exec(argv)).stdout) as Array<Record<string, unknown>>;
}

/** Asserts that an address is in a pool of the plan. */
export function assertInPool(plan: Plan, address: string): void {
  const pools = plan.pools.flatMap(({ addresses }) => addresses);
  assert.ok(pools.length > 0 && pools.every(({ text }) => parseCidr(text).ok));
  assert.ok(
    pools.some((pool) => contains(pool, address as Ipv4)),
    `${address} is in none of ${plan.stack}'s pools`,
  );
}

/**
 * Asserts the path client -> router -> the plan's gateway: by the routing tables, the router's count of forwarded packets, and the destination's
 * hardware address. A household's router sends the client an ICMP redirect for the shorter path, so the client forgets redirects first.
 */
export async function assertPath(lab: Lab, plan: Plan, address: string): Promise<void> {
  const next = async (host: Host): Promise<unknown> =>
    (await jsonOf(host, ["ip", "-j", "route", "get", "fibmatch", address]))[0]?.["gateway"];
  assert.equal(await next(lab.client), plan.router.host);
  assert.equal(await next(lab.router.host), plan.gateway.address);

  await lab.client.exec(["ip", "route", "flush", "cache"]);
  const before = await forwardedPackets(lab);
  assert.equal((await get(lab.client, address)).status, 200);
  assert.ok((await forwardedPackets(lab)) > before, "the router forwarded no packet of the request");

  const neighbours = await jsonOf(lab.router.host, ["ip", "-j", "neigh"]);
  const link = await jsonOf(lab.cluster(plan.stack).master, ["ip", "-j", "link", "show", "eth0"]);
  assert.equal(neighbours.find(({ dst }) => dst === plan.gateway.address)?.["lladdr"], link[0]?.["address"]);
}

async function forwardedPackets({ router }: Lab): Promise<number> {
  const { stdout } = await router.host.exec(["iptables-save", "-c", "-t", "filter"]);
  const rules = [...stdout.matchAll(/^\[(\d+):\d+\] -A FORWARD .*-j ACCEPT/gm)];
  return rules.reduce((sum, [, packets]) => sum + Number(packets), 0);
}
