/** Finds tools that the machine already has. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import execa from "execa";
import { requestedPlugins, versions } from "./catalogue";

/** A program that need not be built. */
export interface Installed {
  /** Its folder or file. */
  readonly path: string;
  /** Its name, version and path, for the progress. */
  readonly text: string;
}

/** Finds a Pulumi CLI on PATH with its language host beside it, at least as new as the one that would be built. */
export async function installedPulumi(): Promise<Installed | undefined> {
  const folder = (process.env["PATH"] ?? "").split(path.delimiter).find((entry) => fs.existsSync(path.join(entry, "pulumi")));
  if (folder === undefined || !fs.existsSync(path.join(folder, "pulumi-language-nodejs"))) return undefined;
  const { stdout } = await execa(path.join(folder, "pulumi"), ["version"], { reject: false, env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
  const number = (version: string): number =>
    version
      .replace(/^v/, "")
      .split(".")
      .slice(0, 2)
      .reduce((sum, part) => sum * 10_000 + Number(part), 0);
  const version = stdout.trim();
  if (!(number(version) >= number(versions.pulumi))) return undefined;
  return { path: folder, text: `Pulumi CLI ${version} from ${folder} (PATH)` };
}

/** Finds a resource plugin of exactly this version, where `pulumi plugin install` puts it. */
export function installedPlugin(name: string, version: string): Installed | undefined {
  const home = process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi");
  const folder = path.join(home, "plugins", `resource-${name}-v${version}`);
  const file = path.join(folder, `pulumi-resource-${name}`);
  return fs.existsSync(file) ? { path: file, text: `Pulumi plugin ${name} ${version} from ${folder}` } : undefined;
}

/** Returns the release of the Kubernetes provider that labs run: of the installed plugin, else of the one that is built. */
export const kubernetesProviderRelease = (): string =>
  installedPlugin("kubernetes", requestedPlugins.kubernetes) === undefined ? versions.kubernetesProvider : requestedPlugins.kubernetes;
