import * as path from "node:path";
import execa from "execa";
import { repository } from "../../lab/folders";
import type { PlanRound } from "./plan-round";
import { ROUNDS, type Row } from "./record";

/** Measures how long a large household's stack files take, each time in a process of its own: nothing is compiled or allocated yet. */
export async function planRows(): Promise<Row[]> {
  const rounds: PlanRound[] = [];
  while (rounds.length < ROUNDS) rounds.push(await round());
  const what = "200 stacks with 5 pools each, parsed and compared";
  return [
    { what, goal: "1 s", samples: rounds.map(({ seconds }) => seconds), unit: "s" },
    { what: `${what}: the process's peak memory`, goal: "", samples: rounds.map(({ peak }) => peak), unit: "MiB" },
  ];
}

async function round(): Promise<PlanRound> {
  const stripTypes = path.join(repository, "components", "register.js");
  const { stdout } = await execa(process.execPath, ["--require", stripTypes, path.join(__dirname, "plan-round.ts")]);
  return JSON.parse(stdout) as PlanRound;
}
