import * as fs from "node:fs/promises";
import * as path from "node:path";

/** The program that the engine starts in a plugin's folder, `plugins/resource-command-v1.2.1` of the Pulumi home. */
const LAUNCHER = "pulumi-resource-command";

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Finds the nearest `node_modules` above this file, from which the plugin's compiled files load their packages. */
async function packages(folder = __dirname): Promise<string> {
  const candidate = path.join(folder, "node_modules");
  const found = await fs.access(path.join(candidate, "@pulumi", "pulumi")).then(
    () => true,
    () => false,
  );
  if (found) return candidate;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error(`No node_modules with @pulumi/pulumi above ${__dirname}: run npm ci.`);
  return packages(parent);
}

/**
 * Makes `folder` a plugin folder: writes the launcher, and this folder's files compiled to JavaScript, because compiling at each start would double
 * the cost of a preview. Replaces existing files; an engine that starts meanwhile finds the old launcher or the new one.
 */
export async function writeLauncher(folder: string): Promise<void> {
  // Loaded here, because it is needed only for this.
  const { transform } = await import("sucrase");
  const compiled = path.join(folder, "js");
  await fs.mkdir(compiled, { recursive: true });
  for (const name of await fs.readdir(__dirname)) {
    if (path.extname(name) !== ".ts" || name === "install.ts") continue;
    const source = await fs.readFile(path.join(__dirname, name), "utf8");
    const { code } = transform(source, { transforms: ["imports", "typescript"], filePath: name });
    await replace(path.join(compiled, `${path.basename(name, ".ts")}.js`), code, 0o644);
  }
  const start = `NODE_PATH=${quoted(await packages())} exec ${quoted(process.execPath)} ${quoted(path.join(compiled, "main.js"))} "$@"`;
  await replace(path.join(folder, LAUNCHER), `#!/bin/sh\n${start}\n`, 0o755);
}

async function replace(file: string, content: string, mode: number): Promise<void> {
  const fresh = `${file}.${process.pid}.new`;
  await fs.writeFile(fresh, content, { mode });
  await fs.rename(fresh, file);
}
