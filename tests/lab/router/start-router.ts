/** The router twin by itself, for tests: its image built once, its namespaces and a client's beside it, SSH from the one to the other. */
import execa from "execa";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { promises as fs } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Duplex } from "node:stream";
import { Client, type ConnectConfig, utils } from "ssh2";
import { buildRouterImage, flashContent } from "../../../lab/tools/router-image";

export const routerAddress = "192.168.50.1";
export const user = "homelab";
export const fullPath = "PATH=/bin:/usr/bin:/sbin:/usr/sbin;";
export const key = utils.generateKeyPairSync("ed25519");
const clientAddresses = [100, 101, 102, 103].map((host) => `192.168.50.${host}`);

/** What a command left: its output, and what it ended with. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Asks until the answer is there. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`Gave up after 15 s waiting for ${what}.`);
}

/** Everything a run of tests makes, in one folder that goes with it. */
export class RouterBench {
  private readonly routers: Router[] = [];

  private constructor(
    private readonly folder: string,
    private readonly client: ChildProcess,
  ) {}

  static async build(log: (line: string) => void): Promise<RouterBench> {
    const cache = path.join(os.homedir(), ".cache", "homelab-network");
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "homelab-router-"));
    const firmwareBinary = path.join(folder, "firmware");
    const source = path.join(__dirname, "../../../lab/go/firmware");
    await execa("go", ["build", "-o", firmwareBinary, "."], { cwd: source, env: { CGO_ENABLED: "0" } });
    const toolchainRoot = path.join(cache, "router", "toolchain");
    await buildRouterImage({ root: path.join(folder, "image"), toolchainRoot, cache, firmwareBinary, log });
    // The client's namespace lives as long as this process' end of the pipe.
    const client = spawn("unshare", ["--net", "sh", "-c", "ip link set lo up; echo ready; exec cat"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(client.stdout, "data");
    return new RouterBench(folder, client);
  }

  /** A router of its own flash, switched on. */
  async router(variables: Record<string, string> = {}): Promise<Router> {
    const disk = await fs.mkdtemp(path.join(this.folder, "router-"));
    for (const name of ["flash", "jffs", "run"]) await fs.mkdir(path.join(disk, name));
    const configured = { http_username: user, sshd_authkeys: key.public, ...variables };
    await fs.writeFile(path.join(disk, "flash", "nvram"), flashContent(configured));
    const router = new Router(path.join(this.folder, "image"), disk, this.client.pid!);
    this.routers.push(router);
    await router.switchOn();
    return router;
  }

  async remove(): Promise<void> {
    for (const router of this.routers) await router.switchOff();
    this.client.stdin!.end();
    await once(this.client, "exit");
    await fs.rm(this.folder, { recursive: true });
  }
}

const enterImage = `
  set -e
  image=$1; disk=$2
  read -r pid rest </proc/self/stat
  mount -t tmpfs tmpfs "$disk/run"
  cd "$disk/run"
  mkdir upper work root
  mount -t overlay overlay -o "lowerdir=$image,upperdir=upper,workdir=work" root
  mount -t proc proc root/proc
  mount -t sysfs sysfs root/sys
  mount -t tmpfs tmpfs root/dev
  for node in null zero random urandom tty; do : >"root/dev/$node"; mount --bind "/dev/$node" "root/dev/$node"; done
  mkdir root/dev/pts
  mount -t devpts -o newinstance,ptmxmode=0666 devpts root/dev/pts
  ln -s pts/ptmx root/dev/ptmx
  mount --bind "$disk/flash" root/flash
  mount --bind "$disk/jffs" root/jffs
  echo eth0 >root/etc/lan-port
  echo "$pid"
  read -r linked
  exec chroot root /sbin/init`;

export class Router {
  private process: ChildProcess | undefined;
  private pid = 0;

  constructor(
    private readonly image: string,
    readonly disk: string,
    private readonly clientPid: number,
  ) {}

  async switchOn(): Promise<void> {
    const isolate = ["--net", "--pid", "--mount", "--propagation", "private", "--fork", "--kill-child"];
    const router = spawn("unshare", [...isolate, "sh", "-c", enterImage, "sh", this.image, this.disk], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.process = router;
    const [line] = (await Promise.race([once(router.stdout, "data"), once(router, "exit")])) as [unknown];
    this.pid = Number(String(line));
    const client = (...args: string[]) => execa("nsenter", [`--net=/proc/${this.clientPid}/ns/net`, "ip", ...args]);
    await client("link", "add", "lan", "type", "veth", "peer", "name", "eth0", "netns", `/proc/${this.pid}/ns/net`);
    for (const address of clientAddresses) await client("addr", "add", `${address}/24`, "dev", "lan");
    await client("link", "set", "lan", "up");
    router.stdin.write("linked\n");
    await this.answering();
  }

  /** Waits for the SSH server's greeting. */
  async answering(): Promise<void> {
    await eventually("the router's SSH server", async () => {
      const { process, stream } = this.dial();
      const greeting = once(stream, "data").catch(() => [""]);
      const [data] = (await Promise.race([greeting, once(process, "exit").then(() => [""])])) as [unknown];
      process.kill();
      return String(data).startsWith("SSH-2.0-dropbear");
    });
  }

  /** Cuts the power: every process and namespace of the router is gone when this returns. */
  async switchOff(): Promise<void> {
    if (this.process === undefined) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await ended;
    this.process = undefined;
    await eventually("the cable to go with the router", async () => {
      const lan = await execa("nsenter", [`--net=/proc/${this.clientPid}/ns/net`, "ip", "link", "show", "lan"], { reject: false });
      return lan.exitCode !== 0;
    });
  }

  /** A connection from the client host, before anyone says who they are. */
  dial(from = clientAddresses[0]!): { process: ChildProcess; stream: Duplex } {
    const relay = `
      const socket = require("net").connect({ host: "${routerAddress}", port: 22, localAddress: "${from}" });
      socket.on("error", () => process.exit(1)).on("close", () => process.exit(0));
      process.stdin.pipe(socket).pipe(process.stdout);`;
    const child = spawn("nsenter", [`--net=/proc/${this.clientPid}/ns/net`, process.execPath, "-e", relay], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    child.stdin.on("error", () => undefined);
    return { process: child, stream: Duplex.from({ readable: child.stdout, writable: child.stdin }).on("error", () => undefined) };
  }

  /** Logs in, by the key unless told otherwise, and rejects when the router refuses. */
  async connect(config: ConnectConfig = { username: user, privateKey: key.private }): Promise<Client> {
    const { process, stream } = this.dial();
    const client = new Client();
    client.on("close", () => process.kill());
    await new Promise<void>((resolve, reject) => {
      client.once("ready", resolve).on("error", reject);
      client.connect({ ...config, sock: stream });
    }).catch((error: unknown) => {
      process.kill();
      throw error;
    });
    return client;
  }

  /** Runs one command over SSH, on a connection of its own. */
  async ssh(command: string, env: Record<string, string> = {}): Promise<Outcome> {
    const client = await this.connect();
    try {
      return await new Promise((resolve, reject) => {
        client.exec(command, { env }, (error, channel) => {
          if (error) return reject(error);
          let stdout = "";
          let stderr = "";
          channel.on("data", (data: Buffer) => (stdout += data.toString()));
          channel.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
          channel.on("close", (code: number | null) => resolve({ stdout, stderr, code: code ?? -1 }));
        });
      });
    } finally {
      client.end();
    }
  }

  /** Runs one command as if at the router's serial console: root's full PATH, and no SSH that could be cut. */
  async console(command: string): Promise<string> {
    const enter = [
      "--target",
      String(this.pid),
      "--mount",
      "--net",
      "--pid",
      "--root",
      "--wd=/",
      "/bin/sh",
      "-c",
      `${fullPath} ${command}`,
    ];
    return (await execa("nsenter", enter)).stdout;
  }
}
