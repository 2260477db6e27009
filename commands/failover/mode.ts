import * as fs from "node:fs";
import { parseDocument } from "yaml";
import type { Lab } from "../../lab/lab";
import { stackFile } from "../../lab/project";
import { PROJECT } from "../../network/stack-file";
import type { Mode } from "./samples";

/** The addresses that the router sends the pools' traffic to: the first master's, and one that MetalLB announces. */
const nextHops: Readonly<Record<Mode, string>> = { node: "192.168.50.11", floating: "192.168.50.240" };
export const nextHopOf = (mode: Mode): string => nextHops[mode];

/** Writes the mode into the lab's copy of the stack file, and has the engine bring it. */
export async function setMode(lab: Lab, stack: string, mode: Mode): Promise<void> {
  const file = stackFile(lab.folders.project, stack);
  const document = parseDocument(fs.readFileSync(file, "utf8"));
  document.setIn(["config", `${PROJECT}:gateway`], { mode, addresses: [nextHopOf(mode)] });
  fs.writeFileSync(file, document.toString());
  await lab.engine.pulumi(["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack], { stdio: "pipe" });
}
