/** Ends a command's writing at a chosen point, as a kill or a full disk does. */
import * as real from "node:fs";
import fs from "node:fs";

/** The functions that change the disk. Every writer of the program uses these, by their names in node:fs. */
const CHANGES = ["openSync", "writeFileSync", "fsyncSync", "linkSync", "renameSync", "mkdirSync", "rmSync"] as const;

/** What stands for the end of the process. */
export class Killed extends Error {}

/**
 * Runs work that is killed at its n-th change of the disk: that change and every later one does not happen, so no clean-up does either. Of a
 * file's content, half is written.
 *
 * @returns whether the work ended before the kill
 */
export async function killedAt(count: number, work: () => unknown): Promise<boolean> {
  let changes = 0;
  const originals = CHANGES.map((name) => [name, fs[name]] as const);
  for (const [name, original] of originals) {
    const replaced = (...args: readonly unknown[]): unknown => {
      const reads = name === "openSync" && (args[1] === "r" || typeof args[1] === "number");
      if (reads || ++changes < count) return Reflect.apply(original, fs, args);
      const [file, content] = args;
      if (changes === count && name === "writeFileSync") {
        const bytes = Buffer.from(content as string);
        real.writeSync(file as number, bytes, 0, Math.floor(bytes.length / 2));
      }
      throw new Killed();
    };
    Object.assign(fs, { [name]: replaced });
  }
  try {
    await work();
  } catch (error) {
    if (changes < count) throw error;
  } finally {
    for (const [name, original] of originals) Object.assign(fs, { [name]: original });
  }
  return changes < count;
}
