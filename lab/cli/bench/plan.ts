import * as path from "node:path";
import execa from "execa";
import { repository } from "../../../config/project";
import { LARGE } from "./household";
import type { PlanRound } from "./plan-round";
import { ROUNDS } from "./record";
import { type Row } from "./samples";

/** Measures how long a large household's stack files take. Each round has a process of its own, with nothing compiled or allocated before. */
export async function planRows(): Promise<Row[]> {
  const rounds = await planRounds(LARGE);
  const what = `${LARGE} stacks with 5 pools each, parsed and compared`;
  return [
    { what, goal: "1 s", samples: rounds.map(({ seconds }) => seconds), unit: "s" },
    { what: `${what}: the process's peak memory`, goal: "", samples: rounds.map(({ peak }) => peak), unit: "MiB" },
  ];
}

/** Plans a number of stacks, in a new process for each round. */
async function planRounds(stacks: number): Promise<PlanRound[]> {
  const stripTypes = path.join(repository, "engine", "register.js");
  const argv = ["--require", stripTypes, path.join(__dirname, "plan-round.ts"), String(stacks)];
  const rounds: PlanRound[] = [];
  while (rounds.length < ROUNDS) rounds.push(JSON.parse((await execa(process.execPath, argv)).stdout) as PlanRound);
  return rounds;
}
