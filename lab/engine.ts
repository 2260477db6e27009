import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { writeLauncher } from "./command-provider/install";
import { type LabFolders, writeWhole } from "./folders";
import type { Host } from "./host";
import type { Toolbox } from "./tools/toolbox";
import { versions } from "./tools/catalogue";

/** The real Pulumi CLI with a file backend of the lab's own, run from the operator host. */
export class Engine {
  constructor(
    private readonly lab: LabFolders,
    private readonly box: Toolbox,
    private readonly operator: Host,
  ) {}

  /** Makes backend folder, passphrase and plugin folder, each where it isn't there yet. */
  async prepare(): Promise<void> {
    for (const folder of [this.lab.state, this.lab.temporary]) fs.mkdirSync(folder, { recursive: true });
    if (!fs.existsSync(this.lab.passphrase)) writeWhole(this.lab.passphrase, crypto.randomBytes(24).toString("base64"), 0o600);
    const plugins = path.join(this.lab.pulumiHome, "plugins");
    const kubernetes = path.join(plugins, `resource-kubernetes-v${versions.kubernetesProvider}`);
    link(this.box.kubernetesProvider, path.join(kubernetes, "pulumi-resource-kubernetes"));
    const command = path.join(plugins, `resource-command-v${versions.commandProvider}`);
    if (this.box.commandProvider !== undefined) link(this.box.commandProvider, path.join(command, "pulumi-resource-command"));
    else await writeLauncher(command);
  }

  /** Makes the stack in the backend where it isn't there yet. */
  async selectStack(stack: string): Promise<void> {
    await this.pulumi(["stack", "select", "--create", "--stack", stack, "--non-interactive"], { stdio: "pipe" });
  }

  /** Runs the CLI on the operator host, in the lab's project folder. */
  pulumi(args: readonly string[], options: execa.Options = {}): execa.ExecaChildProcess {
    const script = 'cd "$1" && shift && exec "$@"';
    return this.operator.exec(["sh", "-c", script, "sh", this.lab.project, "pulumi", ...args], {
      stdio: "inherit",
      ...options,
      env: { ...this.environment, ...options.env },
    });
  }

  private get environment(): Record<string, string> {
    const folders = [this.box.pulumi, this.box.kubernetes, path.dirname(process.execPath), "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    return {
      PATH: folders.join(path.delimiter),
      HOME: this.lab.root,
      TMPDIR: this.lab.temporary,
      PULUMI_HOME: this.lab.pulumiHome,
      PULUMI_BACKEND_URL: `file://${this.lab.state}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: this.lab.passphrase,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // What the lab has is all there is: a plugin that is missing is an error at once and not a download that can't succeed.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
  }
}

function link(target: string, name: string): void {
  fs.mkdirSync(path.dirname(name), { recursive: true });
  fs.rmSync(name, { force: true });
  fs.symlinkSync(target, name);
}
