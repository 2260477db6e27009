import { UserError } from "../../config/user-error";
import { labFolders } from "../folders";
import { repository } from "../../config/project";
import { Lab, exclusively, removeLab } from "../lab";
import { plansOf } from "../../config/plans";
import { Progress } from "../progress";
import { duration } from "../../report/duration";
import { FOREIGN, KINDS, round, type Kind } from "../rounds";
import { checkMachine } from "../requirements";
import { provideTools, type Toolbox } from "../tools/toolbox";
import { writeBenchmarksPage } from "./benchmarks-page";
import { interruptedRound, VERBS, type Verb } from "./soak/interruptions";
import { SOAKS } from "./soak/parts";
import { boundariesOf, nextBoundary, readSoak, samples, today, ROUND_TARGETS, writeSoak, type Soak } from "./soak/record";

export interface SoakOptions {
  /** Runs only this part, and keeps the samples of the other. */
  readonly only?: (typeof SOAKS)[number];
}

const run = { routes: changeRoutes, interruptions: interrupted };

/**
 * Changes routes many times, of both stacks at once and with reboots in between. Kills the engine at every boundary between two resources, after
 * which the next run has to finish. Records each round: an interrupted run continues with the missing rounds.
 */
export async function soak({ only }: SoakOptions): Promise<void> {
  const progress = new Progress();
  await checkMachine([]);
  const box = await provideTools(progress);
  const folders = labFolders(process.env["LAB"] || "soak");
  await exclusively(folders, progress, async () => {
    try {
      for (const part of only === undefined ? SOAKS : [only]) await run[part](new SoakLab(folders, box, progress));
    } finally {
      await removeLab(folders);
    }
  });
  const { rounds, interruptions } = readSoak();
  const all = [...rounds, ...interruptions.rounds];
  const bad = all.filter(({ problems }) => problems.length > 0);
  if (bad.length > 0) throw new UserError(`${bad.length} of ${all.length} rounds failed: see ${samples}.`);
}

/** A lab that is raised again for each part. */
class SoakLab {
  constructor(
    private readonly folders: ReturnType<typeof labFolders>,
    private readonly box: Toolbox,
    readonly progress: Progress,
  ) {}

  /** Raises the lab, with an unmanaged rule on its router. */
  async raise(stacks?: readonly string[]): Promise<Lab> {
    await removeLab(this.folders);
    const lab = new Lab(this.folders, repository, this.box, stacks === undefined ? {} : { stacks });
    await lab.up(this.progress);
    await lab.router.bootWith(FOREIGN, lab.lan);
    for (const { stack } of lab.plans) await lab.engine.selectStack(stack);
    return lab;
  }
}

async function changeRoutes(soaked: SoakLab): Promise<void> {
  const { progress } = soaked;
  const missing = (done: Soak, kind: Kind): boolean => countOf(done, kind) < ROUND_TARGETS[kind];
  if (!KINDS.some((kind) => missing(readSoak(), kind))) return;
  const lab = await soaked.raise();
  for (const { stack } of lab.plans) {
    const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack];
    await progress.step(`pulumi up ${stack}`, () => lab.engine.pulumi(args, { stdio: "pipe" }));
  }
  for (const kind of KINDS) {
    for (let done = readSoak(); missing(done, kind); done = readSoak()) {
      const number = countOf(done, kind) + 1;
      const result = await round(lab, kind, number, done.seed);
      save({ ...done, date: today(), rounds: [...done.rounds, result] });
      progress.line(`${kind} ${number} of ${ROUND_TARGETS[kind]}: ${result.problems.join("; ") || "passed"} (${duration(result.seconds)})`);
    }
  }
}

/** Writes the rounds and the page. */
function save(done: Soak): void {
  writeSoak(done);
  writeBenchmarksPage();
}

const countOf = ({ rounds }: Soak, kind: Kind): number => rounds.filter((one) => one.kind === kind).length;

async function interrupted(soaked: SoakLab): Promise<void> {
  const { progress } = soaked;
  const [chosen] = plansOf(repository);
  if (chosen === undefined) return;
  let lab: Lab | undefined;
  // A verb that begins where the last round ended needs no preparing run.
  let nextVerb: Verb = "up";
  for (let done = readSoak(); ; done = readSoak()) {
    const { interruptions } = done;
    const open = VERBS.filter((verb) => nextBoundary(done, verb) <= (boundariesOf(done, verb) ?? Infinity));
    const verb = open.find((one) => one === nextVerb) ?? open[0];
    if (verb === undefined) return;
    lab ??= await soaked.raise([chosen.stack]);
    const [plan] = lab.plans;
    if (plan === undefined) return;
    const after = nextBoundary(done, verb);
    const result = await interruptedRound(lab, plan, verb, after, interruptions.seed);
    save({ ...done, interruptions: { ...interruptions, date: today(), rounds: [...interruptions.rounds, result] } });
    const what = `${verb} interrupted at boundary ${after} (${result.at ?? "it was through"}), then ${result.next}`;
    progress.line(`${what}: ${result.problems.join("; ") || "passed"} (${duration(result.seconds)})`);
    nextVerb = result.next === "up" ? "destroy" : "up";
    // A new lab, so that the remains of a failed round cannot make the next ones fail.
    if (result.problems.length > 0) lab = undefined;
  }
}
