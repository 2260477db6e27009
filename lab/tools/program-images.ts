import * as fs from "node:fs";
import * as path from "node:path";
import { writeImage } from "../images";
import type { GoTool } from "./catalogue";
import { goToolFolder, goToolPath } from "./go";
import { keyedFolder, makeFolder } from "./keyed-folder";

/** A container image of one program that is built here. */
export interface ToolImage {
  /** The reference that pods name: repository and tag. */
  readonly reference: string;
  readonly tool: GoTool;
  /** Where the image has the program, and what it starts. */
  readonly entrypoint: string;
}

/** Where the images lie as archives, each named by its reference, URL-encoded. */
export function imagesFolder(name: string, images: readonly ToolImage[]): string {
  const recipe = fs.readFileSync(path.join(__dirname, "..", "images.ts"), "utf8");
  return keyedFolder(name, [recipe, ...images.flatMap(({ reference, tool }) => [reference, goToolFolder(tool)])]);
}

/** Writes the archives; the programs have to be built. */
export async function writeImages(folder: string, images: readonly ToolImage[]): Promise<void> {
  await makeFolder(folder, async (partial) => {
    for (const { reference, tool, entrypoint } of images) {
      await writeImage({ reference, binary: goToolPath(tool), entrypoint }, path.join(partial, `${encodeURIComponent(reference)}.tar`));
    }
  });
}
