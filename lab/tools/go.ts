import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import execa from "execa";
import { UserError } from "../../config/user-error";
import { cacheFolder } from "../folders";
import { LastTimes } from "../last-times";
import { type GoTool, moduleSource } from "./catalogue";
import { type Patch, patched } from "./patch";

const goFolder = path.join(cacheFolder, "go");
const times = new LastTimes(path.join(cacheFolder, "build-seconds.json"));

/** Keeps everything below the cache folder: modules and compiled packages have folders of their own there. */
const environment = {
  GOMODCACHE: path.join(goFolder, "mod"),
  GOCACHE: path.join(goFolder, "build"),
  GOPATH: path.join(goFolder, "path"),
  GOENV: process.env["GOENV"] ?? path.join(process.env["XDG_CONFIG_HOME"] ?? path.join(os.homedir(), ".config"), "go", "env"),
  GOTMPDIR: path.join(goFolder, "tmp"),
  // The folder of go's telemetry.
  XDG_CONFIG_HOME: path.join(goFolder, "config"),
  GOTOOLCHAIN: "local",
  // -trimpath makes the result independent of the folder. A hash that go.sum lacks is an error, and never fetched on trust.
  GOFLAGS: "-mod=readonly -trimpath -buildvcs=false -modcacherw",
  CGO_ENABLED: "0",
  // Fewer garbage collections in the compiler: saves 4 to 17 % of its CPU time, and takes up to half as much memory again.
  GOGC: process.env["GOGC"] ?? "400",
};

/** Returns a tool's folder. Its name has a fingerprint of every input of the build, so that an outdated build is never used. */
export function goToolFolder(tool: GoTool): string {
  return path.join(cacheFolder, "tools", `${tool.name}-${fingerprint(tool)}`);
}

export function goToolPath(tool: GoTool): string {
  return path.join(goToolFolder(tool), tool.name);
}

export function isBuilt(tool: GoTool): boolean {
  return fs.existsSync(goToolPath(tool));
}

/** Returns the duration of this tool's last build in seconds; undefined if it was never built. */
export function lastBuildSeconds(tool: GoTool): number | undefined {
  return times.of(tool.name);
}

/** Builds one tool into its folder. Safe to interrupt: Go's cache keeps compiled packages, and the folder appears only when it is complete. */
export async function buildGoTool(tool: GoTool): Promise<void> {
  const log = path.join(cacheFolder, "logs", `build-${tool.name}.log`);
  const source = path.join(cacheFolder, "source", tool.name);
  fs.rmSync(source, { recursive: true, force: true });
  fs.cpSync(moduleSource(tool), source, { recursive: true });
  const started = Date.now();
  await tool.generate?.(source, (module) => moduleFolder(source, module, log));
  await applyPatches(tool, source, log);

  const target = goToolFolder(tool);
  const partial = `${target}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  const variables = Object.entries(tool.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  await go(
    source,
    ["build", "-ldflags", ["-s -w", ...variables].join(" "), "-o", path.join(partial, tool.name), tool.package],
    log,
    tool.name,
  );
  for (const link of tool.links ?? []) fs.symlinkSync(tool.name, path.join(partial, link));
  fs.renameSync(partial, target);
  fs.rmSync(source, { recursive: true, force: true });
  times.write(tool.name, (Date.now() - started) / 1000);
}

/**
 * Runs a program that reads a tool's source, in a copy of it with the files that its build generates, and with its patches.
 *
 * @returns the program's output
 * @throws UserError if the program fails
 */
export async function runInSource(tool: GoTool, [program = "", ...args]: readonly string[]): Promise<string> {
  const log = path.join(cacheFolder, "logs", `scan-${tool.name}.log`);
  for (const folder of [path.dirname(log), environment.GOTMPDIR]) fs.mkdirSync(folder, { recursive: true });
  const source = path.join(cacheFolder, "source", `scan-${tool.name}`);
  fs.rmSync(source, { recursive: true, force: true });
  fs.cpSync(moduleSource(tool), source, { recursive: true });
  await tool.generate?.(source, (module) => moduleFolder(source, module, log));
  const { patches = [] } = tool;
  if (patches.length > 0) await go(source, ["mod", "vendor", "-e"], log, tool.name);
  // Modules keep their versions here. A replaced module has none, so a scan for vulnerabilities would pass it over.
  applyTo(patches, (module) => path.join(source, "vendor", module));
  const env = patches.length > 0 ? { ...environment, GOFLAGS: environment.GOFLAGS.replace("-mod=readonly", "-mod=vendor") } : environment;
  const { exitCode, stdout, stderr } = await execa(program, args, { cwd: source, env, reject: false });
  fs.rmSync(source, { recursive: true, force: true });
  if (exitCode !== 0) throw new UserError(`${path.basename(program)} of ${tool.name} failed: ${reason(stderr)}`);
  return stdout;
}

/** Downloads the modules that builds of these tools need. If a download fails, the build tries again and reports the error. */
export async function downloadModules(tools: readonly GoTool[]): Promise<void> {
  const log = path.join(cacheFolder, "logs", "modules.log");
  for (const tool of tools)
    await go(moduleSource(tool), ["list", "-e", "-deps", "-f", "{{with .Error}}{{.}}{{end}}", tool.package], log, tool.name);
}

/** Makes the build use a patched copy of each module that the tool's patches change. */
async function applyPatches({ name, patches = [] }: GoTool, source: string, log: string): Promise<void> {
  for (const module of new Set(patches.map((patch) => patch.module))) {
    const copy = path.join(source, "patched", encodeURIComponent(module));
    fs.cpSync(await moduleFolder(source, module, log), copy, { recursive: true });
    applyTo(
      patches.filter((patch) => patch.module === module),
      () => copy,
    );
    await go(source, ["mod", "edit", `-replace=${module}=./${path.relative(source, copy)}`], log, name);
  }
}

function applyTo(patches: readonly Patch[], folderOf: (module: string) => string): void {
  for (const patch of patches) {
    const file = path.join(folderOf(patch.module), patch.file);
    fs.writeFileSync(file, patched(fs.readFileSync(file, "utf8"), patch));
  }
}

/** Returns the folder of a module's published source; downloads it if necessary. */
export async function moduleFolder(source: string, module: string, log = path.join(cacheFolder, "logs", "modules.log")): Promise<string> {
  await go(source, ["mod", "download", module], log, module);
  const { stdout } = await execa("go", ["list", "-m", "-f", "{{.Dir}}", module], { cwd: source, env: environment });
  return stdout.trim();
}

async function go(cwd: string, args: readonly string[], log: string, what: string): Promise<void> {
  for (const folder of [path.dirname(log), environment.GOTMPDIR]) fs.mkdirSync(folder, { recursive: true });
  const earlier = fs.existsSync(log) ? fs.statSync(log).size : 0;
  const out = fs.openSync(log, "a");
  try {
    await execa("go", [...args], { cwd, env: environment, stdio: ["ignore", out, out] });
  } catch {
    throw new UserError(
      `${what}: the build failed: ${reason(fs.readFileSync(log).subarray(earlier).toString())}; the full log is ${log}. Run the same command again to continue.`,
    );
  } finally {
    fs.closeSync(out);
  }
}

/** Shortens Go's output to the reason of the failure: a full disk, a network error, or the last lines. */
export function reason(output: string): string {
  const lines = output.trim().split("\n");
  const full = lines.findLast((line) => line.includes("no space left on device"));
  if (full !== undefined) return "the disk is full; free some space";
  const network = lines.findLast((line) => /dial tcp|no such host|connection refused|i\/o timeout|: [45]\d\d [A-Z]/.test(line));
  if (network !== undefined)
    return `the Go module proxy did not answer as it should (${network.trim().slice(0, 300)}); check the network or GOPROXY`;
  return lines.slice(-3).join(" | ").slice(0, 500);
}

function fingerprint(tool: GoTool): string {
  const hash = crypto.createHash("sha256");
  const add = (file: string): void =>
    void hash
      .update(path.relative(moduleSource(tool), file))
      .update("\0")
      .update(fs.readFileSync(file))
      .update("\0");
  const ours = tool.package.startsWith(".") ? path.join(moduleSource(tool), tool.package) : undefined;
  for (const file of ["go.mod", "go.sum"].map((name) => path.join(moduleSource(tool), name))) if (fs.existsSync(file)) add(file);
  if (ours !== undefined)
    for (const name of fs
      .readdirSync(ours)
      .filter((entry) => entry.endsWith(".go"))
      .sort())
      add(path.join(ours, name));
  hash.update(JSON.stringify([tool.package, tool.variables, tool.links, ...(tool.patches === undefined ? [] : [tool.patches])]));
  return hash.digest("hex").slice(0, 12);
}
