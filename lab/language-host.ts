import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { writeAtomically } from "../config/files";
import { cacheFolder } from "./folders";

interface RuntimeOptions {
  readonly typescript?: boolean;
  readonly nodeargs?: string;
}

interface ProjectFile {
  readonly runtime: string | { readonly options: RuntimeOptions };
}

/**
 * Creates a folder with the CLI and a wrapper script for the language host. The language host that can be built is older than the CLI: it takes the
 * runtime's options as flags, which the CLI no longer sends. The wrapper passes it the options of Pulumi.yaml. A CLI that the machine has itself stays
 * where it is.
 *
 * @param cli the folder with the CLI and its language host
 * @param program the folder with the program's Pulumi.yaml
 * @param folder the folder to create
 * @returns the folder for PATH
 */
export function provideLanguageHost(cli: string, program: string, folder: string): string {
  if (!cli.startsWith(cacheFolder)) return cli;
  const { runtime } = parse(fs.readFileSync(path.join(program, "Pulumi.yaml"), "utf8")) as ProjectFile;
  const { typescript = true, nodeargs = "" } = typeof runtime === "string" ? {} : runtime.options;
  const host = path.join(cli, "pulumi-language-nodejs");
  const script = `#!/bin/sh\nexec '${host}' --typescript=${typescript} --nodeargs='${nodeargs}' "$@"\n`;
  writeAtomically(path.join(folder, "pulumi-language-nodejs"), script, 0o755);
  const engine = path.join(folder, "pulumi");
  // A link and not a copy: the engine looks for its language hosts in the folder that it was started from.
  fs.rmSync(engine, { force: true });
  fs.linkSync(path.join(cli, "pulumi"), engine);
  return folder;
}
