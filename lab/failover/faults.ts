/** The faults of the network, and how each is repaired. */
import { Progress } from "../progress";
import { until } from "../wait";
import type { Cluster } from "../cluster";
import type { Lab } from "../lab";
import type { ClusterNode } from "../node";

/** The parts of a lab that a fault acts on. */
export interface FaultTarget {
  readonly lab: Lab;
  readonly cluster: Cluster;
  /** The node with the router's next hop. */
  readonly target: ClusterNode;
  /** Another node. */
  readonly other: ClusterNode;
}

/** A fault that can be injected. */
export interface Fault {
  /** The description in the table. */
  readonly what: string;
  inject(faultTarget: FaultTarget): Promise<void>;
  /** Repairs the fault. Kubernetes and MetalLB recover in their own time. */
  repair(faultTarget: FaultTarget): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();
const raise = ({ lab }: FaultTarget): Promise<void> => lab.up(new Progress());

async function killSpeaker({ host }: ClusterNode): Promise<void> {
  await host.exec(["pkill", "-KILL", "-x", "speaker"]);
}

/** Shuts a node down: every process is asked to end, and gets a moment to do so. */
async function shutDownNode({ host }: ClusterNode): Promise<void> {
  await host.exec(["sh", "-c", "kill -TERM -1"], { reject: false });
  await until("the speaker's end", async () => (await host.exec(["pgrep", "-x", "speaker"], { reject: false })).exitCode !== 0, {
    deadline: 5_000,
    interval: 50,
  }).catch(() => {});
  await host.powerOff();
}

export const faults = {
  "power-off": {
    what: "the node loses its power",
    inject: ({ target }) => target.host.powerOff(),
    repair: raise,
  },
  "link-cut": {
    what: "the node's link is cut",
    inject: ({ lab, target }) => lab.lan.cut(target.host),
    repair: ({ lab, target }) => lab.lan.mend(target.host),
  },
  "speaker-killed": {
    what: "the node's speaker is killed",
    inject: ({ target }) => killSpeaker(target),
    repair: nothing,
  },
  "speaker-elsewhere": {
    what: "the speaker of another node is killed",
    inject: ({ other }) => killSpeaker(other),
    repair: nothing,
  },
  "kubelet-stopped": {
    what: "the node's kubelet stops",
    inject: async ({ target }) => void (await target.host.exec(["sh", "-c", 'kill -KILL "$(cat /run/kubelet.pid)"'])),
    repair: ({ target }) => target.startKubelet(),
  },
  drain: {
    what: "the node is drained",
    inject: async ({ other, target }) =>
      void (await other.kubectl(["drain", target.name, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=60s"])),
    repair: async ({ other, target }) => void (await other.kubectl(["uncordon", target.name])),
  },
  reboot: {
    what: "the node shuts down cleanly and reboots",
    inject: async (faultTarget) => {
      await shutDownNode(faultTarget.target);
      await raise(faultTarget);
    },
    repair: nothing,
  },
  "router-reboot": {
    what: "the router reboots",
    inject: ({ lab }) => lab.router.reboot(lab.lan),
    repair: nothing,
  },
  "power-off-and-router": {
    what: "the node loses its power while the router reboots",
    inject: async ({ lab, target }) => void (await Promise.all([target.host.powerOff(), lab.router.reboot(lab.lan)])),
    repair: raise,
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
export const FAULTS = Object.keys(faults) as FaultName[];
