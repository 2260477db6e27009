/** A real SSH agent, where the machine has one. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { eventually } from "./start-router";

const here = (program: string) => (process.env["PATH"] ?? "").split(":").some((folder) => fs.existsSync(path.join(folder, program)));

export class Agent {
  static readonly isHere = here("ssh-agent") && here("ssh-add");

  private constructor(
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  /** Starts an agent without keys. */
  static async start(): Promise<Agent> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "agent-"));
    const socket = path.join(folder, "socket");
    const agent = new Agent(folder, spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" }));
    await eventually("the agent's socket", () => Promise.resolve(fs.existsSync(socket)));
    return agent;
  }

  get socket(): string {
    return path.join(this.folder, "socket");
  }

  add(privateKey: string): void {
    const { status, stderr } = spawnSync("ssh-add", ["-"], { input: privateKey, env: { ...process.env, SSH_AUTH_SOCK: this.socket } });
    if (status !== 0) throw new Error(`ssh-add: ${stderr.toString()}`);
  }

  stop(): void {
    this.process.kill();
    fs.rmSync(this.folder, { recursive: true });
  }
}
