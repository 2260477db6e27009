import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import * as fs from "node:fs";
import * as path from "node:path";
import { labFolders } from "../../lab/folders";
import { Lab, removeLab } from "../../lab/lab";
import { hasNextHop, type Plan } from "../../config/plan";
import { plansOf } from "../../config/plans";
import { Progress } from "../../lab/progress";
import { editStackFile, sectionPath } from "../../lab/project";
import { stackFile } from "../../config/project";
import { provideTools } from "../../lab/tools/toolbox";
import type { LabSize } from "../../lab/topology";
import { HOUSEHOLD } from "./stack-files";
import { leaks, leaksIn, type Secrets, secretsOf } from "./secrets";

const quiet = (): Progress => new Progress();

/** Raises a lab of the example stack files for tests, independent of a lab of the user. Removes the remains of a crashed run first. */
export async function raiseLab(name: string, size: LabSize = {}): Promise<Lab> {
  const folders = labFolders(name);
  await removeLab(folders);
  const lab = new Lab(folders, HOUSEHOLD, await provideTools(quiet()), size);
  try {
    await lab.up(quiet());
    for (const { stack } of lab.plans) await lab.engine.selectStack(stack);
  } catch (error) {
    await endLab(lab);
    throw error;
  }
  return lab;
}

/** Gives the first pool of every stack in a lab the same name, as the document describes. @returns the plans with that name */
export function namePools(lab: Lab, name: string): Plan[] {
  for (const { stack } of lab.plans) {
    editStackFile(lab.folders.project, stack, (document) => document.setIn([...sectionPath("pools"), 0, "name"], name));
  }
  return plansOf(lab.folders.project).filter(hasNextHop);
}

/**
 * Removes the lab, unless HOMELAB_KEEP=1 keeps it. Before that, searches everything that it wrote for its secrets: the state with its history, the
 * logs of commands, the backups of the router.
 * @param more secrets that the test itself created
 */
export async function endLab(lab: Lab | undefined, more: Secrets = {}): Promise<void> {
  if (lab === undefined) return;
  channel("homelab-network:lab-removed").publish({ deployments: deploymentsOf(lab) });
  const found = leaksIn(writtenBy(lab), { ...secretsOf(lab), ...more });
  if (process.env["HOMELAB_KEEP"] !== "1") await removeLab(lab.folders);
  assert.deepEqual(found, [], "secrets were written down");
}

/** Returns the number of updates in the backend's history, one for each command that ran an engine. */
function deploymentsOf({ folders }: Lab): number {
  const history = path.join(folders.state, ".pulumi", "history");
  const files = fs.existsSync(history) ? fs.readdirSync(history, { recursive: true, encoding: "utf8" }) : [];
  const kinds = files
    .filter((file) => file.endsWith(".history.json"))
    .map((file) => (JSON.parse(fs.readFileSync(path.join(history, file), "utf8")) as { kind?: string }).kind);
  return kinds.filter((kind) => kind === "update" || kind === "destroy").length;
}

/**
 * Returns the files and folders that a lab wrote, where secrets must not be. The temporary folder is excluded, because the provider leaves copies of
 * the kubeconfig there (docs/reference/pulumi.md, "Kubernetes provider").
 */
export function writtenBy({ folders, plans }: Lab): string[] {
  const stackFiles = plans.map(({ stack }) => stackFile(folders.project, stack));
  return [folders.state, folders.logs, path.join(folders.project, ".router-backup"), ...stackFiles];
}

/** Removes the engine's events of severity debug, which contain secrets that the program registers: docs/reference/pulumi.md, "Automation API". */
function withoutDebug(printed: string): string {
  return printed
    .split("\n")
    .filter((line) => !(line.startsWith("{") && line.includes('"severity":"debug"')))
    .join("\n");
}

/** Runs the CLI on a stack and returns its output. @throws with the whole output if the CLI fails, or prints a secret */
export async function pulumi(lab: Lab, stack: string, args: readonly string[], engine = lab.engine): Promise<string> {
  const json = args.includes("--json");
  const { exitCode, all, stdout } = await engine.pulumi([...args, "--stack", stack, "--non-interactive"], {
    stdio: "pipe",
    all: true,
    reject: false,
  });
  assert.deepEqual(leaks(withoutDebug(all ?? ""), secretsOf(lab)), [], `pulumi ${args.join(" ")} on ${stack} printed secrets`);
  if (exitCode !== 0) throw new Error(`pulumi ${args.join(" ")} on ${stack} ended with ${exitCode}:\n${all ?? ""}`);
  return json ? stdout : (all ?? "");
}
