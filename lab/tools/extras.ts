/** What a lab can use and does not need: built when somebody asks for it, so that raising a lab never waits for it. */
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheFolder } from "../folders";
import { withFileLock } from "../lock";
import type { Progress } from "../progress";
import { type GoTool, actionlint, earlierMetallb, helm, laterMetallb, versions, versitygw } from "./catalogue";
import { unpackDebian } from "./debian";
import { buildGoTool, goToolFolder, goToolPath, isBuilt, lastBuildSeconds } from "./go";
import { keyedFolder } from "./keyed-folder";
import { chartFolder, copyChart, metallbImages } from "./metallb";
import { imagesFolder, writeImages } from "./program-images";

/** A release of MetalLB beside the one that every lab has. */
export interface MetallbRelease {
  /** As its images are tagged, with a "v". */
  readonly version: string;
  /** The chart's folder. */
  readonly chart: string;
  /** The folder with its images as archives, for a cluster to load. */
  readonly images: string;
}

/** Where the helm CLI lies once it was asked for; the operator host has it on its PATH. */
export const helmFolder = goToolFolder(helm);

/** @returns the helm CLI's path */
export async function provideHelm(progress: Progress): Promise<string> {
  await provide([helm], progress);
  return goToolPath(helm);
}

/** The release that an upgrade can begin with. */
export async function provideEarlierMetallb(progress: Progress): Promise<MetallbRelease> {
  const [controller, speaker] = earlierMetallb;
  const version = versions.earlierMetallb;
  const programs = metallbImages(version, controller, speaker);
  const release = { version, chart: chartFolder(version), images: imagesFolder("metallb-images", programs) };
  await provide(earlierMetallb, progress, async () => {
    if (!fs.existsSync(release.images)) await writeImages(release.images, programs);
    if (!fs.existsSync(release.chart)) await copyChart(release.chart, controller);
  });
  return release;
}

/** The chart's folder of the release after the lab's. */
export async function provideLaterChart(progress: Progress): Promise<string> {
  const chart = chartFolder(versions.laterMetallb);
  await provide([], progress, async () => {
    if (!fs.existsSync(chart)) await progress.step(`fetch MetalLB ${versions.laterMetallb}'s chart`, () => copyChart(chart, laterMetallb));
  });
  return chart;
}

/** @returns actionlint's path */
export async function provideActionlint(progress: Progress): Promise<string> {
  await provide([actionlint], progress);
  return goToolPath(actionlint);
}

/** What a host needs that keeps the state of several machines. */
export interface StateServers {
  /** A root folder with PostgreSQL in it. */
  readonly root: string;
  /** The folder with the S3 server, a static program. */
  readonly s3: string;
}

// PostgreSQL has its tools in Perl, and asks for it in a way that no assumed package satisfies.
const stateServerPackages = [
  "bash",
  "coreutils",
  "findutils",
  "iproute2",
  "mount",
  "openssl",
  "perl",
  "perl-base",
  "postgresql",
  "util-linux",
];

/** The servers that a stack's state can lie on, as other households have them. */
export async function provideStateServers(progress: Progress): Promise<StateServers> {
  const root = keyedFolder("state-servers", stateServerPackages);
  const log = (line: string): void => progress.line(`      ${line}`);
  await provide([versitygw], progress, async () => {
    if (fs.existsSync(root)) return;
    const cache = path.join(cacheFolder, "apt");
    await progress.step("unpack PostgreSQL", () => unpackDebian({ packages: stateServerPackages, root, cache, log }));
  });
  return { root, s3: goToolFolder(versitygw) };
}

/** Builds what is not built, and then does what the programs are there for; takes turns with all other builds. */
async function provide(tools: readonly GoTool[], progress: Progress, after: () => Promise<void> = async () => {}): Promise<void> {
  const work = async (): Promise<void> => {
    for (const tool of tools.filter((candidate) => !isBuilt(candidate)))
      await progress.step(`build ${tool.name}`, () => buildGoTool(tool), lastBuildSeconds(tool));
    await after();
  };
  await withFileLock(path.join(cacheFolder, "build.lock"), work, () => progress.line("Another run is building tools: waiting for it."));
}
