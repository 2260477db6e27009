import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { endProcesses, makeCgroup, removeCgroup, unified } from "./cgroups";
import { UserError } from "../config/user-error";
import { type LabFolders } from "./folders";
import { writeAtomically } from "../config/files";
import { type ProcessIdentity, identity, isAlive } from "./process";
import { until } from "./wait";

/** Settings of Go programs, which are most of a lab. Rarer garbage collection saves a fifth of their CPU time. */
export const goSettings = { GOGC: "400" } as const;

/** The environment of every process on a host. */
const environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", ...goSettings } as const;

const namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid"] as const;

export interface HostImage {
  /** The read-only image below the host's own root; "/" stands for the machine's root. */
  readonly root: string;
  /** The program that becomes the host's process 1: it waits, and reaps orphaned processes. */
  readonly init: string;
  /** Folders that outlive a reboot of the host. */
  readonly data?: readonly string[];
  /** Folders of the machine that are visible on the host, read-only. */
  readonly shared?: ReadonlyArray<{ readonly from: string; readonly to: string }>;
}

/**
 * A machine of the lab, with its own processes, network, mounts and names, in a cgroup of its own. All of its processes end with its process 1,
 * and so do its links and mounts, so that nothing of the host remains.
 */
export class Host {
  readonly folder: string;
  readonly cgroup: string;

  constructor(
    lab: LabFolders,
    readonly name: string,
  ) {
    this.folder = path.join(lab.root, "hosts", name);
    this.cgroup = `${lab.cgroup}/${name}`;
  }

  private get identityFile(): string {
    return path.join(this.folder, "process.json");
  }

  /** Process 1 of the host, with its id on the machine; undefined while the host is off. */
  get process(): ProcessIdentity | undefined {
    try {
      const who = JSON.parse(fs.readFileSync(this.identityFile, "utf8")) as ProcessIdentity;
      return isAlive(who) ? who : undefined;
    } catch {
      return undefined;
    }
  }

  get isOn(): boolean {
    return this.process !== undefined;
  }

  /** Returns the machine's path of a file in one of the host's data folders. */
  dataPath(file: string): string {
    return path.join(this.folder, "data", file);
  }

  /** Powers the host on: creates its namespaces, root and process 1. The LAN plugs in its network card. */
  async powerOn(image: HostImage): Promise<void> {
    if (this.isOn) return;
    // An interrupted run may have left an unrecorded host with this name, and there must not be two.
    await endProcesses(this.cgroup);
    fs.mkdirSync(this.folder, { recursive: true });
    const entries = makeCgroup(this.processCgroup);
    const log = fs.openSync(path.join(this.folder, "init.log"), "w");
    // The shell joins the cgroups before it creates the namespaces, so that every process of the host starts in them.
    const join = entries.map((file) => `echo $$ > '${file}'`).join("; ");
    const child = spawn(
      "sh",
      [
        "-c",
        `${join}; exec unshare --fork --kill-child --propagation private ${namespaces.join(" ")} -- "$@"`,
        "sh",
        "sh",
        path.join(__dirname, "host-init.sh"),
        this.name,
        image.root,
        this.folder,
        image.init,
        ...(image.data ?? []),
        ...(image.shared ?? []).map(({ from, to }) => `${from}:${to}`),
      ],
      { detached: true, stdio: ["ignore", log, log], env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } },
    );
    fs.closeSync(log);
    child.unref();
    const outer = child.pid;
    if (outer === undefined) throw new UserError(`${this.name}: the host's first process could not be started`);
    // Ready when the host's script has become its init. If the script has ended, its log says why.
    const inner = await until(
      `${this.name}'s init`,
      () => {
        if (child.exitCode !== null) return "failed" as const;
        const pid = Number(fs.readFileSync(`/proc/${outer}/task/${outer}/children`, "utf8").trim().split(" ")[0]);
        return Number.isInteger(pid) && pid > 0 && fs.readFileSync(`/proc/${pid}/comm`, "utf8").trim() === initName(image)
          ? pid
          : undefined;
      },
      { interval: 20, deadline: 30_000 },
    );
    if (inner === "failed") {
      // The first line has the reason; mount adds hints after it.
      const log = fs.readFileSync(path.join(this.folder, "init.log"), "utf8").trim();
      throw new UserError(`${this.name}: the host did not start: ${log.split("\n")[0] || "no reason given"}`);
    }
    writeAtomically(this.identityFile, JSON.stringify(identity(inner)));
    await this.exec(["ip", "link", "set", "lo", "up"]);
  }

  /** Cuts the power: kills every process of the host at once. Network and mounts end with them. */
  async powerOff(): Promise<void> {
    await endProcesses(this.cgroup);
    await removeCgroup(this.cgroup);
    fs.rmSync(this.identityFile, { force: true });
  }

  /** Runs a command on the host, with the hosts' environment and the given variables. */
  exec(argv: readonly string[], options: execa.Options = {}): execa.ExecaChildProcess {
    return this.enter("nsenter", [...this.entry(), "--", ...argv], options);
  }

  /** Runs a command as {@link exec} does, but ignores a terminal's signals until the command has ended, because nsenter would end at once. */
  attend(argv: readonly string[], options: execa.Options = {}): execa.ExecaChildProcess {
    return this.enter("sh", ["-c", 'trap "" HUP INT TERM; exec "$@"', "sh", "nsenter", ...this.entry(), "--", ...argv], options);
  }

  private enter(program: string, argv: readonly string[], options: execa.Options): execa.ExecaChildProcess {
    return execa(program, argv, {
      ...(options.stdio === undefined ? { stdin: "ignore" } : {}),
      extendEnv: false,
      ...options,
      env: { ...environment, LANG: "C.UTF-8", TERM: process.env["TERM"] ?? "dumb", ...options.env },
    });
  }

  /** Runs a program of the machine, with the machine's files, in the host's network namespace. */
  onNetwork(argv: readonly string[], options: execa.Options = {}): execa.ExecaChildProcess {
    return execa("nsenter", ["--target", String(this.pid), "--net", "--", ...argv], options);
  }

  /**
   * Starts a daemon in the host's cgroup. Its output goes to /var/log/NAME.log of the host, its id to /run/NAME.pid. It is a child of the host's
   * init, and outlives the caller.
   */
  async daemon(name: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
    const join = makeCgroup(this.processCgroup)
      .map((file) => `echo $$ > '${file}'`)
      .join("; ");
    const script = `setsid "$@" </dev/null >>/var/log/${name}.log 2>&1 & echo $! >/run/${name}.pid`;
    await execa("sh", ["-c", `${join}; exec nsenter "$@"`, "sh", ...this.entry(), "--", "sh", "-c", script, "sh", ...argv], {
      stdio: "ignore",
      extendEnv: false,
      env: { ...environment, ...env },
    });
  }

  /** Whether the daemon of this name is running. */
  async runs(name: string): Promise<boolean> {
    const { exitCode } = await this.exec(["sh", "-c", `kill -0 "$(cat /run/${name}.pid)"`], { reject: false });
    return exitCode === 0;
  }

  private entry(): string[] {
    return ["--target", String(this.pid), ...namespaces];
  }

  private get pid(): number {
    const who = this.process;
    if (who === undefined) throw new UserError(`${this.name} is off: start it with "make lab"`);
    return who.pid;
  }

  /** The cgroup for processes. On v2 a group with children cannot have processes of its own, so they get a group beside kubelet's. */
  private get processCgroup(): string {
    return unified ? `${this.cgroup}/host` : this.cgroup;
  }
}

const initName = (image: HostImage): string => (image.root === "/" ? path.basename(image.init) : "init");
