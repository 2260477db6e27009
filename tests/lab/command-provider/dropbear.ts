import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { utils } from "ssh2";

export interface DropbearTools {
  readonly dropbear: string;
  readonly dropbearkey: string;
  /** Where unpacked libraries lie, for LD_LIBRARY_PATH. */
  readonly libraries: string;
}

/**
 * The one place that says where dropbear is: the executable named by DROPBEAR_BIN, in a tree laid out as Debian's `usr`, or else Debian's packages,
 * fetched and unpacked once into the cache folder: nothing is installed.
 */
export function dropbearTools(): DropbearTools {
  const { DROPBEAR_BIN: named, XDG_CACHE_HOME: cache = path.join(os.homedir(), ".cache") } = process.env;
  const usr =
    named === undefined
      ? path.join(unpacked(path.join(cache, "homelab-network", "test-dropbear")), "usr")
      : path.join(path.dirname(named), "..");
  const libraries = fs.readdirSync(path.join(usr, "lib")).find((name) => name.includes("linux-gnu")) ?? "";
  const dropbear = named ?? path.join(usr, "sbin", "dropbear");
  return { dropbear, dropbearkey: path.join(usr, "bin", "dropbearkey"), libraries: path.join(usr, "lib", libraries) };
}

function unpacked(root: string): string {
  if (fs.existsSync(root)) return root;
  fs.mkdirSync(path.dirname(root), { recursive: true });
  const fresh = fs.mkdtempSync(`${root}.`);
  execFileSync("apt-get", ["-q", "download", "dropbear-bin", "libtomcrypt1", "libtommath1"], { cwd: fresh, stdio: "ignore" });
  for (const file of fs.readdirSync(fresh)) execFileSync("dpkg-deb", ["-x", file, "."], { cwd: fresh });
  fs.renameSync(fresh, root);
  return root;
}

export const HOST_KEY_TYPES = ["ed25519", "ecdsa", "rsa"] as const;

/** An ed25519 pair. ssh2 1.17 makes about one in 150 that neither it nor OpenSSH can read; those are made again. */
export function ed25519(): ReturnType<typeof utils.generateKeyPairSync> {
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519");
    if (![pair.private, pair.public].some((text) => utils.parseKey(text) instanceof Error)) return pair;
  }
}

export const USER = "homelab";
export const PASSWORD = "lab";
// crypt(3) of PASSWORD: `openssl passwd -6 -salt homelab lab`
const PASSWORD_HASH = "$6$homelab$D6P4Y9geWDgQxqv6x6EBEV8s6RZp6Ngvj3foLpCbecEiz9OdJJVAf.XQ7dUV89wjbuhCBy9rhjbIuFva2yPKo1";

export interface Dropbear {
  readonly port: number;
  /** The user's home, where commands run. */
  readonly home: string;
  readonly hostKeys: Readonly<Record<(typeof HOST_KEY_TYPES)[number], string>>;
  /** Everything that the server has said so far. */
  log(): string;
  /** Connections that it has logged, but for those of the start. */
  connections(): number;
  stop(): void;
}

/**
 * A real dropbear on loopback. Its user, with uid 0 and a shell as on a router, exists in its own mount namespace only, where another passwd and
 * shadow lie over the machine's: so both a key and a password work, and no file of the machine is touched. Needs root.
 */
export async function startDropbear(authorizedKeys: readonly string[]): Promise<Dropbear> {
  if (process.getuid?.() !== 0)
    throw new Error("These tests lay a passwd file over the machine's in a mount namespace of their own: run them as root.");
  const { dropbear, dropbearkey, libraries } = dropbearTools();
  const env = { ...process.env, LD_LIBRARY_PATH: libraries };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "dropbear-"));
  const home = path.join(folder, "home");
  fs.mkdirSync(path.join(home, ".ssh"), { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(home, ".ssh", "authorized_keys"), `${authorizedKeys.join("\n")}\n`, { mode: 0o600 });
  fs.writeFileSync(path.join(folder, "passwd"), `root:x:0:0::/root:/bin/sh\n${USER}:x:0:0::${home}:/bin/sh\n`);
  fs.writeFileSync(path.join(folder, "shadow"), `root:*:19000::::::\n${USER}:${PASSWORD_HASH}:19000::::::\n`, { mode: 0o600 });

  const hostKeys = Object.fromEntries(
    HOST_KEY_TYPES.map((type) => {
      const said = execFileSync(dropbearkey, ["-t", type, "-f", path.join(folder, type)], {
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      return [type, /^(ssh-|ecdsa-).*$/m.exec(said)?.[0] ?? ""];
    }),
  ) as unknown as Dropbear["hostKeys"];

  const port = await freePort();
  const overlay = 'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/shadow" /etc/shadow && shift && exec "$@"';
  const keys = HOST_KEY_TYPES.flatMap((type) => ["-r", path.join(folder, type)]);
  const server = [dropbear, "-F", "-E", "-p", `127.0.0.1:${port}`, "-P", path.join(folder, "pid"), ...keys];
  const child = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", overlay, "sh", folder, ...server], {
    env,
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

/** The one that found dropbear listening. */
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

/** Polls until `look` says yes. @throws Error naming `what` after 20 s. */
export async function eventually(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`Waited 20 s for ${what}, in vain.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
