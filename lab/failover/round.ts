/** Runs one round: a client sends requests to a service all the time, a fault occurs, and what the client observes is recorded. */
import { Lines } from "../lines";
import type { Lab } from "../lab";
import { hardwareAddress } from "../lan";
import type { ClusterNode } from "../node";
import { demoNamespace } from "../proof";
import { Prober, type Sample } from "../prober/prober";
import { until } from "../wait";
import { conflict, parseClaim, type Claim } from "./arp";
import { faults, type FaultName, type FaultTarget } from "./faults";

/** For how long every request must succeed before the client counts as served again, in milliseconds. */
const STABLE_TIME = 10_000;

/** The record of a round. All times are in seconds after the fault. */
export interface FailoverRound {
  readonly fault: FaultName;
  /** The node with the next hop before the fault, and the node with it when the client was served again. */
  readonly from: string;
  readonly to: string | undefined;
  /** When the fault was repaired. */
  readonly repaired: number;
  readonly requests: number;
  readonly failed: number;
  /** When the last failed request before the repair was sent. */
  readonly lastFailure: number | undefined;
  /** The start and length of every unusually long pause between two answers. */
  readonly gaps: ReadonlyArray<readonly [start: number, length: number]>;
  /** For how long the next hop had two owners after the repair. */
  readonly conflict: number;
  /** When the first other speaker considered the node lost, which memberlist decides. */
  readonly detected: number | undefined;
  /** When another node first claimed the next hop, which MetalLB decides after that. */
  readonly claimed: number | undefined;
}

/** A round with all of its details, for pictures. */
export interface Observation {
  readonly round: FailoverRound;
  readonly faultAt: number;
  readonly samples: readonly Sample[];
  readonly claims: readonly Claim[];
}

export interface RoundSettings {
  readonly stack: string;
  readonly fault: FaultName;
  /** The router's next hop for the stack. */
  readonly nextHop: string;
  /** The service's URL. */
  readonly url: string;
  /** The time limit for an outage before the fault is repaired, in milliseconds. @default 75000 */
  readonly outageLimit?: number;
}

/** Runs a round in a healthy lab, and leaves it healthy. */
export async function failoverRound(lab: Lab, { stack, fault, nextHop, url, outageLimit = 75_000 }: RoundSettings): Promise<Observation> {
  const cluster = lab.cluster(stack);
  await ignoreRedirects(lab);
  await waitUntilHealthy(lab, stack);
  const watch = watchClaims(lab, nextHop);
  const prober = await Prober.start(lab.client, url);
  try {
    await until("a second without a failure", () => isStable(prober.samples, 1000));
    const target = await until("the owner of the next hop", () => ownerOf(lab, stack, nextHop));
    const other = cluster.nodes.find((node) => node !== target);
    if (other === undefined) throw new Error("a round needs two nodes");
    const faultTarget: FaultTarget = { lab, cluster, target, other };
    const faultAt = Date.now();
    await faults[fault].inject(faultTarget);
    await waitUntilServed(prober, faultAt, outageLimit);
    const to = await ownerOf(lab, stack, nextHop);
    const detected = await detectionTime(target, other, faultAt);
    const repaired = Date.now();
    await faults[fault].repair(faultTarget);
    await waitUntilHealthy(lab, stack);
    await until("ten seconds without a failure", () => isStable(prober.samples, STABLE_TIME), { deadline: 300_000 });
    await prober.stop();
    const claims = await watch.stop();
    const since = (at: number): number => Math.round(at - faultAt) / 1000;
    const own = hardwareAddress(target.host);
    const claimed = claims.find(({ at, mac }) => at > faultAt && mac !== own)?.at;
    const failed = prober.samples.filter(({ error }) => error !== undefined);
    const before = failed.filter(({ at }) => at < repaired && at > faultAt);
    const round: FailoverRound = {
      fault,
      from: target.name,
      to: to?.name,
      repaired: since(repaired),
      requests: prober.samples.length,
      failed: failed.length,
      lastFailure: before.length === 0 ? undefined : since(Math.max(...before.map(({ at }) => at))),
      gaps: gapsOf(prober.samples).map(([start, length]) => [since(start), Math.round(length) / 1000] as const),
      conflict: Math.round(conflict(claims, repaired)) / 1000,
      detected: detected === undefined ? undefined : since(detected),
      claimed: claimed === undefined ? undefined : since(claimed),
    };
    return { round, faultAt, samples: prober.samples, claims };
  } finally {
    await Promise.all([prober.stop(), watch.stop()]);
  }
}

/**
 * Makes the client send every packet to the router. A client that follows ICMP redirects would send later packets to the next hop itself, and
 * would not observe changes of the router's table.
 */
export async function ignoreRedirects({ client }: Lab): Promise<void> {
  const script = "for name in all eth0; do echo 0 >/proc/sys/net/ipv4/conf/$name/accept_redirects; done; ip route flush cache";
  await client.exec(["sh", "-c", script]);
}

/** Waits until the client is served again, or the time limit is over. */
async function waitUntilServed(prober: Prober, faultAt: number, outageLimit: number): Promise<void> {
  const isDone = (): boolean =>
    Date.now() - faultAt >= STABLE_TIME && (isStable(prober.samples, STABLE_TIME) || Date.now() - faultAt >= outageLimit);
  await until("the client to be served again", isDone, { deadline: outageLimit + 60_000 });
}

/** Whether every request of the last milliseconds succeeded, and at least one was answered. */
function isStable(samples: readonly Sample[], milliseconds: number): boolean {
  const from = Date.now() - milliseconds;
  const recent = samples.filter(({ end }) => end >= from);
  return recent.length >= milliseconds / 100 && recent.every(({ error }) => error === undefined) && (samples[0]?.at ?? from) <= from;
}

/** In milliseconds. A shorter pause is one or two lost requests, which the counts include. */
const MIN_GAP = 300;

function gapsOf(samples: readonly Sample[]): Array<[start: number, length: number]> {
  const answers = samples
    .filter(({ error }) => error === undefined)
    .map(({ end }) => end)
    .sort((one, other) => one - other);
  return answers.slice(1).flatMap((end, index): Array<[number, number]> => {
    const start = answers[index] ?? end;
    return end - start > MIN_GAP ? [[start, end - start]] : [];
  });
}

/** Returns the node to which the router sends the next hop's packets, by its neighbour table. */
async function ownerOf(lab: Lab, stack: string, nextHop: string): Promise<ClusterNode | undefined> {
  const { stdout } = await lab.router.host.exec(["ip", "neigh", "show", nextHop]);
  const mac = /lladdr (\S+)/.exec(stdout)?.[1];
  return lab.cluster(stack).nodes.find(({ host }) => hardwareAddress(host) === mac);
}

/** Returns when a speaker on another node first logged that the node is lost. */
async function detectionTime(target: ClusterNode, asked: ClusterNode, from: number): Promise<number | undefined> {
  const path = `jsonpath={.items[?(@.spec.nodeName!="${target.name}")].metadata.name}`;
  const pods = (await asked.kubectl(["get", "pods", "-n", speakers.namespace, "-l", speakers.labels, "-o", path])).split(" ");
  const since = `--since-time=${new Date(from - 1000).toISOString()}`;
  const logs = await Promise.all(pods.map((pod) => asked.kubectl(["logs", "-n", speakers.namespace, pod, "--timestamps", since])));
  const times = logs
    .flatMap((log) => log.split("\n"))
    .filter((line) => line.includes('"NodeLeave"') && line.includes(`"${target.name}"`))
    .map((line) => Date.parse(line.split(" ")[0] ?? ""))
    .filter((at) => at >= from);
  return times.length === 0 ? undefined : Math.min(...times);
}

const speakers = { namespace: "metallb-system", labels: "app.kubernetes.io/name=metallb,app.kubernetes.io/component=speaker" };

/** Waits until all nodes and all of MetalLB's pods are ready, and the service has an endpoint on every node. */
async function waitUntilHealthy(lab: Lab, stack: string): Promise<void> {
  const cluster = lab.cluster(stack);
  const lines = async (args: readonly string[], path: string): Promise<string[]> =>
    (await cluster.kubectl([...args, "-o", `jsonpath=${path}`])).split(" ").filter((word) => word !== "");
  const outageLimit = { deadline: 300_000, interval: 500 };
  const ready = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
  const count = cluster.nodes.length;
  await until("all nodes to be Ready", async () => all(await lines(["get", "nodes"], ready), count), outageLimit);
  const pods = ["get", "pods", "-n", speakers.namespace, "-l", speakers.labels];
  await until("all speakers to be Ready", async () => all(await lines(pods, ready), count), outageLimit);
  const endpoints = ["get", "endpointslices", "-n", demoNamespace, "-l", "kubernetes.io/service-name=whoami"];
  await until(
    "the service's endpoints",
    async () => new Set(await lines(endpoints, "{.items[*].endpoints[?(@.conditions.ready==true)].nodeName}")).size === count,
    outageLimit,
  );
}

const all = (statuses: readonly string[], count: number): boolean =>
  statuses.length === count && statuses.every((status) => status === "True");

/**
 * Records the claims of an address. The operator host pings it with an empty neighbour table, so that its owner keeps answering ARP requests.
 *
 * @param onClaim gets each claim as it is seen
 */
export function watchClaims(lab: Lab, address: string, onClaim: (claim: Claim) => void = () => {}): { stop(): Promise<readonly Claim[]> } {
  const claims: Claim[] = [];
  const frames = lab.lan.watch(lab.nodeRoot, ["arp", "and", "host", address]);
  const lines = new Lines();
  frames.stdout?.setEncoding("utf8").on("data", (text: string) => {
    for (const claim of lines.take(text).flatMap((line) => parseClaim(line, address) ?? [])) {
      claims.push(claim);
      onClaim(claim);
    }
  });
  const loop = 'while :; do ip neigh del "$1" dev eth0 2>/dev/null; ping -c 1 -W 0.2 "$1" >/dev/null; sleep 0.2; done';
  const arpClient = lab.operator.onNetwork(["chroot", lab.nodeRoot, "sh", "-c", loop, "sh", address], { reject: false, stdio: "ignore" });
  return {
    async stop() {
      for (const child of [frames, arpClient]) child.kill("SIGTERM");
      await Promise.all([frames, arpClient]);
      return claims;
    },
  };
}
