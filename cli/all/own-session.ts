import execa from "execa";
import { passOn } from "../pulumi";

/** Tells a process that it is the one that does the work. */
const OWN_SESSION = "HOMELAB_APART";

/** What asks a program to end. */
export const ENDINGS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/**
 * A command whose work is done by a process of a session of its own, which gets each signal once. A terminal sends its interrupt to all that was started
 * from it: an engine that got it from there, and from us besides, would take the second one for impatience and end in the middle of a change.
 *
 * @param work gets what the command line's library passes on
 */
export function inOwnSession<Args extends readonly unknown[]>(work: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
  return async (...args) => {
    const isWorker = process.env[OWN_SESSION] !== undefined;
    delete process.env[OWN_SESSION];
    if (isWorker) return work(...args);
    const argv = [...process.execArgv, ...process.argv.slice(1)];
    const worker = execa(process.execPath, argv, { detached: true, stdio: "inherit", reject: false, env: { [OWN_SESSION]: "1" } });
    for (const signal of ENDINGS) process.on(signal, () => void worker.kill(signal, { forceKillAfterTimeout: false }));
    passOn(await worker);
  };
}
