import * as fs from "node:fs";
import * as path from "node:path";

import execa from "execa";

import { copyClone } from "../../lab/clone";
import { cacheFolder } from "../../lab/folders";
import { goSettings } from "../../lab/host";
import { provideLanguageHost } from "../../lab/language-host";
import { Progress } from "../../lab/progress";
import { provideTools } from "../../lab/tools/toolbox";
import { HOUSEHOLD } from "./stack-files";

type Options = Omit<execa.Options, "input"> & { readonly input?: string | undefined };

/** A user's clone of the project with the example stack files, its own state, passphrase and home folder, and the real Pulumi CLI on its PATH. */
export class Clone {
  private constructor(
    readonly path: string,
    private readonly cli: string,
  ) {}

  static async make(): Promise<Clone> {
    const { pulumi } = await provideTools(new Progress());
    const clone = fs.mkdtempSync(path.join(cacheFolder, "test-clone-"));
    copyClone(clone, HOUSEHOLD);
    return new Clone(clone, provideLanguageHost(pulumi, clone, engineOf(clone)));
  }

  /**
   * Runs a program in the clone, and accepts any exit status. `all` has the output of both streams. Without `input`, standard input is closed from the
   * start, because a program that ends before an empty input is closed would fail with EPIPE.
   */
  run(program: string, args: readonly string[], { env, input, ...options }: Options = {}): execa.ExecaChildProcess {
    return execa(program, args, {
      cwd: this.path,
      reject: false,
      all: true,
      ...(input === undefined ? { stdin: "ignore" } : { input }),
      ...options,
      env: {
        PATH: `${this.cli}:${process.env["PATH"] ?? ""}`,
        HOME: this.path,
        ...goSettings,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // A missing plugin is an error at once, and not a download that cannot succeed.
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        ...env,
      },
    });
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  read(name: string): string {
    return fs.readFileSync(this.file(name), "utf8");
  }

  remove(): void {
    for (const folder of [this.path, engineOf(this.path)]) fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the folder with the CLI, beside the clone. */
const engineOf = (clone: string): string => `${clone}-engine`;
