import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { UserError } from "./errors";
import { cacheFolder } from "./folders";

const gibibyte = 2 ** 30;
const instead = 'A cluster and a router of your own need no lab: see "Your own network" in the README.';

/** What this machine lacks for a lab, each as one sentence with its cure; all of them at once. */
export async function checkMachine(building: boolean): Promise<void> {
  if (process.platform !== "linux") throw new UserError(`The lab needs Linux, and this is ${process.platform}. ${instead}`);
  if (process.getuid?.() !== 0)
    throw new UserError(`The lab makes network namespaces, which needs root: run it as root, for example with sudo. ${instead}`);
  const problems = [...(await kernelProblems()), ...programProblems(), ...diskProblems(building), ...(building ? await goProblems() : [])];
  if (problems.length > 0) throw new UserError(problems.join("\n"));
}

async function kernelProblems(): Promise<string[]> {
  const scratch = path.join(cacheFolder, "probe");
  for (const name of ["lower", "upper", "work", "root"]) fs.mkdirSync(path.join(scratch, name), { recursive: true });
  const probes: ReadonlyArray<readonly [what: string, script: string]> = [
    ["namespaces (mount, pid, net, uts, ipc)", "true"],
    [
      "veth links and bridges (CONFIG_VETH, CONFIG_BRIDGE)",
      "ip link add probe0 type bridge && ip link add probe1 type veth peer name probe2",
    ],
    [
      `overlay mounts on the file system of ${cacheFolder}; another folder can be given as HOMELAB_CACHE`,
      `mount -t overlay overlay -o lowerdir=${scratch}/lower,upperdir=${scratch}/upper,workdir=${scratch}/work ${scratch}/root`,
    ],
  ];
  const problems: string[] = [];
  for (const [what, script] of probes) {
    const args = ["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--propagation", "private", "--", "sh", "-ec", script];
    const { exitCode, stderr } = await execa("unshare", args, { reject: false });
    if (exitCode !== 0)
      problems.push(
        `The kernel or this container does not allow ${what}, which the lab is made of: ${stderr.trim().split("\n").at(-1) ?? ""}.`,
      );
  }
  fs.rmSync(scratch, { recursive: true, force: true });
  return problems;
}

/** All in packages that a Debian system has unless someone removed them. */
function programProblems(): string[] {
  const needed = {
    ip: "iproute2",
    nsenter: "util-linux",
    unshare: "util-linux",
    flock: "util-linux",
    "apt-get": "apt",
    "dpkg-deb": "dpkg",
    tar: "tar",
  };
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return Object.entries(needed)
    .filter(([name]) => !folders.some((folder) => fs.existsSync(path.join(folder, name))))
    .map(([name, debianPackage]) => `The program ${name} is not on PATH: install Debian's package ${debianPackage}.`);
}

function diskProblems(building: boolean): string[] {
  fs.mkdirSync(cacheFolder, { recursive: true });
  const { bavail, bsize } = fs.statfsSync(cacheFolder);
  const free = (bavail * bsize) / gibibyte;
  const needed = building ? 16 : 3;
  if (free >= needed) return [];
  const why = building ? "building the tools" : "a lab";
  return [
    `${cacheFolder} has ${free.toFixed(1)} GiB free and ${why} needs ${needed}: free some space, or give another folder as HOMELAB_CACHE.`,
  ];
}

async function goProblems(): Promise<string[]> {
  const { stdout, exitCode } = await execa("go", ["env", "GOVERSION"], { reject: false, env: { GOTOOLCHAIN: "local" } });
  if (exitCode !== 0) return ["Go is not on PATH, and the tools are built with it: install Go 1.26 or newer (https://go.dev/doc/install)."];
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout.trim()) ?? [];
  const enough = Number(major) > 1 || Number(minor) >= 26;
  return enough ? [] : [`${stdout.trim()} is too old to build the tools: install Go 1.26 or newer (https://go.dev/doc/install).`];
}
