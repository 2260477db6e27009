import assert from "node:assert/strict";
import type { Lab } from "../../lab/lab";
import { until } from "../../lab/wait";
import { pulumi } from "./lab";
import { printed, StackEdit } from "./stack-edit";

/** The parts of the router that a stack's route changes. */
export interface RouterState {
  readonly list: string;
  readonly switch: string;
  /** How often the flash was written. */
  readonly commits: number;
  /** The routing table's routes into 10.0.0.0/8, which has the pools. */
  readonly live: readonly string[];
}

/** A stack of a lab and its router: runs the engine, and reads the router. */
export class RoutedStack {
  readonly edited: StackEdit;

  constructor(
    private readonly lab: Lab,
    private readonly stack: string,
  ) {
    this.edited = new StackEdit(lab, stack);
  }

  /** Runs a command on the router's console. */
  async router(command: string): Promise<string> {
    return (await this.lab.router.host.exec(["sh", "-c", command])).stdout;
  }

  /** Wraps the firmware's nvram in a script with a line of shell before it. */
  tamper(line: string): Promise<string> {
    return this.router(`cat >/bin/nvram <<'END'\n#!/bin/sh\n${line}\nexec /usr/sbin/nvram "$@"\nEND\nchmod +x /bin/nvram`);
  }

  async state(): Promise<RouterState> {
    const ask = "nvram get sr_rulelist; nvram get sr_enable_x; cat /flash/commits 2>/dev/null || echo 0; ip route show";
    const [list = "", onOff = "", commits = "", ...table] = (await this.router(ask)).split("\n");
    const live = table.map((line) => line.trim()).filter((line) => line.startsWith("10."));
    return { list, switch: onOff, commits: Number(commits), live };
  }

  /**
   * Powers the stack's master off. Unplugs it first: otherwise the kernel still refuses connections for a moment after its processes have ended, and
   * for two minutes if a TCP connection has sent data without an acknowledgement.
   */
  async powerOffMaster(): Promise<void> {
    const cluster = this.lab.cluster(this.stack);
    const ping = `ping -c 1 -W 1 ${cluster.nodes[0]?.spec.address} >&2 || echo gone`;
    await this.lab.lan.cut(cluster.master);
    await cluster.master.powerOff();
    await until("the master to leave the network", async () => (await this.router(ping)) === "gone");
  }

  async offTheNetwork(work: () => Promise<void>): Promise<void> {
    await this.router("ip link set eth0 down");
    await work().finally(() => this.router("ip link set eth0 up"));
  }

  up(...args: string[]): Promise<string> {
    return pulumi(this.lab, this.stack, ["up", "--yes", "--skip-preview", ...args]);
  }

  preview(...args: string[]): Promise<string> {
    return pulumi(this.lab, this.stack, ["preview", ...args]);
  }

  nothingToDo(): Promise<string> {
    return this.preview("--expect-no-changes");
  }

  /** Returns the output of a failed run. */
  failure(run: Promise<string>): Promise<string> {
    return run.then(
      () => assert.fail("the run went through"),
      (error: Error) => error.message,
    );
  }

  /** Returns the findings of a run that failed before it changed anything. */
  async refusals(run: Promise<string>): Promise<string[]> {
    const output = await this.failure(run);
    const [first, ...findings] = printed(output);
    assert.match(first ?? "", /lab-\w+ cannot be deployed:/, output);
    return findings.map((finding) => finding.trim());
  }

  /** Returns the only finding of such a run. */
  async refusal(run: Promise<string>): Promise<string> {
    const [only = "", ...more] = await this.refusals(run);
    assert.deepEqual(more, []);
    return only;
  }

  /** Returns the place of a text in the stack file, with which findings begin. */
  at(text: string): string {
    return `Pulumi.${this.stack}.yaml:${this.edited.lineOf(text)}: `;
  }
}
