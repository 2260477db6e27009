import { Flux, INTERVALS } from "../../flux";
import { labFolders } from "../../folders";
import { repository } from "../../../config/project";
import { GitServer } from "../../git-server";
import { exclusively, Lab, removeLab } from "../../lab";
import { Progress } from "../../progress";
import { provideFlux } from "../../tools/extras";
import { provideTools } from "../../tools/toolbox";
import { spareAddress } from "../../topology";
import { pause } from "../../../config/poll";
import { MORE, UP, withMore } from "./compare";
import { PoolWatch } from "./pool-watch";
import type { Row } from "./samples";
import { run } from "./run";

const STACK = "lab-dev";
/** A port of the switch that no other host has. */
const GIT_PORT = 98;
/** The pool that Flux has all the time; {@link MORE} comes and goes. */
const FIRST = { name: "flux-first", addresses: ["10.9.0.0/24"] } as const;
/** Of {@link INTERVALS}, in seconds. */
const POLL = 60;
/** So many parts of the interval get a push each, which takes a minute and more. */
const ROUNDS = 5;

/** A pool's manifest, as a repository of Flux's has it. */
export function poolFile({ name, addresses }: { readonly name: string; readonly addresses: readonly string[] }, namespace: string): string {
  const object = { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: { name, namespace }, spec: { addresses } };
  return `${JSON.stringify(object, undefined, 2)}\n`;
}

/** When each round pushes, in seconds after Flux has last asked: spread evenly, since nobody pushes at a chosen moment of the minute. */
export function moments(rounds: number, interval = POLL): number[] {
  return Array.from({ length: rounds }, (_, round) => ((round + 0.5) / rounds) * interval);
}

/** Measures how long one more pool takes by Flux and by this program, in turns on one cluster, in a lab of its own. */
export async function fluxRows(): Promise<Row[]> {
  const progress = new Progress();
  const folders = labFolders("bench-flux");
  const box = await provideTools(progress);
  const parts = await provideFlux(progress);
  return exclusively(folders, progress, async () => {
    await removeLab(folders);
    const lab = new Lab(folders, repository, box, { stacks: [STACK] });
    try {
      await lab.up(progress);
      await lab.engine.selectStack(STACK);
      await progress.step(`pulumi up of ${STACK}`, () => run(lab, STACK, UP));
      const { topology, plans } = lab;
      const seat = { address: spareAddress(topology, plans), prefix: topology.lan.prefix, gateway: topology.router.address };
      const server = new GitServer(folders, seat, parts.gitServer);
      await server.start(lab.lan, GIT_PORT, box.init);
      const flux = new Flux(lab, STACK, parts, server.url);
      const namespace = plans[0]?.metallb.namespace ?? "";
      await progress.step("Flux's controllers", () => flux.start({ "first.yaml": poolFile(FIRST, namespace) }));
      return await measured(lab, flux, namespace, progress);
    } finally {
      await removeLab(folders);
    }
  });
}

async function measured(lab: Lab, flux: Flux, namespace: string, progress: Progress): Promise<Row[]> {
  const watch = new PoolWatch(lab, STACK, namespace);
  const file = "one-more.yaml";
  const [polled, asked, byStack, ended]: [number[], number[], number[], number[]] = [[], [], [], []];
  /** Seconds until the pool is in the cluster, and until the work has ended. */
  const adding = (work: () => Promise<unknown>): Promise<readonly [there: number, ended: number]> => timed(watch, "ADDED", work);
  const push = (): Promise<void> => flux.push({ [file]: poolFile(MORE, namespace) });
  const taken = async (): Promise<void> => {
    await timed(watch, "DELETED", async () => {
      await flux.push({ [file]: undefined });
      await flux.reconcile();
    });
  };
  try {
    await watch.next("ADDED", FIRST.name);
    for (const [round, moment] of moments(ROUNDS).entries()) {
      await progress.step(`round ${round + 1} of ${ROUNDS}`, async () => {
        await flux.reconcile();
        await pause(moment * 1000);
        polled.push((await adding(push))[0]);
        await taken();
        asked.push((await adding(() => push().then(() => flux.reconcile())))[0]);
        await taken();
        const [there, end] = await adding(() => withMore(lab, STACK, () => run(lab, STACK, UP)));
        byStack.push(there);
        ended.push(end);
        await timed(watch, "DELETED", () => run(lab, STACK, UP));
      });
    }
  } finally {
    watch.end();
  }
  const poll = `Flux: one more pool's file pushed, until the pool is in the cluster; repository asked every ${INTERVALS.repository}`;
  return [
    { what: poll, goal: "", samples: polled, unit: "s" },
    { what: "Flux: the same, asked for at once", goal: "", samples: asked, unit: "s" },
    { what: "this program: one more pool in the stack file, until it is in the cluster", goal: "", samples: byStack, unit: "s" },
    { what: "this program: until `pulumi up` has ended, with the route on the router", goal: "", samples: ended, unit: "s" },
  ];
}

/** Does the work, and tells after how many seconds the cluster told of the pool, and after how many the work had ended. */
async function timed(watch: PoolWatch, kind: "ADDED" | "DELETED", work: () => Promise<unknown>): Promise<readonly [number, number]> {
  const started = performance.now();
  const [at, end] = await Promise.all([watch.next(kind, MORE.name), work().then(() => performance.now())]);
  return [(at - started) / 1000, (end - started) / 1000];
}
