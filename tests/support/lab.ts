import { labFolders, repository } from "../../lab/folders";
import { Lab, removeLab } from "../../lab/lab";
import { plansOf } from "../../lab/plans";
import { Progress } from "../../lab/progress";
import { provideTools } from "../../lab/tools/toolbox";
import type { LabSize } from "../../lab/topology";

const quiet = (): Progress => new Progress();

/** A lab for the tests alone, beside one that the user may have raised; what a crashed run left is removed first. */
export async function raiseLab(name = "test", size: LabSize = {}): Promise<Lab> {
  const folders = labFolders(name);
  await removeLab(folders);
  const lab = new Lab(folders, plansOf(repository), await provideTools(quiet()), size);
  try {
    await lab.up(quiet());
    for (const { stack } of lab.plans) await lab.engine.selectStack(stack);
  } catch (error) {
    await endLab(lab);
    throw error;
  }
  return lab;
}

/** Removes the lab, unless HOMELAB_KEEP=1 asks to leave it for a look. */
export async function endLab(lab: Lab | undefined): Promise<void> {
  if (lab !== undefined && process.env["HOMELAB_KEEP"] !== "1") await removeLab(lab.folders);
}

/** Runs the CLI on a stack and returns what it printed. @throws with all of it when it fails. */
export async function pulumi(lab: Lab, stack: string, args: readonly string[]): Promise<string> {
  const json = args.includes("--json");
  const { exitCode, all, stdout } = await lab.engine.pulumi([...args, "--stack", stack, "--non-interactive"], {
    stdio: "pipe",
    all: true,
    reject: false,
  });
  if (exitCode !== 0) throw new Error(`pulumi ${args.join(" ")} on ${stack} ended with ${exitCode}:\n${all ?? ""}`);
  return json ? stdout : (all ?? "");
}
