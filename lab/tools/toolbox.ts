import * as fs from "node:fs";
import * as path from "node:path";
import { cacheFolder } from "../folders";
import { withFileLock } from "../lock";
import { type Progress } from "../progress";
import { duration } from "../../report/duration";
import { type GoTool, goTools, requestedPlugins, versions } from "./catalogue";
import { unpackDebian } from "./debian";
import { buildGoTool, downloadModules, goToolFolder, goToolPath, isBuilt, lastBuildSeconds } from "./go";
import { installedPlugin, installedPulumi } from "./installed";
import { makeImageStore } from "./image-store";
import { keyedFolder, makeFolder, toolFolder } from "./keyed-folder";
import { chartFolder, copyChart, metallbImages } from "./metallb";
import { type ToolImage, imagesFolder, writeImages } from "./program-images";
import { buildRouterImage } from "./router-image";
import { type Step, expectedSeconds, runLanes } from "./steps";
import { requireOwnCache } from "./trusted";

/** The tools from which a lab is made, found or built. All paths are absolute. */
export interface Toolbox {
  /** Process 1 of every host. */
  readonly init: string;
  readonly nodeRoot: string;
  readonly routerRoot: string;
  /** The folder with the Kubernetes program and its links. */
  readonly kubernetes: string;
  /** The folder with kubectl. */
  readonly kubectl: string;
  /** The folder of the image archives. Each is named by its URL-encoded reference. */
  readonly images: string;
  /** A containerd folder with these images. */
  readonly imageStore: string;
  /** MetalLB's chart, from the same module as its programs. */
  readonly chart: string;
  /** The folder with the Pulumi CLI and its language host. */
  readonly pulumi: string;
  readonly kubernetesProvider: string;
  /** The official command provider if it is installed. Otherwise the lab uses its own. */
  readonly commandProvider: string | undefined;
}

export const whoamiImage = "homelab-network.invalid/whoami:1";
const programImages: readonly ToolImage[] = [
  { reference: "homelab-network.invalid/pause:1", tool: goTool("pause"), entrypoint: "/pause" },
  { reference: whoamiImage, tool: goTool("whoami"), entrypoint: "/whoami" },
  ...metallbImages(versions.metallb, goTool("metallb-controller"), goTool("metallb-speaker")),
];

const nodePackages = [
  "bash",
  "conntrack",
  "containerd",
  "containernetworking-plugins",
  "coreutils",
  "curl",
  "etcd-server",
  "ethtool",
  "iproute2",
  "iptables",
  "iputils-ping",
  "mount",
  "nftables",
  "procps",
  "runc",
  "tcpdump",
  "util-linux",
];
/** The Go program of the router's image. */
const firmware = "firmware";
/** The engine's programs. They share a folder, as in releases, because the engine looks for its language hosts beside itself. */
const engineTools: readonly string[] = ["pulumi", "pulumi-language-nodejs"];

/** The tools of a lab, and which of them are missing. */
export interface Stock {
  readonly box: Toolbox;
  readonly unbuilt: readonly GoTool[];
  /** The names of tools that have to be built or fetched. */
  readonly missing: readonly string[];
  /** The tools that are installed on the machine: name, version and path of each. */
  readonly installed: readonly string[];
}

/** Looks for every tool, and builds none. */
export async function readStock(): Promise<Stock> {
  requireOwnCache();
  const { box, installed } = await toolbox();
  const unbuilt = neededGoTools(box).filter((tool) => !isBuilt(tool));
  const folders = {
    "Debian packages of the nodes": box.nodeRoot,
    "the router's image": box.routerRoot,
    "the Pulumi CLI": box.pulumi,
    "the container images": box.images,
    "containerd's folder with them": box.imageStore,
    "MetalLB's chart": box.chart,
  };
  const absent = Object.entries(folders).flatMap(([name, folder]) => (fs.existsSync(folder) ? [] : [name]));
  return { box, unbuilt, missing: [...unbuilt.map(({ name }) => name), ...absent], installed };
}

/** Finds or builds every tool. Concurrent runs wait for each other. Continues an interrupted build. */
export async function provideTools(progress: Progress, stock?: Stock): Promise<Toolbox> {
  const { box, missing, installed } = stock ?? (await readStock());
  if (installed.length > 0) progress.line(`Uses installed programs: ${installed.join(", ")}.`);
  if (missing.length === 0) return box;
  // After a wait, the other run has built some tools.
  const work = async (): Promise<void> => build(await readStock(), progress);
  await withFileLock(path.join(cacheFolder, "build.lock"), work, () => progress.line("Another run is building the tools: waiting for it."));
  return box;
}

async function build({ box, unbuilt }: Stock, progress: Progress): Promise<void> {
  const lanes = [goLane(box, unbuilt), debianLane(box, unbuilt, progress), downloadLane(unbuilt)];
  const seconds = expectedSeconds(lanes);
  const expected =
    seconds === undefined ? "the first time takes about 13 minutes on two cores" : `last time this took ${duration(seconds)}`;
  progress.line(`Tools to build: ${lanes.flat().length}; ${expected}.`);
  await runLanes(lanes, progress);
  if (!fs.existsSync(box.imageStore)) {
    const run = (): Promise<void> => makeImageStore(box.imageStore, { root: box.nodeRoot, ...box });
    await runLanes([[{ name: "import the container images", seconds: 5, run }]], progress);
  }
  progress.line(`The compiler's cache in ${path.join(cacheFolder, "go")} speeds up the next build; "make trim-tools" frees its space.`);
}

/** Returns the Go builds, one at a time: each uses all cores, and reuses compiled packages of the earlier ones. */
function goLane(box: Toolbox, unbuilt: readonly GoTool[]): Step[] {
  const steps = unbuilt.filter(({ name }) => name !== firmware).map(buildStep);
  if (!fs.existsSync(box.pulumi)) steps.push({ name: "put the Pulumi CLI together", seconds: 1, run: () => joinEngine(box.pulumi) });
  if (!fs.existsSync(box.images))
    steps.push({ name: "make the container images", seconds: 5, run: () => writeImages(box.images, programImages) });
  if (!fs.existsSync(box.chart))
    steps.push({ name: "fetch MetalLB's chart", seconds: 5, run: () => copyChart(box.chart, goTool("metallb-controller")) });
  return steps;
}

/** Returns the steps that mostly wait for the network and for single processes, and so leave the cores to the Go builds. */
function debianLane(box: Toolbox, unbuilt: readonly GoTool[], progress: Progress): Step[] {
  const log = (line: string): void => progress.line(`      ${line}`);
  const debian = path.join(cacheFolder, "apt");
  const steps: Step[] = [];
  if (!fs.existsSync(box.nodeRoot)) {
    const run = (): Promise<void> => unpackDebian({ packages: nodePackages, root: box.nodeRoot, cache: debian, log });
    steps.push({ name: "unpack the nodes' Debian packages", seconds: 30, run });
  }
  steps.push(...unbuilt.filter(({ name }) => name === firmware).map(buildStep));
  if (!fs.existsSync(box.routerRoot)) {
    const router = {
      root: box.routerRoot,
      toolchainRoot: toolFolder("toolchain"),
      cache: cacheFolder,
      firmwareBinary: goToolPath(goTool(firmware)),
      log,
    };
    steps.push({ name: "build the router's BusyBox and dropbear", seconds: 120, run: () => buildRouterImage(router) });
  }
  return steps;
}

/** Returns the step that downloads the modules of later builds in advance. */
function downloadLane(unbuilt: readonly GoTool[]): Step[] {
  return unbuilt.length === 0 ? [] : [{ name: "download the Go modules", seconds: 45, run: () => downloadModules(unbuilt) }];
}

const buildStep = (tool: GoTool): Step => ({ name: `build ${tool.name}`, seconds: lastBuildSeconds(tool), run: () => buildGoTool(tool) });

/** Removes Go's caches and sources, which only a later build would use. @returns the removed folder */
export function trimTools(): string {
  const folder = path.join(cacheFolder, "go");
  fs.rmSync(folder, { recursive: true, force: true });
  return folder;
}

async function toolbox(): Promise<{ box: Toolbox; installed: string[] }> {
  const pulumi = await installedPulumi();
  const kubernetesProvider = installedPlugin("kubernetes", requestedPlugins.kubernetes);
  const commandProvider = installedPlugin("command", requestedPlugins.command);
  const recipe = (name: string): string => fs.readFileSync(path.join(__dirname, `${name}.ts`), "utf8");
  const nodeRoot = keyedFolder("node-root", [recipe("debian"), ...nodePackages]);
  const images = imagesFolder("images", programImages);
  const box = {
    init: goToolPath(goTool("pause")),
    nodeRoot,
    routerRoot: keyedFolder("router", [
      recipe("debian"),
      recipe("router-image"),
      recipe("router-programs"),
      goToolFolder(goTool("firmware")),
    ]),
    kubernetes: goToolFolder(goTool("kubernetes")),
    kubectl: goToolFolder(goTool("kubectl")),
    images,
    imageStore: path.join(keyedFolder("image-store", [recipe("image-store"), nodeRoot, images]), "containerd"),
    chart: chartFolder(versions.metallb),
    pulumi:
      pulumi?.path ??
      keyedFolder(
        "pulumi-cli",
        engineTools.map((name) => goToolFolder(goTool(name))),
      ),
    kubernetesProvider: kubernetesProvider?.path ?? goToolPath(goTool("pulumi-resource-kubernetes")),
    commandProvider: commandProvider?.path,
  };
  return { box, installed: [pulumi, kubernetesProvider, commandProvider].flatMap((found) => found?.text ?? []) };
}

function goTool(name: string): GoTool {
  const found = goTools.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no tool is called ${name}`);
  return found;
}

function neededGoTools(box: Toolbox): GoTool[] {
  return goTools.filter(({ name }) => {
    if (name === "pulumi" || name === "pulumi-language-nodejs") return box.pulumi.startsWith(toolFolder());
    if (name === "pulumi-resource-kubernetes") return box.kubernetesProvider.startsWith(toolFolder());
    return true;
  });
}

async function joinEngine(folder: string): Promise<void> {
  await makeFolder(folder, (partial) => {
    for (const name of engineTools) fs.linkSync(goToolPath(goTool(name)), path.join(partial, name));
  });
}
