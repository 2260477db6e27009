import * as fs from "node:fs";
import * as path from "node:path";
import { type GoTool, moduleSource } from "./catalogue";
import { moduleFolder } from "./go";
import { makeFolder, toolFolder } from "./keyed-folder";
import type { ToolImage } from "./program-images";

/** A release's images, named as its chart asks for them. */
export function metallbImages(version: string, controller: GoTool, speaker: GoTool): ToolImage[] {
  return [
    { reference: `quay.io/metallb/controller:${version}`, tool: controller, entrypoint: "/controller" },
    { reference: `quay.io/metallb/speaker:${version}`, tool: speaker, entrypoint: "/speaker" },
  ];
}

export const chartFolder = (version: string): string => toolFolder(`metallb-chart-${version}`);

/** Copies the chart out of the module that the release's programs are built from. */
export async function copyChart(folder: string, tool: Pick<GoTool, "module">): Promise<void> {
  const source = await moduleFolder(moduleSource(tool), "go.universe.tf/metallb");
  await makeFolder(folder, (partial) => fs.cpSync(path.join(source, "charts", "metallb"), partial, { recursive: true }));
}
