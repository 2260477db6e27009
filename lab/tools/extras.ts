/** What a lab can use and does not need: built when somebody asks for it, so that raising a lab never waits for it. */
import * as path from "node:path";
import { cacheFolder } from "../folders";
import { withFileLock } from "../lock";
import type { Progress } from "../progress";
import { helm } from "./catalogue";
import { buildGoTool, goToolFolder, goToolPath, isBuilt, lastBuildSeconds } from "./go";

/** Where the helm CLI lies once it was asked for; the operator host has it on its PATH. */
export const helmFolder = goToolFolder(helm);

/** @returns the helm CLI's path */
export async function provideHelm(progress: Progress): Promise<string> {
  const work = async (): Promise<void> => {
    if (!isBuilt(helm)) await progress.step(`build ${helm.name}`, () => buildGoTool(helm), lastBuildSeconds(helm));
  };
  await withFileLock(path.join(cacheFolder, "build.lock"), work, () => progress.line("Another run is building tools: waiting for it."));
  return goToolPath(helm);
}
