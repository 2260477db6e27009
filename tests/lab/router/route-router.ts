import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import type { Plan, Route, RouteRecord } from "../../../config/plan";
import { judge } from "../../../router/asus/judge";
import { type AsusReading, parseReading, query } from "../../../router/asus/reading";
import { routeCommands } from "../../../router/asus/script";
import type { Judgement, RouteCommands, RouteOptions } from "../../../router/driver";
import { route } from "../../support/routes";
import { eventually, type Outcome, type Router } from "./start-router";

export const dev = route("10.5.0.0/24", "192.168.50.11");
export const prod = route("10.6.0.0/24", "192.168.50.21", 7);
export const foreign = "<172.30.0.0>255.255.255.0>192.168.50.77>>LAN";
export const devRecord = "<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN";
export const devLive = "10.5.0.0/24 via 192.168.50.11 dev br0 metric 1";

/** Lines of shell that kill the script of the program that runs them, or only its connection. */
export const killScript = "for id in $(ps | grep '[s]h -s -- ' | cut -c 1-5); do kill -9 $id; done; exit";
export const cutConnection = `pid=$PPID; until [ "$(cat /proc/$pid/comm)" = dropbear ]; do pid=$(cut -d ' ' -f 4 /proc/$pid/stat); done; kill $pid`;

export type Action = Extract<keyof RouteCommands, "create" | "update" | "remove">;

/** Everything that a change of routes may touch. */
export interface RouteState {
  readonly list: string;
  readonly switch: string;
  readonly live: readonly string[];
  /** How often the flash was written. */
  readonly commits: number;
}

const withoutOptions: RouteOptions = { owner: "lab-dev", adopt: false, enableDormant: false };

/** A router twin as the program sees it: runs the script, answers the query, and shows the effects of a change. */
export class RouteRouter {
  constructor(readonly twin: Router) {}

  /** Runs the program's script over SSH. @param last the routes that the last run applied */
  script(action: Action, routes: readonly Route[], options: Partial<RouteOptions> = {}, last?: readonly RouteRecord[]): Promise<Outcome> {
    const lastInput = last === undefined ? undefined : routeCommands(last, withoutOptions).stdin;
    const { stdin, ...commands } = routeCommands(routes, { ...withoutOptions, ...options }, lastInput);
    return this.twin.ssh(commands[action], {}, stdin);
  }

  async state(): Promise<RouteState> {
    const say = 'echo "$(nvram get sr_enable_x) $(cat /flash/commits 2>/dev/null || echo 0)"; nvram get sr_rulelist';
    const [first = "", list = ""] = (await this.twin.console(say)).split("\n");
    const [onOff = "", commits = "0"] = first.split(" ");
    return { list, switch: onOff, live: await this.live(), commits: Number(commits) };
  }

  /** Returns the kernel's routes without the LAN's own. */
  async live(): Promise<string[]> {
    const table = await this.twin.console("ip route show");
    return table
      .split("\n")
      .filter((line) => line !== "" && !line.includes("proto kernel"))
      .map((line) => line.trim());
  }

  /** Sets nvram variables, without a commit. */
  async set(variables: Readonly<Record<string, string>>): Promise<void> {
    const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
    await this.twin.console(
      Object.entries(variables)
        .map(([name, value]) => `nvram set ${quoted(`${name}=${value}`)}`)
        .join("; "),
    );
  }

  /** Queries the router over SSH as the program does. */
  async reading(routes: readonly Route[]): Promise<AsusReading> {
    return parseReading((await this.twin.ssh(query(routes))).stdout);
  }

  /** Returns the program's judgement before it changes anything. */
  async judgement(plan: Plan, owned: readonly string[] = []): Promise<Judgement> {
    return judge({ plan, owned, reading: await this.reading(plan.routes) });
  }

  /** Puts a script in place of the firmware's nvram, which the script can call as `real`. */
  async tamper(script: string): Promise<void> {
    await this.twin.console(
      `cat >/bin/nvram <<'END'\n#!/bin/sh\nreal() { /usr/sbin/nvram "$@"; }\n${script}\nreal "$@"\nEND\nchmod +x /bin/nvram`,
    );
  }

  /** Puts a script in place of a program of the firmware, which it calls at its end. */
  async tamperProgram(program: "/usr/bin/printf" | "/sbin/service" | "/usr/sbin/dnsmasq", script: string): Promise<void> {
    const file = `/bin/${program.split("/").at(-1)}`;
    await this.twin.console(`cat >${file} <<'END'\n#!/bin/sh\n${script}\nexec ${program} "$@"\nEND\nchmod +x ${file}`);
  }

  /** Tampers with what is written to files whose path has a text. */
  tamperWrites(to: string, script: string): Promise<void> {
    return this.tamperProgram("/usr/bin/printf", `case $(ls -l /proc/$$/fd/1) in *${to}*) ${script} ;; esac`);
  }

  /** Ends all programs of a name. */
  async endPrograms(name: string): Promise<void> {
    await this.twin.console(
      `for folder in /proc/[0-9]*; do [ "$(cat $folder/comm 2>/dev/null)" != ${name} ] || kill -9 \${folder#/proc/}; done`,
    );
  }

  /** Waits until a file exists. */
  async reached(file: string): Promise<void> {
    await eventually(`${file} on the router`, async () => (await this.twin.console(`ls ${file} 2>&1 || true`)) === file);
  }

  /** Waits until no change of routes holds the lock. */
  async unlocked(): Promise<void> {
    await eventually("the lock's end", async () => !(await this.twin.console("ls /tmp")).includes("homelab-network.lock"));
  }

  /** Asserts that the next run on the healthy router adds the route of `dev` beside the unmanaged one, and leaves nothing behind. */
  async recovers(adopt = false): Promise<void> {
    await this.twin.console("rm -f /bin/nvram");
    assert.equal((await this.script("create", [dev], { adopt })).stderr, "");
    const { list, live } = await this.state();
    assert.equal(list, foreign + devRecord);
    assert.ok(live.includes(devLive));
    assert.doesNotMatch(await this.twin.console("ls /tmp"), /homelab-network/);
  }

  /**
   * Opens a port on the machine's loopback that leads to the router's SSH server, through the client host. `cut` ends the current connections, as a
   * router or a switch would.
   */
  async port(): Promise<{ port: number; cut(): void; close(): void }> {
    const open = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      const stream = this.twin.dial();
      open.add(socket);
      socket.pipe(stream).pipe(socket);
      const end = () => {
        open.delete(socket);
        socket.destroy();
        stream.destroy();
      };
      socket.on("close", end).on("error", end);
      stream.on("close", end);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const cut = () => open.forEach((socket) => socket.destroy());
    return { port: (server.address() as net.AddressInfo).port, cut, close: () => (cut(), void server.close()) };
  }
}
