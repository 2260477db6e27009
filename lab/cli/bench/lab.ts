import * as path from "node:path";
import execa from "execa";
import { UserError } from "../../../config/user-error";
import { labFolders } from "../../folders";
import { repository } from "../../../config/project";
import { Lab, removeLab } from "../../lab";
import { memoryOf } from "../../memory";
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
    const stack = lab.plans[0]?.stack ?? "";
    const previews: number[] = [];
    for (let round = 0; round < ROUNDS; round++) previews.push(await timed(() => unchanged(lab, stack)));
    const memory = memoryOf(lab.hosts) / 2 ** 30;
    return [
      { what: "make lab, tools cached, nothing raised", goal: "120 s", samples: [raised], unit: "s" },
      { what: "make lab, already up", goal: "20 s", samples: again, unit: "s" },
      { what: `pulumi preview --stack ${stack}, nothing to change`, goal: "3 s", samples: previews, unit: "s" },
      { what: "memory of a lab of two clusters", goal: "4 GiB", samples: [memory], unit: "GiB" },
    ];
  } finally {
    await removeLab(folders);
  }
}

async function labUp(name: string): Promise<void> {
  await execa(path.join(repository, "bin", "homelab"), ["lab", "up"], { env: { LAB: name }, stdio: ["ignore", "ignore", "inherit"] });
}

async function unchanged(lab: Lab, stack: string): Promise<void> {
  const options = { stdio: "pipe", all: true, reject: false } as const;
  const { exitCode, all } = await lab.engine.pulumi(["preview", "--expect-no-changes", "--non-interactive", "--stack", stack], options);
  if (exitCode !== 0) throw new UserError(`The preview of ${stack} must find nothing to change, but it failed:\n${all ?? ""}`);
}
