/** BusyBox, dropbear and dnsmasq, built from Debian's sources as the router's firmware has them: what it lacks is not in the binary. */
import { createHash } from "node:crypto";
import { promises as fs } from "node:fs";
import * as path from "node:path";
import { withFileLock } from "../lock";
import type { DebianSource } from "./apt";
import { fetchDebianSource, runInRoot, unpackDebian } from "./debian";

/** What a root must hold to build the programs, static ones, in it. */
const toolchainPackages = "gcc libc6-dev make patch tar bzip2 xz-utils dash grep sed gawk findutils diffutils coreutils".split(" ");

/**
 * BusyBox options that are on; every other one is off. Of the applets only those that the firmware of both makes has. Left out
 * on purpose: the shell's `command` (ASH_CMDCMD), tr's character classes (FEATURE_TR_CLASSES), flock, base64, mktemp, timeout,
 * stat, id, realpath, seq, the SHA sums; and diff, wget, nc and getopts, which differ between builds. The shell does not
 * prefer its own applets (FEATURE_SH_STANDALONE is off): it finds them on PATH.
 */
const busyboxOptions = `
  STATIC LONG_OPTS BUSYBOX USE_BB_PWD_GRP NO_DEBUG_LIB INSTALL_APPLET_SYMLINKS FEATURE_BUFFERS_USE_MALLOC
  FEATURE_EDITING FEATURE_TAB_COMPLETION FEATURE_SH_MATH
  SHELL_ASH ASH SH_IS_ASH BASH_IS_NONE ASH_ALIAS ASH_INTERNAL_GLOB
  AWK CAT CHMOD CMP CP CUT DATE ECHO EGREP FALSE FGREP GREP HEAD IFCONFIG FEATURE_IFCONFIG_STATUS KILL LN LOGGER
  LS FEATURE_LS_FILETYPES FEATURE_LS_TIMESTAMPS FEATURE_LS_USERNAME MD5SUM MKDIR MV PING FEATURE_FANCY_PING PRINTF PS RM RMDIR
  ROUTE SED SLEEP SORT TAIL TEST TEST1 TOUCH TR TRUE UDHCPC UNAME WC XARGS`
  .trim()
  .split(/\s+/);

/** The firmware's limits (3 tries, 3 connections of an address and 9 in all that have not logged in); the PATH is stock firmware's. */
const dropbearOptions = `
#define MAX_AUTH_TRIES 3
#define MAX_UNAUTH_PER_IP 3
#define MAX_UNAUTH_CLIENTS 9
#define DEFAULT_PATH "/usr/bin:/bin"
#define DEFAULT_ROOT_PATH "/usr/bin:/bin"
#define DROPBEAR_SFTPSERVER 0
#define DO_MOTD 0
`;

const buildBusybox = `
  set -e
  cd /build
  make -s allyesconfig >/dev/null
  awk 'NR == FNR { wanted["CONFIG_" $1]; next }
    match($0, /CONFIG_[A-Za-z0-9_]+/) { name = substr($0, RSTART, RLENGTH) }
    /=y$/ || / is not set$/ { print (name in wanted) ? name "=y" : "# " name " is not set"; next }
    { print }' options .config >chosen
  mv chosen .config
  yes '' | make -s oldconfig >/dev/null
  while read -r name; do
    grep -qx "CONFIG_$name=y" .config || { echo "this BusyBox has no option $name"; exit 1; }
  done <options
  make -s -j"$(nproc)"
  make -s CONFIG_PREFIX=/build/out install`;

const buildDropbear = (programs: "dropbear" | "dropbear dropbearkey"): string => `
  set -e
  cd /build
  mv options localoptions.h
  ./configure --enable-static --enable-bundled-libtom --disable-zlib --disable-syslog --disable-pam \\
    --disable-lastlog --disable-utmp --disable-utmpx --disable-wtmp --disable-wtmpx --disable-loginfunc
  make -s -j"$(nproc)" PROGRAMS="${programs}"
  mkdir -p out/usr/sbin out/usr/bin
  install -s dropbear out/usr/sbin/
  [ ! -e dropbearkey ] || install -s dropbearkey out/usr/bin/`;

/** Without D-Bus and the other options that Debian's package has and the firmware has not. */
const buildDnsmasq = `
  set -e
  cd /build
  make -s -j"$(nproc)" CC=gcc LDFLAGS=-static
  mkdir -p out/usr/sbin
  install -s src/dnsmasq out/usr/sbin/`;

/** The release of dropbear that the router runs: as of 2025.87, which current firmware has, it does not sign with SHA-1. */
const dropbear: DebianSource = { name: "dropbear", suite: "trixie" };

/** The release of older firmware, which the router has beside it, as `dropbear-older`. */
const olderDropbear: DebianSource = { name: "dropbear", suite: "bookworm" };

const programs = [
  { source: { name: "busybox", suite: "bookworm" } as const, options: `${busyboxOptions.join("\n")}\n`, script: buildBusybox },
  { source: dropbear, options: dropbearOptions, script: buildDropbear("dropbear dropbearkey") },
  {
    source: olderDropbear,
    options: dropbearOptions,
    script: `${buildDropbear("dropbear")}\n  mv out/usr/sbin/dropbear out/usr/sbin/dropbear-older`,
  },
  { source: { name: "dnsmasq", suite: "bookworm" } as const, options: "", script: buildDnsmasq },
].map((program) => ({ ...program, key: shortHash(JSON.stringify(program)) }));

/** What {@link buildRouterPrograms} needs. */
export interface RouterProgramsArguments {
  /** The root with the compiler; made when it is missing. */
  readonly toolchainRoot: string;
  /** The cache folder of the lab; what is built stays in it. */
  readonly cache: string;
  /** Receives one line per step. */
  readonly log: (line: string) => void;
}

/**
 * Builds the programs that the cache lacks, about a minute for all.
 *
 * @returns the folders that hold them, each laid out as a root folder.
 */
export async function buildRouterPrograms({ toolchainRoot, cache, log }: RouterProgramsArguments): Promise<string[]> {
  const apt = path.join(cache, "apt");
  const folder = path.join(cache, "router");
  const built: string[] = [];
  for (const { source, options, script, key } of programs) {
    const name = `${source.name}-${source.suite}`;
    const target = path.join(folder, `${name}-${key}`);
    built.push(target);
    await withFileLock(`${target}.lock`, async () => {
      if (await fs.stat(target).catch(() => undefined)) return;
      const work = `${target}.work`;
      await fs.rm(work, { recursive: true, force: true });
      await unpackDebian({ packages: toolchainPackages, root: toolchainRoot, cache: apt, log });
      await fetchDebianSource({ source, dest: work, cache: apt, toolchainRoot, log });
      await fs.writeFile(path.join(work, "options"), options);
      log(`building ${source.name} of Debian ${source.suite} for the router`);
      await runInRoot({ root: toolchainRoot, folder: work, script, log: path.join(folder, `${name}.log`) });
      await fs.rename(path.join(work, "out"), target);
      await fs.rm(work, { recursive: true });
    });
  }
  return built;
}

function shortHash(content: string): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 12);
}
