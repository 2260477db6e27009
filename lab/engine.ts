import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { PROJECT } from "../config/file-names";
import { writeLauncher } from "./command-provider/install";
import { type LabFolders, cacheFolder } from "./folders";
import { writeAtomically } from "../config/files";
import { repository } from "../config/project";
import type { Host } from "./host";
import { provideLanguageHost } from "./language-host";
import { helmFolder } from "./tools/extras";
import type { Toolbox } from "./tools/toolbox";
import { requestedPlugins } from "./tools/catalogue";

/** The real Pulumi CLI with a file backend of the lab's own, run on the operator host. */
export class Engine {
  constructor(
    private readonly lab: LabFolders,
    private readonly box: Toolbox,
    private readonly operator: Host,
    /** The folder with the program's Pulumi.yaml. */
    private readonly project = lab.project,
  ) {}

  /** Returns the same engine for a program in another folder. */
  in(project: string): Engine {
    return new Engine(this.lab, this.box, this.operator, project);
  }

  /** Creates the backend's folder, the passphrase and the plugin folder if they do not exist. */
  async prepare(): Promise<void> {
    for (const folder of [this.lab.state, this.lab.temporary]) fs.mkdirSync(folder, { recursive: true });
    if (!fs.existsSync(this.lab.passphrase)) writeAtomically(this.lab.passphrase, crypto.randomBytes(24).toString("base64"), 0o600);
    provideLanguageHost(this.box.pulumi, this.programFolder, this.binaries);
    const plugins = path.join(this.lab.pulumiHome, "plugins");
    const kubernetes = path.join(plugins, `resource-kubernetes-v${requestedPlugins.kubernetes}`);
    link(this.box.kubernetesProvider, path.join(kubernetes, "pulumi-resource-kubernetes"));
    const command = path.join(plugins, `resource-command-v${requestedPlugins.command}`);
    if (this.box.commandProvider !== undefined) link(this.box.commandProvider, path.join(command, "pulumi-resource-command"));
    else await writeLauncher(command);
  }

  /** Creates the stack in the backend if it does not exist, and removes the lock of an engine that was killed. */
  async selectStack(stack: string): Promise<void> {
    await this.removeDeadLocks(stack);
    this.restoreState(stack);
    await this.pulumi(["stack", "select", "--create", "--stack", stack, "--non-interactive"], { stdio: "pipe" });
  }

  /**
   * Repairs what an engine leaves behind that was killed while it wrote the state: an unreadable half of the file, next to an intact older one,
   * or half of the backend's notes about the file, which are not needed.
   */
  private restoreState(stack: string): void {
    const file = path.join(this.lab.state, ".pulumi", "stacks", PROJECT, `${stack}.json`);
    for (const notes of [`${file}.attrs`, `${file}.bak.attrs`])
      if (fs.existsSync(notes) && !isJson(fs.readFileSync(notes, "utf8"))) fs.rmSync(notes);
    if (fs.existsSync(file) && fs.existsSync(`${file}.bak`) && !isJson(fs.readFileSync(file, "utf8"))) fs.copyFileSync(`${file}.bak`, file);
  }

  /** Removes the locks of processes that have ended. A lock names the engine's process on the operator host. */
  private async removeDeadLocks(stack: string): Promise<void> {
    const folder = path.join(this.lab.state, ".pulumi", "locks");
    const files = fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
    for (const file of files
      .filter((name) => name.endsWith(".json") && name.includes(`/${stack}/`))
      .map((name) => path.join(folder, name))) {
      const { pid } = JSON.parse(fs.readFileSync(file, "utf8")) as { pid: number };
      const { exitCode } = await this.operator.exec(["kill", "-0", String(pid)], { reject: false });
      if (exitCode !== 0) fs.rmSync(file);
    }
  }

  /** Runs the CLI on the operator host, in the program's folder. */
  pulumi(args: readonly string[], options: execa.Options = {}): execa.ExecaChildProcess {
    const script = 'cd "$1" && shift && exec "$@"';
    return this.operator.exec(["sh", "-c", script, "sh", this.project, "pulumi", ...args], {
      stdio: "inherit",
      ...options,
      env: { ...this.environment, ...options.env },
    });
  }

  /** The program's folder. The lab's project folder does not exist yet when the engine is prepared. */
  private get programFolder(): string {
    return this.project === this.lab.project ? repository : this.project;
  }

  private get binaries(): string {
    const folder = this.project === this.lab.project ? "bin" : `bin-${path.basename(this.project)}`;
    return this.box.pulumi.startsWith(cacheFolder) ? path.join(this.lab.root, folder) : this.box.pulumi;
  }

  /** The environment of the CLI, and of a shell on the operator host. */
  get environment(): Record<string, string> {
    const own = [this.binaries, this.box.kubectl, helmFolder, path.dirname(process.execPath)];
    const folders = [...own, "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    return {
      PATH: folders.join(path.delimiter),
      HOME: this.lab.root,
      TMPDIR: this.lab.temporary,
      PULUMI_HOME: this.lab.pulumiHome,
      PULUMI_BACKEND_URL: `file://${this.lab.state}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: this.lab.passphrase,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // A missing plugin is an error at once, and not a download that cannot succeed.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function link(target: string, name: string): void {
  fs.mkdirSync(path.dirname(name), { recursive: true });
  fs.rmSync(name, { force: true });
  fs.symlinkSync(target, name);
}
