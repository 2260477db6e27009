import * as path from "node:path";
import { UserError, messageOf } from "../../../config/user-error";
import { FAULTS, type FaultName } from "../../failover/faults";
import { failoverRound, type Observation } from "../../failover/round";
import { deployEverywhere } from "../../failover/workload";
import { labFolders } from "../../folders";
import { writeAtomically } from "../../../config/files";
import { repository } from "../../../config/project";
import { Lab, exclusively, removeLab } from "../../lab";
import { hardwareAddress } from "../../lan";
import { Progress } from "../../progress";
import { forTerminal } from "../../../report/table";
import { writeBenchmarksPage } from "../benchmarks-page";
import { checkMachine } from "../../requirements";
import { provideTools } from "../../tools/toolbox";
import { figuresOf } from "./figures";
import { nextHopOf, setMode } from "./mode";
import { MODES, type Mode, readSamples, roundsOf, writeSamples } from "./samples";
import { failoverTable } from "./table";
import { drawFailover, failoverOf } from "./timeline";

const STACK = "lab-dev";
/** The time limit for an outage, in milliseconds. Shorter in mode node, because a node's own address never moves to another node. */
const OUTAGE_LIMITS: Readonly<Record<Mode, number>> = { node: 40_000, floating: 75_000 };
export const TIMELINE = path.join(repository, "docs", "benchmarks", "failover-timeline.json");
export const PICTURE = path.join(repository, "docs", "failover.svg");

export interface FailoverOptions {
  /** The number of rounds of each kind. */
  readonly rounds: string;
  /** Runs only this mode, and only this fault. */
  readonly mode?: Mode;
  readonly fault?: FaultName;
}

/** Runs faults in a cluster of three masters, and records what a client observes. An interrupted run continues with the missing rounds. */
export async function benchFailover({ rounds, mode, fault }: FailoverOptions): Promise<void> {
  const roundCount = Number(rounds);
  if (!Number.isInteger(roundCount) || roundCount < 1)
    throw new UserError(`--rounds: "${rounds}" is not a number of rounds: use 1 or more.`);
  const progress = new Progress();
  await checkMachine([]);
  const box = await provideTools(progress);
  const folders = labFolders(process.env["LAB"] || "failover");
  const lab = new Lab(folders, repository, box, { stacks: [STACK], masters: 3 });
  const [modes, kinds] = [mode === undefined ? MODES : [mode], fault === undefined ? FAULTS : [fault]];
  await exclusively(folders, progress, async () => {
    await removeLab(folders);
    try {
      await lab.up(progress);
      await lab.engine.selectStack(STACK);
      let url: string | undefined;
      // Runs every kind once before any kind twice, so that an interrupted run has samples of each.
      for (let number = 1; number <= roundCount; number++)
        for (const mode of modes) {
          const due = kinds.filter((kind) => roundsOf(readSamples().runs, mode, kind).length < number);
          if (due.length === 0) continue;
          await progress.step(`next hop in mode ${mode}`, () => setMode(lab, STACK, mode));
          url ??= await deployEverywhere(lab, STACK);
          for (const kind of due) await one(lab, mode, kind, url, progress);
        }
    } finally {
      await removeLab(folders);
    }
  });
  console.log(forTerminal(failoverTable(readSamples().runs)));
}

async function one(lab: Lab, mode: Mode, fault: FaultName, url: string, progress: Progress): Promise<void> {
  try {
    const observation = await failoverRound(lab, { stack: STACK, fault, nextHop: nextHopOf(mode), url, outageLimit: OUTAGE_LIMITS[mode] });
    saveRound(lab, mode, observation);
    const { outage, unended } = figuresOf(observation.round);
    progress.line(`${mode}, ${fault}: ${unended ? "until repaired" : `${outage.toFixed(1)} s`}`);
  } catch (error) {
    // A lab that did not recover says nothing about the next hop: it is repaired, and a later run repeats the round.
    progress.line(`${mode}, ${fault}: not counted: ${messageOf(error)}`);
    await lab.up(progress);
  }
}

/** Adds a round to the samples, and writes the page and the picture again. */
function saveRound(lab: Lab, mode: Mode, observation: Observation): void {
  const before = readSamples();
  const run = { mode, date: new Date().toISOString().slice(0, 10), ...observation.round };
  const samples = { ...before, runs: [...before.runs, run] };
  writeSamples(samples);
  writeBenchmarksPage();
  if (mode !== "floating" || run.fault !== "power-off") return;
  const nodes = new Map(lab.cluster(STACK).nodes.map(({ name, host }) => [hardwareAddress(host), name]));
  const title = "A floating next hop when its node loses its power";
  const drawn = failoverOf(title, { ...observation, detected: run.detected }, (mac) => nodes.get(mac) ?? mac);
  writeAtomically(TIMELINE, `${JSON.stringify(drawn)}\n`);
  writeAtomically(PICTURE, drawFailover(drawn));
}
