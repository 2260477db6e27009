import * as fs from "node:fs";
import * as path from "node:path";
import { writeImage } from "../images";
import type { GoTool } from "./catalogue";
import { goToolFolder, goToolPath } from "./go";
import { keyedFolder, makeFolder } from "./keyed-folder";

/** A container image of one program that is built here. */
export interface ToolImage {
  /** Repository and tag, as pods name the image. */
  readonly reference: string;
  readonly tool: GoTool;
  /** The program's path in the image, which is also its entrypoint. */
  readonly entrypoint: string;
}

/** Returns the folder of the image archives. Each is named by its URL-encoded reference. */
export function imagesFolder(name: string, images: readonly ToolImage[]): string {
  const recipe = fs.readFileSync(path.join(__dirname, "..", "images.ts"), "utf8");
  return keyedFolder(name, [recipe, ...images.flatMap(({ reference, tool }) => [reference, goToolFolder(tool)])]);
}

/** Writes the archives. The programs must have been built. */
export async function writeImages(folder: string, images: readonly ToolImage[]): Promise<void> {
  await makeFolder(folder, async (partial) => {
    for (const { reference, tool, entrypoint } of images) {
      await writeImage({ reference, binary: goToolPath(tool), entrypoint }, path.join(partial, `${encodeURIComponent(reference)}.tar`));
    }
  });
}
