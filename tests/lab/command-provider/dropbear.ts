import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { cacheFolder } from "../../../lab/folders";
import { unpackDebian } from "../../../lab/tools/debian";
import { scratchFolder } from "../scratch";

/** Downloads and unpacks Debian's dropbear into the cache folder, once. Installs nothing. */
async function dropbearRoot(): Promise<string> {
  const root = path.join(cacheFolder, "tools", "test-dropbear");
  await unpackDebian({ packages: ["dropbear-bin"], root, cache: path.join(cacheFolder, "apt"), log: (line) => console.log(`    ${line}`) });
  return root;
}

export const HOST_KEY_TYPES = ["ed25519", "ecdsa", "rsa"] as const;

export const USER = "homelab";
export const PASSWORD = "lab";
// crypt(3) of PASSWORD: `openssl passwd -6 -salt homelab lab`
const PASSWORD_HASH = "$6$homelab$D6P4Y9geWDgQxqv6x6EBEV8s6RZp6Ngvj3foLpCbecEiz9OdJJVAf.XQ7dUV89wjbuhCBy9rhjbIuFva2yPKo1";

export interface Dropbear {
  readonly port: number;
  /** The user's home, where commands run. */
  readonly home: string;
  readonly hostKeys: Readonly<Record<(typeof HOST_KEY_TYPES)[number], string>>;
  /** Returns the server's whole log. */
  log(): string;
  /** Returns the number of logged connections, without those of the start. */
  connections(): number;
  stop(): void;
}

/**
 * Starts a real dropbear on loopback. Its user has uid 0 and a shell, as on a router, and exists only in the server's mount namespace, where another
 * passwd and shadow hide the machine's. So keys and passwords work, and no file of the machine changes. Needs root.
 */
export async function startDropbear(authorizedKeys: readonly string[]): Promise<Dropbear> {
  if (process.getuid?.() !== 0)
    throw new Error("These tests lay a passwd file over the machine's in a mount namespace of their own: run them as root.");
  const usr = path.join(await dropbearRoot(), "usr");
  const triplet = fs.readdirSync(path.join(usr, "lib")).find((name) => name.includes("linux-gnu")) ?? "";
  const libraries = path.join(usr, "lib", triplet);
  const folder = scratchFolder("dropbear");
  const home = path.join(folder, "home");
  fs.mkdirSync(path.join(home, ".ssh"), { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(home, ".ssh", "authorized_keys"), `${authorizedKeys.join("\n")}\n`, { mode: 0o600 });
  fs.writeFileSync(path.join(folder, "passwd"), `root:x:0:0::/root:/bin/sh\n${USER}:x:0:0::${home}:/bin/sh\n`);
  fs.writeFileSync(path.join(folder, "shadow"), `root:*:19000::::::\n${USER}:${PASSWORD_HASH}:19000::::::\n`, { mode: 0o600 });

  const hostKeys = Object.fromEntries(
    HOST_KEY_TYPES.map((type) => {
      const printed = execFileSync(path.join(usr, "bin", "dropbearkey"), ["-t", type, "-f", path.join(folder, type)], {
        env: { LD_LIBRARY_PATH: libraries },
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      return [type, /^(ssh-|ecdsa-).*$/m.exec(printed)?.[0] ?? ""];
    }),
  ) as unknown as Dropbear["hostKeys"];

  const port = await freePort();
  const overlay = 'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/shadow" /etc/shadow && shift && exec "$@"';
  const keys = HOST_KEY_TYPES.flatMap((type) => ["-r", path.join(folder, type)]);
  // The libraries are for dropbear only: the machine's programs keep their own.
  const program = ["env", `LD_LIBRARY_PATH=${libraries}`, path.join(usr, "sbin", "dropbear")];
  const options = ["-F", "-E", "-p", `127.0.0.1:${port}`, "-P", path.join(folder, "pid"), ...keys];
  const child = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", overlay, "sh", folder, ...program, ...options], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await eventually("dropbear to listen", () => accepts(port));
  return {
    port,
    home,
    hostKeys,
    log: () => log,
    connections: () => log.split("Child connection from").length - 1 - OWN_CONNECTIONS,
    stop: () => stop(child, folder),
  };
}

/** The connection that found dropbear listening. */
const OWN_CONNECTIONS = 1;

function stop(child: ChildProcess, folder: string): void {
  child.kill();
  fs.rmSync(folder, { recursive: true, force: true });
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });
}

/** Returns the seconds until the keep-alive probe of each open connection to this port of loopback. */
export function keepAliveSeconds(port: number): number[] {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const [ESTABLISHED, KEEP_ALIVE] = ["01", "02"];
  return fs
    .readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , to, state, , timer]) => to === remote && state === ESTABLISHED && timer?.startsWith(`${KEEP_ALIVE}:`))
    .map(([, , , , , timer = ""]) => parseInt(timer.slice(3), 16) / TICKS);
}

/** The kernel's ticks of a second in /proc. */
const TICKS = 100;

/** Polls until `look` returns true. @throws Error naming `what` after 20 s */
export async function eventually(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`Waited 20 s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
