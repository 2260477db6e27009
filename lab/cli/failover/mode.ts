import type { Lab } from "../../lab";
import { editStackFile, sectionPath } from "../../project";
import type { Mode } from "./samples";

/** The next hops of the router's route: the first master's address, and one that MetalLB announces. */
const nextHops: Readonly<Record<Mode, string>> = { node: "192.168.50.11", floating: "192.168.50.240" };
export const nextHopOf = (mode: Mode): string => nextHops[mode];

/** Writes the mode into the lab's copy of the stack file, and deploys it. */
export async function setMode(lab: Lab, stack: string, mode: Mode): Promise<void> {
  const gateway = { mode, addresses: [nextHopOf(mode)] };
  editStackFile(lab.folders.project, stack, (document) => document.setIn(sectionPath("gateway"), gateway));
  await lab.engine.pulumi(["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack], { stdio: "pipe" });
}
