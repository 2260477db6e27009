/** Where a command's network is: on the operator host of a lab that is raised, or on this machine. */
import * as fs from "node:fs";
import type execa from "execa";
import { PROJECT_FOLDER } from "../config/project";
import { findLab, onOperator } from "../lab/entry";
import { passOn } from "./pulumi";

/** Options of every command that works on a network. */
export interface PlaceOptions {
  /** The household's own network, also where a lab is up. */
  readonly own?: boolean;
}

/**
 * A command that runs where its network is. With a lab up it is started once more on the lab's operator host, with that one's stack files, state and
 * Pulumi CLI, and so needs to know of no lab; its words, output and exit status are passed through.
 * @param work gets what the command line's library passes on: arguments, and then the options
 */
export function onItsNetwork<Args extends readonly unknown[]>(work: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
  return async (...args) => {
    const { own = false } = args.find((arg): arg is Args[number] & PlaceOptions => typeof arg === "object" && arg !== null) ?? {};
    const lab = own || process.env[PROJECT_FOLDER] !== undefined ? undefined : await findLab();
    // A node that is down makes it no other network.
    if (lab === undefined || !lab.operator.isOn) return work(...args);
    lab.refreshProject();
    const child = onOperator(lab, process.argv.slice(2), { stdio: "inherit", reject: false });
    const stop = passSignals(child);
    passOn(await child.finally(stop));
  };
}

/** Has signals end what was started in its own way. A terminal sends its interrupt to all that it has started by itself. @returns what ends that */
function passSignals({ pid }: execa.ExecaChildProcess): () => void {
  const handlers = (["SIGHUP", "SIGINT", "SIGTERM"] as const).map((signal) => {
    const handler = () => {
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      // The program is the child of nsenter, which is deaf.
      const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
      for (const id of children.filter((text) => text !== "")) process.kill(Number(id), signal);
    };
    process.on(signal, handler);
    return () => process.removeListener(signal, handler);
  });
  return () => handlers.forEach((remove) => remove());
}
