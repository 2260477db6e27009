import execa from "execa";
import { exitLike } from "../pulumi";

/** The variable that marks the process which does the work. */
const OWN_SESSION = "HOMELAB_APART";

/** The signals that ask a program to end. */
export const ENDING_SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/**
 * Runs a command's work in a process with a session of its own, which gets each signal once. A terminal sends its interrupt to every process
 * that was started from it. An engine would get a second one from this program, and end in the middle of a change.
 *
 * @param work gets the arguments that the command line's library passes
 */
export function inOwnSession<Args extends readonly unknown[]>(work: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
  return async (...args) => {
    const isWorker = process.env[OWN_SESSION] !== undefined;
    delete process.env[OWN_SESSION];
    if (isWorker) return work(...args);
    const argv = [...process.execArgv, ...process.argv.slice(1)];
    const worker = execa(process.execPath, argv, { detached: true, stdio: "inherit", reject: false, env: { [OWN_SESSION]: "1" } });
    for (const signal of ENDING_SIGNALS) process.on(signal, () => void worker.kill(signal, { forceKillAfterTimeout: false }));
    exitLike(await worker);
  };
}
