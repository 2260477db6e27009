/** The router twin's read-only root folder, and the content of its flash before it is first switched on. */
import execa from "execa";
import { promises as fs } from "node:fs";
import * as path from "node:path";
import { withFileLock } from "../lock";
import { unpackDebian } from "./debian";
import { buildRouterPrograms } from "./router-programs";

/** What {@link buildRouterImage} needs. */
export interface RouterImageArguments {
  /** The folder to make. One that is there already is left as it is. */
  readonly root: string;
  /** The root with the compiler; made when something must be compiled and it is missing. */
  readonly toolchainRoot: string;
  /** The cache folder of the lab: Debian archives and built programs stay in it. */
  readonly cache: string;
  /** The static binary of lab/go/firmware. */
  readonly firmwareBinary: string;
  /** Receives one line per step. */
  readonly log: (line: string) => void;
}

/** Empty folders of the image. All but /proc, /sys and /dev are the router's own to write to, and need a mount for that. */
const mountPoints = ["proc", "sys", "dev", "tmp", "var", "etc", "root", "flash", "jffs"];

/**
 * Builds the root that the router enters: BusyBox, dropbear, dnsmasq, iproute2's ip, iptables, and the firmware under the names it is
 * called by. The folder appears at once and whole.
 *
 * To switch the router on: a host of this root, whose /flash and /jffs outlive a power cut; /flash/nvram of {@link flashContent}
 * unless there is one; the LAN port's name in /etc/lan-port; then `rc boot`.
 */
export async function buildRouterImage({ root, toolchainRoot, cache, firmwareBinary, log }: RouterImageArguments): Promise<void> {
  await withFileLock(`${root}.lock`, async () => {
    if (await fs.stat(root).catch(() => undefined)) return;
    const folders = await buildRouterPrograms({ toolchainRoot, cache, log });
    const network = path.join(cache, "router", "network-root");
    await unpackDebian({ packages: ["iproute2", "iptables", "coreutils"], root: network, cache: path.join(cache, "apt"), log });
    log(`putting the router's root together in ${root}`);
    const partial = `${root}.partial`;
    await fs.rm(partial, { recursive: true, force: true });
    for (const folder of [...mountPoints, "sbin", "usr/sbin", "usr/lib", "usr/lib64"]) {
      await fs.mkdir(path.join(partial, folder), { recursive: true });
    }
    for (const name of ["lib", "lib64"]) await fs.symlink(`usr/${name}`, path.join(partial, name));
    for (const folder of folders) await fs.cp(folder, partial, { recursive: true, verbatimSymlinks: true });
    await addNetworkTools(network, partial);
    await addFirmware(firmwareBinary, partial);
    await fs.rename(partial, root);
  });
}

/** ip and iptables with the libraries that the loader says they load, at the places where it looks for them. */
async function addNetworkTools(network: string, root: string): Promise<void> {
  await fs.copyFile(path.join(network, "usr/bin/ip"), path.join(root, "usr/sbin/ip"));
  await fs.copyFile(path.join(network, "usr/sbin/xtables-nft-multi"), path.join(root, "usr/sbin/xtables-nft-multi"));
  for (const name of ["iptables", "iptables-save", "iptables-restore"]) {
    await fs.symlink("xtables-nft-multi", path.join(root, "usr/sbin", name));
  }
  const trace = [network, "/usr/bin/env", "LD_TRACE_LOADED_OBJECTS=1"];
  const listings = await Promise.all(["/usr/bin/ip", "/usr/sbin/xtables-nft-multi"].map((program) => execa("chroot", [...trace, program])));
  const libraries = new Set(listings.flatMap(({ stdout }) => stdout.match(/\/lib\S*/g) ?? []));
  // Loaded by name when a rule needs them: the targets ACCEPT and DROP, and the match for a connection's state.
  for (const extension of ["libxt_standard.so", "libxt_conntrack.so"]) {
    const found = await execa("find", [path.join(network, "usr/lib"), "-path", `*/xtables/${extension}`]);
    libraries.add(`/${path.relative(network, found.stdout)}`);
  }
  for (const library of libraries) {
    await fs.mkdir(path.join(root, path.dirname(library)), { recursive: true });
    await fs.copyFile(path.join(network, library), path.join(root, library));
  }
}

/** nvram lies where an exec over SSH does not look for it: a script that sets no PATH of its own ends with 127. */
async function addFirmware(binary: string, root: string): Promise<void> {
  await fs.copyFile(binary, path.join(root, "sbin/rc"));
  await fs.chmod(path.join(root, "sbin/rc"), 0o755);
  await fs.symlink("../../sbin/rc", path.join(root, "usr/sbin/nvram"));
  await fs.symlink("rc", path.join(root, "sbin/service"));
  await fs.writeFile(path.join(root, "usr/sbin/helper.sh"), "# Add-ons recognize Asuswrt-Merlin by this file.\n");
}

/**
 * The flash file of a router that was configured with these variables; every other one has its factory default. The format,
 * of `/flash/nvram`, is `name=value` with a NUL byte after each.
 *
 * Of use: `lan_ipaddr`, `lan_netmask`, `http_username` (not root, not admin), `http_passwd` (plain; with `sshd_pass` 1),
 * `sshd_authkeys` (public keys joined by `>`, 3500 bytes at most), `sr_enable_x`, `sr_rulelist`, `sw_mode`.
 */
export function flashContent(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\0`)
    .join("");
}
