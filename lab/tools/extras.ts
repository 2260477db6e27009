/** Tools that some tests of a lab use. They are built on demand, so that raising a lab never waits for them. */
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheFolder } from "../folders";
import { withFileLock } from "../lock";
import type { Progress } from "../progress";
import { type GoTool, actionlint, earlierMetallb, govulncheck, helm, versions, versitygw } from "./catalogue";
import { unpackDebian } from "./debian";
import { buildGoTool, goToolFolder, goToolPath, isBuilt, lastBuildSeconds } from "./go";
import { keyedFolder } from "./keyed-folder";
import { chartFolder, copyChart, metallbImages } from "./metallb";
import { imagesFolder, writeImages } from "./program-images";

/** A MetalLB release other than the lab's. */
export interface MetallbRelease {
  /** The tag of its images, with a "v". */
  readonly version: string;
  /** The chart's folder. */
  readonly chart: string;
  /** The folder with its image archives, for a cluster to load. */
  readonly images: string;
}

/** The folder of the helm CLI after its build. It is on the operator host's PATH. */
export const helmFolder = goToolFolder(helm);

/** Provides the helm CLI. @returns its path */
export async function provideHelm(progress: Progress): Promise<string> {
  await provide([helm], progress);
  return goToolPath(helm);
}

/** Provides the release from which an upgrade starts. */
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

/** Provides actionlint. @returns its path */
export async function provideActionlint(progress: Progress): Promise<string> {
  await provide([actionlint], progress);
  return goToolPath(actionlint);
}

/** Provides govulncheck. @returns its path */
export async function provideGovulncheck(progress: Progress): Promise<string> {
  await provide([govulncheck], progress);
  return goToolPath(govulncheck);
}

/** The parts of a host that stores the state of several machines. */
export interface StateServers {
  /** The root folder with PostgreSQL. */
  readonly root: string;
  /** The folder of the S3 server, a static program. */
  readonly s3: string;
}

// PostgreSQL's tools are written in Perl, and its package has a versioned dependency that no assumed package satisfies.
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

/** Provides the servers on which other households keep a stack's state. */
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

/** Builds missing tools, and runs `after`. Waits for other builds. */
async function provide(tools: readonly GoTool[], progress: Progress, after: () => Promise<void> = async () => {}): Promise<void> {
  const work = async (): Promise<void> => {
    for (const tool of tools.filter((candidate) => !isBuilt(candidate)))
      await progress.step(`build ${tool.name}`, () => buildGoTool(tool), lastBuildSeconds(tool));
    await after();
  };
  await withFileLock(path.join(cacheFolder, "build.lock"), work, () => progress.line("Another run is building tools: waiting for it."));
}
