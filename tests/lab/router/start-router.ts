/** Runs a router twin without a lab: one router at a time, on a LAN with a client host that connects to it by SSH. */
import { once } from "node:events";
import * as fs from "node:fs";
import type { Socket } from "node:net";
import * as path from "node:path";
import { Client, type ConnectConfig } from "ssh2";
import { type LabFolders, labFolders } from "../../../lab/folders";
import { Host } from "../../../lab/host";
import { removeLab } from "../../../lab/lab";
import { Lan, routerPort } from "../../../lab/lan";
import { Progress } from "../../../lab/progress";
import { type Firmware, RouterHost } from "../../../lab/router";
import { type Toolbox, provideTools } from "../../../lab/tools/toolbox";
import { until } from "../../../lab/wait";
import { parseCidr } from "../../../config/address/address";
import type { Route } from "../../../config/plan";
import { ed25519 } from "../../../lab/ssh-key";
import { LanClient } from "../../support/lan-client";
import { Relay } from "./relay";

const routerSeat = { name: "router", address: "192.168.50.1", user: "homelab", port: 22 };
const clientAddresses = [100, 101, 102, 103].map((host) => `192.168.50.${host}`);
/** The client also has the nodes' addresses, so that the router finds its gateways. */
const nodeAddresses = [11, 12, 21].map((host) => `192.168.50.${host}`);
export const user = routerSeat.user;
export const fullPath = "PATH=/bin:/usr/bin:/sbin:/usr/sbin;";
export const key = ed25519();

/** An SSH server of the router's image. */
export type SshServer = "dropbear" | "dropbear-older";

/** The output and exit status of a command. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Polls until there is an answer. */
export function eventually<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  return until(what, ask, { deadline: 15_000, interval: 50 });
}

/** A LAN with a client and a free port for a router, in a lab folder of its own. */
export class RouterBench {
  private readonly lan: Lan;
  private readonly client: Host;
  private readonly switchHost: Host;
  private relay: Relay | undefined;
  /** The host keys that the first router made, by file name. */
  private readonly hostKeys = new Map<string, Buffer>();

  private constructor(
    private readonly folders: LabFolders,
    private readonly box: Toolbox,
  ) {
    this.switchHost = new Host(folders, "switch");
    this.client = new Host(folders, "client");
    this.lan = new Lan(this.switchHost);
  }

  /** Sets up the bench. Removes the remains of a crashed run first. @param name the lab's */
  static async raise(name: string): Promise<RouterBench> {
    const bench = new RouterBench(labFolders(name), await provideTools(new Progress()));
    await bench.remove();
    const machine = { root: "/", init: bench.box.init };
    await Promise.all([bench.switchHost, bench.client].map((host) => host.powerOn(machine)));
    await bench.lan.raise();
    await bench.lan.plug(bench.client, routerPort + 1);
    for (const address of [...clientAddresses, ...nodeAddresses]) await Lan.configure(bench.client, { address, prefix: 24 });
    bench.relay = await Relay.start(bench.client, clientAddresses, routerSeat);
    return bench;
  }

  /**
   * Starts a router with factory settings and these nvram variables. Removes an earlier router, and gives the new one its host keys, because a
   * router takes half a second to make them.
   *
   * @param sshServer the program that runs as /usr/sbin/dropbear: the current release, or that of older firmware
   */
  async router(
    settings: Readonly<Record<string, string>> = {},
    sshServer: SshServer = "dropbear",
    firmware: Firmware = "merlin",
  ): Promise<Router> {
    const lan = parseCidr("192.168.50.0/24");
    if (!lan.ok) throw new Error(lan.rule);
    const twin = new RouterHost(this.folders, { router: routerSeat, lan: lan.value }, this.box);
    await twin.host.powerOff();
    fs.rmSync(twin.host.folder, { recursive: true, force: true });
    twin.prepare(key.public, settings, firmware);
    const keys = twin.host.dataPath("/jffs/.ssh");
    if (this.hostKeys.size > 0) fs.mkdirSync(keys, { recursive: true, mode: 0o700 });
    for (const [name, content] of this.hostKeys) fs.writeFileSync(path.join(keys, name), content, { mode: 0o600 });
    if (this.relay === undefined) throw new Error("The bench is not raised.");
    const router = new Router(twin, this.lan, this.relay, sshServer);
    await router.switchOn();
    if (this.hostKeys.size === 0) for (const name of fs.readdirSync(keys)) this.hostKeys.set(name, fs.readFileSync(path.join(keys, name)));
    return router;
  }

  /** The client host as a device that uses the router's DHCP and DNS. */
  get device(): LanClient {
    return new LanClient(this.client, this.box.routerRoot);
  }

  async remove(): Promise<void> {
    this.relay?.stop();
    await removeLab(this.folders);
  }
}

export class Router {
  constructor(
    private readonly twin: RouterHost,
    private readonly lan: Lan,
    private readonly relay: Relay,
    private readonly sshServer: SshServer,
  ) {}

  async switchOn(): Promise<void> {
    await this.twin.powerOn();
    if (this.sshServer !== "dropbear") await this.console(`ln -sf ${this.sshServer} /usr/sbin/dropbear`);
    await this.lan.plug(this.twin.host, routerPort);
    await this.twin.boot();
  }

  /** Cuts the power. Every process and namespace of the router has ended when this returns. */
  switchOff(): Promise<void> {
    return this.twin.host.powerOff();
  }

  /** Adds routes as on the router's page. */
  enter(routes: readonly Route[]): Promise<void> {
    return this.twin.enter(routes);
  }

  /** Returns the machine's path of a file in the flash. */
  flashFile(name: string): string {
    return this.twin.host.dataPath(`/flash/${name}`);
  }

  /** Waits for the SSH server's greeting. */
  async answering(): Promise<void> {
    await eventually("the router's SSH server", async () => {
      const stream = this.dial();
      const [data] = (await Promise.race([once(stream, "data"), once(stream, "close")])) as [unknown];
      stream.destroy();
      return String(data).startsWith("SSH-2.0-dropbear");
    });
  }

  /** Opens a connection from the client host, without a login. */
  dial(from = clientAddresses[0]!): Socket {
    return this.relay.dial(from);
  }

  /** Logs in, by default with the key. Rejects if the router refuses. */
  async connect(config: ConnectConfig = { username: user, privateKey: key.private }): Promise<Client> {
    const stream = this.dial();
    const client = new Client();
    await new Promise<void>((resolve, reject) => {
      client.once("ready", resolve).on("error", reject);
      client.on("close", () => (stream.destroy(), reject(new Error("The router closed the connection."))));
      client.connect({ ...config, sock: stream });
    }).catch((error: unknown) => {
      stream.destroy();
      throw error;
    });
    return client;
  }

  /** Runs one command over SSH, on a connection of its own. */
  async ssh(command: string, env: Record<string, string> = {}, input = ""): Promise<Outcome> {
    const client = await this.connect();
    try {
      return await new Promise((resolve, reject) => {
        client.exec(command, { env }, (error, channel) => {
          if (error) return reject(error);
          let stdout = "";
          let stderr = "";
          channel.on("data", (data: Buffer) => (stdout += data.toString()));
          channel.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
          channel.end(input);
          channel.on("close", (code: number | null) => resolve({ stdout, stderr, code: code ?? -1 }));
        });
      });
    } finally {
      client.end();
    }
  }

  /** Runs one command as if at the router's serial console: with root's full PATH, and without SSH, which could be cut. */
  async console(command: string): Promise<string> {
    return (await this.twin.host.exec(["sh", "-c", command])).stdout;
  }
}
