import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheFolder } from "../folders";

export const toolFolder = (...parts: string[]): string => path.join(cacheFolder, "tools", ...parts);

/** Returns a folder whose name changes with its inputs, so that an outdated folder is never used. */
export function keyedFolder(name: string, parts: readonly string[]): string {
  return toolFolder(`${name}-${crypto.createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 12)}`);
}

/** Creates a folder that appears only when it is complete. */
export async function makeFolder(folder: string, fill: (partial: string) => void | Promise<void>): Promise<void> {
  const partial = `${folder}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  fs.mkdirSync(partial, { recursive: true });
  await fill(partial);
  fs.renameSync(partial, folder);
}
