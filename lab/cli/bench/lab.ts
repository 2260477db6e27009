import * as path from "node:path";
import execa from "execa";
import { labFolders } from "../../folders";
import { repository } from "../../../config/project";
import { Lab, removeLab } from "../../lab";
import { memoryOf } from "../../memory";
import { onOperator } from "../../operator";
import { Progress } from "../../progress";
import { provideTools } from "../../tools/toolbox";
import { timed } from "./measure";
import { ROUNDS } from "./record";
import { type Row } from "./samples";

/** Measures the lab and a preview in it, in a lab of its own. */
export async function labRows(): Promise<Row[]> {
  const progress = new Progress();
  const folders = labFolders("bench");
  const box = await provideTools(progress);
  await removeLab(folders);
  try {
    const raised = await timed(() => labUp(folders.name));
    const again: number[] = [];
    for (let round = 0; round < ROUNDS; round++) again.push(await timed(() => labUp(folders.name)));
    const lab = new Lab(folders, repository, box);
    const further: number[] = [];
    for (let round = 0; round < ROUNDS; round++) further.push(await secondsOfFurtherStack(lab));
    const memory = memoryOf(lab.hosts) / 2 ** 30;
    return [
      { what: "make lab, tools cached, nothing raised", goal: "30 s", samples: [raised], unit: "s" },
      { what: "make lab, already up", goal: "20 s", samples: again, unit: "s" },
      { what: "homelab preview --all, each further stack", goal: "0.8 s", samples: further, unit: "s" },
      { what: "memory of a lab of two clusters", goal: "4 GiB", samples: [memory], unit: "GiB" },
    ];
  } finally {
    await removeLab(folders);
  }
}

async function labUp(name: string): Promise<void> {
  await execa(path.join(repository, "bin", "homelab"), ["lab", "up"], { env: { LAB: name }, stdio: ["ignore", "ignore", "inherit"] });
}

/** Returns by how much a preview of all stacks takes longer than that of the first one, for each further stack. */
async function secondsOfFurtherStack(lab: Lab): Promise<number> {
  const [first, ...others] = lab.plans.map(({ stack }) => stack);
  const preview = (of: string) => timed(() => onOperator(lab, ["preview", of], { stdio: ["ignore", "ignore", "inherit"] }));
  const alone = await preview(first ?? "");
  return ((await preview("--all")) - alone) / others.length;
}
