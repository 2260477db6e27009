import { IPv4 } from "ipaddr.js";
import { type Cidr, type Ipv4, broadcast, contains, isIpv4, size, toNumber } from "../config/address/address";
import type { UnresolvedPlan, RouterPlan } from "../config/plan";
import { UserError } from "../config/user-error";
import { podNetworkOf } from "./kubernetes-files";

/** The parts of a plan that the lab needs. */
export interface PlanSummary extends Pick<UnresolvedPlan, "stack" | "gateway"> {
  readonly router: Pick<RouterPlan, "host" | "port" | "user" | "lan">;
}

/** A host of the lab. Its role determines what it runs. */
export interface HostSpec {
  readonly name: string;
  readonly address: string;
}

/** A master has its own control plane: API server, etcd member and controllers. A worker has none. */
export type Role = "master" | "worker";

/** A node of a stack's cluster. */
export interface NodeSpec extends HostSpec {
  readonly stack: string;
  readonly role: Role;
  /** The network of the pods on this node, part of the cluster's pod network. */
  readonly pods: string;
}

/** The size of a lab, if it differs from one master for each stack. Not part of the stack files, because it concerns only the lab. */
export interface LabSize {
  /** The stacks that get a cluster. @default all */
  readonly stacks?: readonly string[];
  /** Masters of each cluster. @default 1 */
  readonly masters?: number;
  /** Workers of each cluster. @default 0 */
  readonly workers?: number;
}

/** The lab's hosts as data. */
export interface Topology {
  readonly lan: Cidr;
  readonly router: HostSpec & { readonly user: string; readonly port: number };
  /** A device of the household: its default route leads to the router, and it has no routes to the clusters. */
  readonly client: HostSpec;
  /** The operator's machine, which runs the engine and all commands. */
  readonly operator: HostSpec;
  /** The nodes by stack. The first one of each stack is the master with the address of the stack's next hop. */
  readonly nodes: readonly NodeSpec[];
}

/**
 * Returns the hosts that the plans describe, with client, operator and further nodes on free addresses: client and operator in the middle of
 * the LAN, where households have devices without a fixed address, and nodes right after the first master of their cluster.
 * @throws UserError if the plans are not one household: different LANs or routers, or two hosts with one address
 */
export function topologyOf(plans: readonly PlanSummary[], { masters = 1, workers = 0 }: LabSize = {}): Topology {
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
  const owners = new Map<string, string>();
  const claimAddress = (name: string, address: string): void => {
    const owner = owners.get(address);
    if (owner !== undefined)
      throw new UserError(`${address} is the address of ${owner} and of ${name}: give one of them another in its stack file.`);
    owners.set(address, name);
  };
  claimAddress(router.name, router.address);
  // A floating next hop is no node's address, and no other host may have it either.
  for (const { stack, gateway } of plans)
    if (gateway.address !== "auto") claimAddress(gateway.mode === "node" ? `${stack}-master` : `${stack}'s next hop`, gateway.address);
  const spec = (name: string, from: number): HostSpec => {
    const address = freeAddress(lan, owners, from);
    if (address === undefined)
      throw new UserError(`${lan.text} has no free address for the lab's ${name}: use a larger LAN in the stack files.`);
    owners.set(address, name);
    return { name, address };
  };
  const gateways = plans.map(({ stack, gateway }, index) => {
    const name = `${stack}-master`;
    if (gateway.mode === "node" && gateway.address !== "auto") return { name, address: gateway.address, stack };
    return { ...spec(name, integerOf(lan.network) + 11 + 10 * index), stack };
  });
  const middle = integerOf(lan.network) + size(lan) / 2;
  const [client, operator] = [spec("client", middle), spec("operator", middle)];
  const nodes = gateways.flatMap(({ stack, ...first }) => {
    const moreNodes = (role: Role, count: number, firstNumber: number): Array<HostSpec & { role: Role }> =>
      Array.from({ length: count }, (_, index) => ({ ...spec(`${stack}-${role}-${firstNumber + index}`, integerOf(first.address)), role }));
    const members = [{ ...first, role: "master" as const }, ...moreNodes("master", masters - 1, 2), ...moreNodes("worker", workers, 1)];
    return members.map((member, index) => ({ ...member, stack, pods: podNetworkOf(index) }));
  });
  return { lan, router, client, operator, nodes };
}

/** Returns a free address for another host of the LAN. */
export function spareAddress(
  { lan, router, client, operator, nodes }: Topology,
  plans: readonly Pick<UnresolvedPlan, "gateway">[],
): string {
  const taken = [...[router, client, operator, ...nodes].map(({ address }) => address), ...plans.map(({ gateway }) => gateway.address)];
  const address = freeAddress(lan, new Map(taken.map((one) => [one, one])), integerOf(operator.address));
  if (address === undefined) throw new UserError(`${lan.text} has no free address for another host: use a larger LAN in the stack files.`);
  return address;
}

const integerOf = (address: string): number => Number(toNumber(address as Ipv4));

/** Returns the first free host address at or after `from`, and continues at the LAN's start after its end. */
function freeAddress(lan: Cidr, taken: ReadonlyMap<string, string>, from: number): Ipv4 | undefined {
  const [network, addresses] = [integerOf(lan.network), size(lan)];
  for (let step = 0; step < addresses; step++) {
    const value = network + ((from - network + step) % addresses);
    const address = new IPv4([24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256)).toString() as Ipv4;
    if (address !== lan.network && address !== broadcast(lan) && !taken.has(address)) return address;
  }
  return undefined;
}
