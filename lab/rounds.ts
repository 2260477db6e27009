import { pause } from "../config/poll";
import type { Lab } from "./lab";
import { editStackFile, sectionPath } from "./project";

/** The kinds of rounds: the routes of both stacks change at the same moment, or one changes and the router reboots. */
export const KINDS = ["race", "reboot"] as const;
export type Kind = (typeof KINDS)[number];

/** One round and its result. Kind, number and seed determine the round. */
export interface Round {
  readonly kind: Kind;
  /** From 1. */
  readonly number: number;
  readonly seed: number;
  /** The new metric of each stack's route. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The delay before each stack's change, in milliseconds. */
  readonly delays: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly list: string;
  /** What was wrong; empty for a good round. */
  readonly problems: readonly string[];
}

/** An unmanaged rule, which every round has to leave alone. */
export const FOREIGN = "<172.30.0.0>255.255.255.0>192.168.50.77>>LAN";

/** Runs one round in a lab whose stacks are deployed, and whose router has {@link FOREIGN}. */
export async function round(lab: Lab, kind: Kind, number: number, seed: number): Promise<Round> {
  const random = generator(seed * 1000 + number * KINDS.length + KINDS.indexOf(kind));
  const stacks = lab.plans.map(({ stack }) => stack);
  const chosen = kind === "race" ? stacks : stacks.slice(0, 1);
  const metrics = Object.fromEntries(chosen.map((stack) => [stack, 1 + random(998)]));
  const delays = Object.fromEntries(chosen.map((stack) => [stack, random(1000)]));
  const started = performance.now();
  const problems = (await Promise.all(chosen.map((stack) => change(lab, stack, metrics[stack] ?? 0, delays[stack] ?? 0)))).flat();
  const changed = await routerState(lab);
  for (const stack of chosen) problems.push(...missing(lab, stack, metrics[stack] ?? 0, changed));
  if (!changed.list.includes(FOREIGN)) problems.push("the household's own rule is gone");
  const records = changed.list.split("<").length - 1;
  if (records !== stacks.length + 1) problems.push(`the list has ${records} records`);
  if (changed.files.includes("homelab-network.lock")) problems.push("the lock was left behind");
  if (kind === "reboot") {
    await lab.router.reboot(lab.lan);
    const after = await routerState(lab);
    if (after.list !== changed.list) problems.push(`after the reboot the list is ${after.list}`);
    if (after.table !== changed.table) problems.push(`after the reboot the table is ${after.table}`);
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  return { kind, number, seed, metrics, delays, seconds, list: changed.list, problems };
}

/** Changes the metric of a stack's route with the engine, which replaces the route. */
async function change(lab: Lab, stack: string, metric: number, delay: number): Promise<string[]> {
  editStackFile(lab.folders.project, stack, (document) => document.setIn([...sectionPath("router"), "metric"], metric));
  // The delay determines when the two changes meet, so it is a delay and not a condition.
  await pause(delay);
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack];
  const { exitCode, all } = await lab.engine.pulumi(args, { stdio: "pipe", all: true, reject: false });
  return exitCode === 0 ? [] : [`pulumi up of ${stack} exited with ${exitCode}: ${(all ?? "").slice(-1500)}`];
}

interface State {
  readonly list: string;
  /** The kernel's routes, sorted. */
  readonly table: string;
  /** The files in /tmp. */
  readonly files: string;
}

async function routerState(lab: Lab): Promise<State> {
  const { stdout } = await lab.router.host.exec(["sh", "-c", "nvram get sr_rulelist; ip route show | sort; echo; ls /tmp"]);
  const [list = "", ...rest] = stdout.split("\n");
  const [table = "", files = ""] = rest.join("\n").split("\n\n");
  return { list, table, files };
}

function missing(lab: Lab, stack: string, metric: number, { list, table }: State): string[] {
  const routes = lab.plans.find((plan) => plan.stack === stack)?.routes ?? [];
  return routes.flatMap(({ destination, gateway }) => [
    ...(list.includes(`<${destination.network}>${destination.netmask}>${gateway}>${metric}>LAN`)
      ? []
      : [`no record for ${destination.text}`]),
    ...(table.includes(`${destination.text} via ${gateway} dev br0 metric ${metric + 1} `) ? [] : [`no live route to ${destination.text}`]),
  ]);
}

/** Returns a generator of pseudo-random numbers below a limit: a linear congruence, whose high bits are good enough here. */
function generator(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
