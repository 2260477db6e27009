import * as fs from "node:fs";
import { labFolders } from "../../folders";
import { repository } from "../../../config/project";
import { writeAtomically } from "../../../config/files";
import { all, Lab, removeLab } from "../../lab";
import { plansOf } from "../../../config/plans";
import { Progress } from "../../progress";
import { editStackFile, sectionPath } from "../../project";
import { stackFile } from "../../../config/project";
import { provideHelm } from "../../tools/extras";
import { provideTools } from "../../tools/toolbox";
import { withNextHop, type Plan } from "../../../config/plan";
import { timed } from "./measure";
import { RawTools } from "./raw-tools";
import { ROUNDS, type Phases } from "./record";
import { type Comparison } from "./samples";
import { run, type Run } from "./run";
import { STAGES, stagesOf } from "./stages";

/** The actions of a round, in this order. `most` is the goal, as a multiple of the raw tools' time. */
const ACTS = {
  install: { what: "fresh install: MetalLB, a pool and its route", beside: "helm, kubectl, ssh", most: 1.15 },
  preview: { what: "preview, nothing to change", beside: "helm --dry-run, kubectl diff, ssh", most: 1.6 },
  again: { what: "up, nothing to change", beside: "helm, kubectl, ssh", most: 1.5 },
  pool: { what: "up, one more pool and its route", beside: "helm, kubectl, ssh", most: 1.5 },
  remove: { what: "destroy", beside: "ssh, kubectl, helm uninstall", most: 1.15 },
} as const;
type Act = keyof typeof ACTS;

export const UP = ["up", "--yes", "--skip-preview"];
const commands: Record<Act, readonly string[]> = {
  install: UP,
  preview: ["preview", "--expect-no-changes"],
  again: [...UP, "--expect-no-changes"],
  pool: UP,
  remove: ["destroy", "--yes", "--skip-preview", "--run-program"],
};

/** The second pool, in the network after the first pool. */
export const MORE = { name: "lab-dev-more", addresses: ["10.5.1.0/24"] };

/** Compares this program with the raw tools in one lab, in turns, and a deployment of both stacks with a deployment of one. */
export async function compare(): Promise<{ rows: []; comparisons: Comparison[]; phases: Phases }> {
  const progress = new Progress();
  const folders = labFolders("bench-compare");
  await removeLab(folders);
  await provideHelm(progress);
  const box = await provideTools(progress);
  try {
    const lab = new Lab(folders, repository, box);
    await lab.up(progress);
    for (const { stack } of lab.plans) {
      await lab.engine.selectStack(stack);
      unprotect(lab, stack);
    }
    const ways = ["program", "raw"] as const;
    const seconds = Object.fromEntries(ways.map((way) => [way, emptyTimes()])) as Record<(typeof ways)[number], Record<Act, number[]>>;
    const runs: Record<Act, Run[]> = { install: [], preview: [], again: [], pool: [], remove: [] };
    const together: number[] = [];
    const alone: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      // The second one finds warm caches, so they take turns.
      for (const way of round % 2 === 0 ? ways : [...ways].reverse()) {
        const one = way === "raw" ? await rawRound(lab, box.chart) : await programRound(lab, runs);
        for (const act of acts) seconds[way][act].push(one[act]);
        progress.line(`round ${round}, ${way}: ${acts.map((act) => `${act} ${one[act].toFixed(1)} s`).join(", ")}`);
      }
      alone.push(seconds.program.install.at(-1) ?? 0);
      together.push(await bothStacks(lab));
      progress.line(`round ${round}, both stacks: ${together.at(-1)?.toFixed(1)} s`);
    }
    const comparisons = acts.map((act): Comparison => {
      const { what, beside, most } = ACTS[act];
      return { what, samples: seconds.program[act], beside: { what: beside, samples: seconds.raw[act] }, most };
    });
    const both = {
      what: "fresh install of both stacks at once",
      samples: together,
      beside: { what: "of one stack", samples: alone },
      most: 1.15,
    };
    return { rows: [], comparisons: [...comparisons, both], phases: phasesOf(runs) };
  } finally {
    await removeLab(folders);
  }
}

const acts = Object.keys(ACTS) as Act[];
const emptyTimes = (): Record<Act, number[]> => ({ install: [], preview: [], again: [], pool: [], remove: [] });

async function rawRound(lab: Lab, chart: string): Promise<Record<Act, number>> {
  const [plan] = lab.plans;
  if (plan === undefined) throw new Error("the lab has no stack");
  const more = await withMore(lab, plan.stack, () => Promise.resolve(planIn(lab, plan)));
  const tools = new RawTools(lab, plan.stack, chart);
  return {
    install: await timed(() => tools.deploy(plan)),
    preview: await timed(() => tools.preview(plan)),
    again: await timed(() => tools.deploy(plan)),
    pool: await timed(() => tools.deploy(more)),
    remove: await timed(() => tools.remove(more)),
  };
}

async function programRound(lab: Lab, runs: Record<Act, Run[]>): Promise<Record<Act, number>> {
  const stack = lab.plans[0]?.stack ?? "";
  const act = async (name: Act): Promise<number> => {
    const done = await run(lab, stack, commands[name]);
    runs[name].push(done);
    return done.seconds;
  };
  const before = { install: await act("install"), preview: await act("preview"), again: await act("again") };
  return withMore(lab, stack, async () => ({ ...before, pool: await act("pool"), remove: await act("remove") }));
}

/** Removes the protection, because a protected stack refuses to be destroyed. */
function unprotect(lab: Lab, stack: string): void {
  const { pools = [] } = lab.plans.find((plan) => plan.stack === stack) ?? {};
  editStackFile(lab.folders.project, stack, (document) => {
    for (const index of pools.keys()) document.deleteIn([...sectionPath("pools"), index, "protect"]);
  });
}

/** Runs work while a stack file has one more pool. */
export async function withMore<T>(lab: Lab, stack: string, work: () => Promise<T>): Promise<T> {
  const file = stackFile(lab.folders.project, stack);
  const text = fs.readFileSync(file, "utf8");
  editStackFile(lab.folders.project, stack, (document) => document.addIn(sectionPath("pools"), document.createNode(MORE)));
  return work().finally(() => writeAtomically(file, text));
}

/** Returns the current plan of the lab's stack file, with the lab's next hop. */
function planIn(lab: Lab, { stack, gateway }: Plan): Plan {
  const open = plansOf(lab.folders.project).find((plan) => plan.stack === stack);
  if (open === undefined) throw new Error(`the lab has no stack ${stack}`);
  return withNextHop(open, gateway.address);
}

async function bothStacks(lab: Lab): Promise<number> {
  const each = (args: readonly string[]) => all(lab.plans.map(({ stack }) => run(lab, stack, args)));
  const seconds = await timed(() => each(commands.install));
  await each(commands.remove);
  return seconds;
}

function phasesOf(runs: Record<Act, readonly Run[]>): Phases {
  const labels = { install: "fresh install", preview: "preview", again: "up, no change", pool: "one more pool" } as const;
  return Object.entries(labels).map(([act, what]) => {
    const stages = runs[act as Act].map(({ events, seconds }) => stagesOf(events, seconds));
    return { what, stages: STAGES.map((stage) => ({ stage, samples: stages.map((lengths) => lengths[stage]) })) };
  });
}
