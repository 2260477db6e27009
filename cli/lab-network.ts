/** Runs a command on the network it works on: on the operator host of a running lab, or on this machine. */
import * as fs from "node:fs";
import type execa from "execa";
import { PROJECT_FOLDER } from "../config/project";
import { findLab, onOperator } from "../lab/entry";
import { exitLike } from "./pulumi";

/** Options of every command that works on a network. */
export interface NetworkOptions {
  /** Works on the household's own network, even if a lab is running. */
  readonly own?: boolean;
}

/**
 * Wraps a command so that it runs on its network. With a running lab, the command starts again on the lab's operator host, with the lab's
 * stack files, state and Pulumi CLI, so that commands need no knowledge of labs. Input, output and exit status are passed through.
 * @param work gets the arguments, then the options
 */
export function inLabNetwork<Args extends readonly unknown[]>(work: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
  return async (...args) => {
    const { own = false } = args.find((arg): arg is Args[number] & NetworkOptions => typeof arg === "object" && arg !== null) ?? {};
    const lab = own || process.env[PROJECT_FOLDER] !== undefined ? undefined : await findLab();
    // A lab with a node that is down is still the network of the command.
    if (lab === undefined || !lab.operator.isOn) return work(...args);
    lab.refreshProject();
    const child = onOperator(lab, process.argv.slice(2), { stdio: "inherit", reject: false });
    const stop = passSignals(child);
    exitLike(await child.finally(stop));
  };
}

/**
 * Passes signals on to a child process, so that it ends gracefully. A terminal already sends its interrupt to every process.
 * @returns a function that ends this
 */
function passSignals({ pid }: execa.ExecaChildProcess): () => void {
  const handlers = (["SIGHUP", "SIGINT", "SIGTERM"] as const).map((signal) => {
    const handler = () => {
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      // The program is the child of nsenter, which ignores the signals.
      const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
      for (const id of children.filter((text) => text !== "")) process.kill(Number(id), signal);
    };
    process.on(signal, handler);
    return () => process.removeListener(signal, handler);
  });
  return () => handlers.forEach((remove) => remove());
}
