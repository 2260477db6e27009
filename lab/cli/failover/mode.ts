import type { Lab } from "../../lab";
import { editStackFile, sectionPath } from "../../project";
import type { Mode } from "./samples";

/** The addresses that the router sends the pools' traffic to: the first master's, and one that MetalLB announces. */
const nextHops: Readonly<Record<Mode, string>> = { node: "192.168.50.11", floating: "192.168.50.240" };
export const nextHopOf = (mode: Mode): string => nextHops[mode];

/** Writes the mode into the lab's copy of the stack file, and has the engine bring it. */
export async function setMode(lab: Lab, stack: string, mode: Mode): Promise<void> {
  const gateway = { mode, addresses: [nextHopOf(mode)] };
  editStackFile(lab.folders.project, stack, (document) => document.setIn(sectionPath("gateway"), gateway));
  await lab.engine.pulumi(["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack], { stdio: "pipe" });
}
