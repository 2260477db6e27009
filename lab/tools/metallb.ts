import * as fs from "node:fs";
import * as path from "node:path";
import { type GoTool, moduleSource } from "./catalogue";
import { moduleFolder } from "./go";
import { makeFolder, toolFolder } from "./keyed-folder";
import type { ToolImage } from "./program-images";

/** Returns a release's images, with the names that its chart uses. */
export function metallbImages(version: string, controller: GoTool, speaker: GoTool): ToolImage[] {
  return [
    { reference: `quay.io/metallb/controller:${version}`, tool: controller, entrypoint: "/controller" },
    { reference: `quay.io/metallb/speaker:${version}`, tool: speaker, entrypoint: "/speaker" },
  ];
}

export const chartFolder = (version: string): string => toolFolder(`metallb-chart-${version}`);

/** Copies the chart from the module from which the release's programs are built. */
export async function copyChart(folder: string, tool: Pick<GoTool, "module">): Promise<void> {
  const source = await moduleFolder(moduleSource(tool), "go.universe.tf/metallb");
  await makeFolder(folder, (partial) => fs.cpSync(path.join(source, "charts", "metallb"), partial, { recursive: true }));
}
