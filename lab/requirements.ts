import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { UserError } from "../config/user-error";
import { cacheFolder } from "./folders";
import { goTools } from "./tools/catalogue";

const gibibyte = 2 ** 30;
const instead = 'A cluster and a router of your own need no lab: see "Your own network" in the README.';

/** What the checks need to know of a machine. */
export interface Machine {
  readonly platform: string;
  /** Whether the user is root. */
  readonly root: boolean;
  readonly path: string;
  /** Returns the free bytes on the file system of an existing folder. */
  free(folder: string): number;
  /** Runs a shell script in namespaces of its own. Resolves with its error output if it failed. */
  isolated(script: string): Promise<string | undefined>;
  /** Returns Go's version, such as `go1.26.0`; undefined if Go is not installed. */
  go(): Promise<string | undefined>;
}

/** The machine that this program runs on. */
const thisMachine: Machine = {
  platform: process.platform,
  root: process.getuid?.() === 0,
  path: process.env["PATH"] ?? "",
  free(folder) {
    const { bavail, bsize } = fs.statfsSync(folder);
    return bavail * bsize;
  },
  async isolated(script) {
    const namespaces = ["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--propagation", "private"];
    const { exitCode, stderr } = await execa("unshare", [...namespaces, "--", "sh", "-ec", script], { reject: false });
    return exitCode === 0 ? undefined : stderr;
  },
  async go() {
    const { stdout, exitCode } = await execa("go", ["env", "GOVERSION"], { reject: false, env: { GOTOOLCHAIN: "local" } });
    return exitCode === 0 ? stdout.trim() : undefined;
  },
};

/**
 * Checks what a lab needs of the machine, and reports all problems at once, each in one sentence with its fix.
 * @param missing the tools that have to be built first
 */
export async function checkMachine(missing: readonly string[], machine = thisMachine): Promise<void> {
  if (machine.platform !== "linux") throw new UserError(`The lab needs Linux, and this is ${machine.platform}. ${instead}`);
  if (!machine.root)
    throw new UserError(`The lab creates network namespaces, which needs root: run it as root, for example with sudo. ${instead}`);
  const programs = programProblems(machine);
  const problems = [
    ...programs,
    // The kernel can be checked only with these programs.
    ...(programs.length === 0 ? await kernelProblems(machine) : []),
    ...diskProblems(machine, missing),
    ...(missing.some(isGoTool) ? await goProblems(machine) : []),
  ];
  if (problems.length > 0) throw new UserError(problems.join("\n"));
}

async function kernelProblems(machine: Machine): Promise<string[]> {
  fs.mkdirSync(cacheFolder, { recursive: true });
  const scratch = fs.mkdtempSync(path.join(cacheFolder, "probe-"));
  for (const name of ["lower", "upper", "work", "root"]) fs.mkdirSync(path.join(scratch, name), { recursive: true });
  const probes: ReadonlyArray<readonly [what: string, script: string]> = [
    ["namespaces (mount, pid, net, uts, ipc)", "true"],
    [
      "veth links and bridges (CONFIG_VETH, CONFIG_BRIDGE)",
      "ip link add probe0 type bridge && ip link add probe1 type veth peer name probe2",
    ],
    [
      `overlay mounts on the file system of ${cacheFolder} (HOMELAB_CACHE names another folder)`,
      `mount -t overlay overlay -o lowerdir=${scratch}/lower,upperdir=${scratch}/upper,workdir=${scratch}/work ${scratch}/root`,
    ],
  ];
  const problems: string[] = [];
  for (const [what, script] of probes) {
    const output = await machine.isolated(script);
    if (output === undefined) continue;
    // The first line has the reason; mount adds hints after it.
    const [why = ""] = output.trim().split("\n");
    problems.push(`The kernel or this container does not allow ${what}, which the lab needs: ${why.replace(/\.$/, "")}.`);
  }
  fs.rmSync(scratch, { recursive: true, force: true });
  return problems;
}

/** Finds missing programs. All are in packages that a Debian system has by default. */
function programProblems(machine: Machine): string[] {
  const needed = {
    ip: "iproute2",
    nsenter: "util-linux",
    unshare: "util-linux",
    flock: "util-linux",
    "apt-get": "apt",
    "dpkg-deb": "dpkg",
    tar: "tar",
  };
  const folders = machine.path.split(path.delimiter);
  return Object.entries(needed)
    .filter(([name]) => !folders.some((folder) => fs.existsSync(path.join(folder, name))))
    .map(([name, debianPackage]) => `The program ${name} is not on PATH: install Debian's package ${debianPackage}.`);
}

const isGoTool = (name: string): boolean => goTools.some((tool) => tool.name === name);

/** Whether building a tool fills Go's caches. */
const isLarge = (name: string): boolean => goTools.some((tool) => tool.name === name && ["suite", "pulumi"].includes(tool.module));

function diskProblems(machine: Machine, missing: readonly string[]): string[] {
  fs.mkdirSync(cacheFolder, { recursive: true });
  const free = machine.free(cacheFolder) / gibibyte;
  const building = missing.some(isLarge);
  const needed = building ? 16 : 3;
  if (free >= needed) return [];
  const why = building ? "building the tools" : "a lab";
  return [
    `${cacheFolder} has ${free.toFixed(1)} GiB free and ${why} needs ${needed}: free some space, or give another folder as HOMELAB_CACHE.`,
  ];
}

async function goProblems(machine: Machine): Promise<string[]> {
  const version = await machine.go();
  if (version === undefined)
    return ["Go is not on PATH, and the tools are built with it: install Go 1.26.6 or newer (https://go.dev/doc/install)."];
  // lab/go/pulumi asks for 1.26.6, because the engine does.
  const [major = NaN, minor = NaN, patch = 0] =
    /^go(\d+)\.(\d+)(?:\.(\d+))?/
      .exec(version)
      ?.slice(1)
      .map((part = "0") => Number(part)) ?? [];
  const enough = major > 1 || minor > 26 || (minor === 26 && patch >= 6);
  return enough ? [] : [`${version} is too old to build the tools: install Go 1.26.6 or newer (https://go.dev/doc/install).`];
}
