/** Checks the machine: Node, Pulumi and its plugins. */
import * as fs from "node:fs";
import * as path from "node:path";
import { repository } from "../../config/project";
import { failed, ok, unknown, warning, type Line } from "../check/check";
import { queryPulumi } from "../check/cli";

const install = "install it (https://www.pulumi.com/docs/iac/download-install/)";
/** The oldest CLI that the program was tested with. */
const OLDEST = [3, 215] as const;

/** Checks Node, the Pulumi CLI and its plugins. */
export async function checkMachine(query = queryPulumi): Promise<Line[]> {
  const [version, plugins] = await Promise.all([query(["version"]), query(["plugin", "ls", "--json"])]);
  // bin/homelab has already rejected an older Node.
  return [ok("node", process.versions.node), checkCli(version), ...checkPlugins(plugins)];
}

type CliResult = Awaited<ReturnType<typeof queryPulumi>>;

function checkCli(result: CliResult): Line {
  if (result === undefined) return failed("pulumi", "the CLI is not on PATH", install);
  const text = result.stdout.trim().replace(/^v/, "");
  const [major = NaN, minor = NaN] = text.split(".").map(Number);
  if (result.exitCode !== 0 || Number.isNaN(minor)) return failed("pulumi", `"pulumi version" fails: ${result.reason}`, install);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  return isOld
    ? warning("pulumi", `${text}, which this program is not tested with`, `update it to ${OLDEST.join(".")} or newer`)
    : ok("pulumi", text);
}

/** A plugin that the program needs. Its version must match the npm package. */
interface Plugin {
  readonly name: string;
  readonly version: string;
}

function checkPlugins(result: CliResult): Line[] {
  const needed = ["kubernetes", "command"].map((name): Plugin => {
    const file = path.join(repository, "node_modules", "@pulumi", name, "package.json");
    return { name, version: (JSON.parse(fs.readFileSync(file, "utf8")) as { version: string }).version };
  });
  if (result === undefined) return [unknown("plugins", "skipped: only the Pulumi CLI can list them")];
  if (result.exitCode !== 0) return [failed("plugins", `"pulumi plugin ls" fails: ${result.reason}`)];
  const present = JSON.parse(result.stdout) as Plugin[];
  const isInstalled = ({ name, version }: Plugin) =>
    present.some((one) => one.name === name && one.version === version) || onPath(`pulumi-resource-${name}`);
  const missing = needed.filter((plugin) => !isInstalled(plugin));
  if (missing.length === 0) return [ok("plugins", needed.map(({ name, version }) => `${name} ${version}`).join(", "))];
  const named = missing.map(({ name, version }) => `resource ${name} v${version}`);
  const fix = named.map((plugin) => `pulumi plugin install ${plugin}`).join("; ");
  const isManual = process.env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] === "true";
  if (isManual) return [failed("plugins", `missing: ${named.join(", ")}, and PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION is set`, fix)];
  return [warning("plugins", `missing: ${named.join(", ")}`, `the first run downloads them, or: ${fix}`)];
}

const onPath = (program: string): boolean =>
  (process.env["PATH"] ?? "").split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, program)));
