import { IPv4 } from "ipaddr.js";
import { type Cidr, type Ipv4, broadcast, contains, parseIpv4, size } from "../network/address";
import type { Plan, RouterPlan } from "../network/plan";
import { UserError } from "./errors";

/** What the lab needs to know of a plan; the rest of it is the program's business. */
export interface PlanSummary extends Pick<Plan, "stack" | "gateway"> {
  readonly router: Pick<RouterPlan, "host" | "port" | "user" | "lan">;
}

/** A host of the lab, whose role tells what runs on it. */
export interface Seat {
  readonly name: string;
  readonly address: string;
}

/** The lab's hosts as data. */
export interface Topology {
  readonly lan: Cidr;
  readonly router: Seat & { readonly user: string; readonly port: number };
  /** A device of the household: it has the router as its default route and knows nothing of the clusters. */
  readonly client: Seat;
  /** Where the operator sits: the engine and all commands run here. */
  readonly operator: Seat;
  /** One per stack, at the address that the stack's route leads to. */
  readonly masters: ReadonlyArray<Seat & { readonly stack: string }>;
}

/**
 * The hosts that the plans describe, with a client and an operator on addresses that the plans leave free.
 * @throws UserError where the plans can't be one household: different LANs or routers, or two hosts with one address.
 */
export function topologyOf(plans: readonly PlanSummary[]): Topology {
  const [first, ...others] = plans;
  if (first === undefined) {
    throw new UserError("The project has no stack file: write one, such as Pulumi.lab-dev.yaml, with the cluster's pool and gateway.");
  }
  for (const other of others) {
    const [one, two] = [first, other].map(({ router }) => `${router.user}@${router.host}:${router.port} on ${router.lan.text}`);
    if (one !== two) {
      throw new UserError(
        `Pulumi.${other.stack}.yaml has the router ${two}, Pulumi.${first.stack}.yaml has ${one}: the lab is one household, so give both files the same router.`,
      );
    }
  }
  const { lan, host } = first.router;
  if (!isIpv4(host) || !contains(lan, host)) {
    throw new UserError(
      `Pulumi.${first.stack}.yaml: router.host is ${host}, and the lab's router needs an address of ${lan.text}: write the router's address there.`,
    );
  }
  for (const { stack } of plans) {
    if (!/^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/.test(stack)) {
      throw new UserError(
        `Pulumi.${stack}.yaml: the lab names hosts after stacks, and "${stack}" is no host name: use lower-case letters, digits and dashes.`,
      );
    }
  }
  const router = { name: "router", address: first.router.host, user: first.router.user ?? "homelab", port: first.router.port };
  const masters = plans.map(({ stack, gateway }) => ({ name: `${stack}-master`, address: gateway.address, stack }));
  const owners = new Map<string, string>();
  for (const { name, address } of [router, ...masters]) {
    const owner = owners.get(address);
    if (owner !== undefined)
      throw new UserError(`${address} is the address of ${owner} and of ${name}: give one of them another in its stack file.`);
    owners.set(address, name);
  }
  const free = freeAddresses(first.router.lan, new Set(owners.keys()));
  const seat = (name: string): Seat => {
    const address = free.next().value;
    if (address === undefined)
      throw new UserError(`${first.router.lan.text} has no address left for the lab's ${name}: use a larger LAN in the stack files.`);
    return { name, address };
  };
  return { lan: first.router.lan, router, client: seat("client"), operator: seat("operator"), masters };
}

const isIpv4 = (text: string): text is Ipv4 => parseIpv4(text).ok;

/** Free host addresses, beginning in the middle of the LAN where households have the devices that need no fixed address. */
function* freeAddresses(lan: Cidr, taken: ReadonlySet<string>): Generator<Ipv4, undefined> {
  const addresses = size(lan);
  const network = IPv4.parse(lan.network)
    .toByteArray()
    .reduce((sum, byte) => sum * 256 + byte, 0);
  for (let step = 0; step < addresses; step++) {
    const value = network + ((addresses / 2 + step) % addresses);
    const address = new IPv4([24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256)).toString() as Ipv4;
    if (address !== lan.network && address !== broadcast(lan) && !taken.has(address)) yield address;
  }
  return undefined;
}
