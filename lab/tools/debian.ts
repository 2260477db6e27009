/** Debian packages unpacked into a folder that chroot can enter: nothing is installed, no maintainer script runs. */
import execa from "execa";
import { promises as fs } from "node:fs";
import * as path from "node:path";
import { UserError } from "../../config/user-error";
import { withFileLock } from "../lock";
import { Apt, type DebianPackage, type DebianSource } from "./apt";

/** What {@link unpackDebian} needs. */
export interface UnpackArguments {
  /** Package names; all that they depend on comes with them, what they only recommend does not. */
  readonly packages: readonly string[];
  /** The folder to make. One that is there already is left as it is. */
  readonly root: string;
  /** Folder for apt's lists and archives; kept between calls. */
  readonly cache: string;
  /** Receives one line per step. */
  readonly log: (line: string) => void;
}

/**
 * Unpacks Debian packages with all their dependencies into `root`, and does there what their maintainer scripts would have done
 * and a chroot needs. The folder appears at once and whole: it is built as `<root>.partial` and renamed.
 *
 * @throws Error one sentence naming the registry when apt cannot resolve or fetch the packages.
 */
export async function unpackDebian({ packages, root, cache, log }: UnpackArguments): Promise<void> {
  if (await exists(root)) return;
  await withFileLock(`${root}.lock`, async () => {
    if (await exists(root)) return;
    const apt = new Apt(cache);
    const archives = await apt.locked(() => apt.download(packages, log));
    const partial = `${root}.partial`;
    await fs.rm(partial, { recursive: true, force: true });
    await mergedUsr(partial);
    log(`unpacking ${archives.length} packages into ${root}`);
    for (const archive of archives) await extract(archive, partial);
    await configure(partial);
    await fs.rename(partial, root);
  });
  await fs.rm(`${root}.lock`, { force: true });
}

/** What {@link fetchDebianSource} needs. */
export interface SourceArguments {
  /** The source package. */
  readonly source: DebianSource;
  /** The folder to make. One that is there already is left as it is. */
  readonly dest: string;
  /** Folder for apt's lists and archives; kept between calls. */
  readonly cache: string;
  /** A root with tar, bzip2, xz-utils and patch: the machine itself may have none of them. */
  readonly toolchainRoot: string;
  /** Receives one line per step. */
  readonly log: (line: string) => void;
}

/** Fetches a Debian source package and unpacks it with Debian's patches applied, as `dpkg-source -x` would. */
export async function fetchDebianSource({ source, dest, cache, toolchainRoot, log }: SourceArguments): Promise<void> {
  if (await exists(dest)) return;
  const apt = new Apt(cache);
  const partial = `${dest}.partial`;
  await fs.rm(partial, { recursive: true, force: true });
  await fs.mkdir(partial, { recursive: true });
  await apt.locked(async () => {
    const downloads = path.join(cache, "sources", path.basename(dest));
    await fs.rm(downloads, { recursive: true, force: true });
    const { upstream, packaging } = await apt.downloadSource(source, downloads, log);
    await fs.copyFile(upstream, path.join(partial, "upstream.tar"));
    await fs.copyFile(packaging, path.join(partial, "packaging.tar"));
  });
  const unpack = `
    set -e
    cd /build
    tar -x -f upstream.tar --strip-components=1 --no-same-owner
    tar -x -f packaging.tar --no-same-owner
    rm upstream.tar packaging.tar
    [ ! -f debian/patches/series ] || sed 's/[[:space:]]*#.*//; /^$/d' debian/patches/series | while read -r one rest; do
      patch -s -p1 -i "debian/patches/$one"
    done`;
  await runInRoot({ root: toolchainRoot, folder: partial, script: unpack, log: path.join(cache, "sources", `${path.basename(dest)}.log`) });
  await fs.rename(partial, dest);
}

/**
 * Runs a shell script inside a root, with `folder` mounted at /build, /proc and the machine's /dev, all in mount and process
 * namespaces that end with it.
 *
 * @throws Error with the last lines of the script's output, which goes to the file `log`.
 */
export async function runInRoot(args: { root: string; folder: string; script: string; log: string }): Promise<void> {
  const { root, folder, script, log } = args;
  await fs.mkdir(path.join(root, "build"), { recursive: true });
  await fs.mkdir(path.dirname(log), { recursive: true });
  const enter = `
    set -e
    mount --bind "$2" "$1/build"
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin HOME=/build LC_ALL=C sh -c "$3"`;
  const isolate = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "sh", "-c", enter, "sh", root, folder, script];
  const result = await execa("unshare", isolate, { all: true, reject: false });
  await fs.writeFile(log, result.all ?? "");
  if (result.exitCode !== 0) {
    const tail = (result.all ?? "").split("\n").slice(-8).join("\n");
    throw new UserError(
      `A build step in ${root} ended with ${result.exitCode ?? result.signal ?? "no status"} (full output: ${log}):\n${tail}`,
    );
  }
}

function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}

/** Debian's layout since 12: /bin, /sbin and /lib are links into /usr, made before the first package is unpacked. */
async function mergedUsr(root: string): Promise<void> {
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await fs.mkdir(path.join(root, "usr", name), { recursive: true });
    await fs.symlink(`usr/${name}`, path.join(root, name));
  }
}

async function extract({ name, archive }: DebianPackage, root: string): Promise<void> {
  const unpack = `set -o pipefail; dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale'`;
  await execa("bash", ["-c", unpack, "bash", archive, root]).catch((error: execa.ExecaError) => {
    throw new UserError(`Unpacking the Debian package ${name} (${archive}) into ${root} failed: ${error.stderr}`);
  });
}

/** What the maintainer scripts of the packages in use would have done, as far as a chroot needs it. */
async function configure(root: string): Promise<void> {
  for (const folder of ["dev", "proc", "sys", "tmp", "run", "etc", "root"]) await fs.mkdir(path.join(root, folder), { recursive: true });
  await writeIfMissing(root, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
  await writeIfMissing(root, "etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n");
  await writeIfMissing(root, "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
  await writeIfMissing(root, "etc/hosts", "127.0.0.1 localhost\n");
  await alternative(root, "usr/bin/sh", ["dash", "bash"]);
  await alternative(root, "usr/bin/awk", ["gawk", "mawk"]);
  for (const family of ["iptables", "ip6tables"]) {
    for (const suffix of ["", "-save", "-restore"]) await alternative(root, `usr/sbin/${family}${suffix}`, ["xtables-nft-multi"]);
  }
  await bundleCertificates(root);
  await execa("ldconfig", ["-r", root], { env: { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` } });
}

async function writeIfMissing(root: string, file: string, content: string): Promise<void> {
  const target = path.join(root, file);
  if (!(await exists(target))) await fs.writeFile(target, content);
}

/** Links `name` to the first candidate in the same folder that is there; a name that is taken, or has no candidate, is left. */
async function alternative(root: string, name: string, candidates: readonly string[]): Promise<void> {
  const target = path.join(root, name);
  if (await exists(target)) return;
  for (const candidate of candidates) {
    if (await exists(path.join(path.dirname(target), candidate))) return fs.symlink(candidate, target);
  }
}

async function bundleCertificates(root: string): Promise<void> {
  const folder = path.join(root, "usr/share/ca-certificates");
  if (!(await exists(folder))) return;
  const files = (await fs.readdir(folder, { recursive: true })).filter((file) => file.endsWith(".crt")).sort();
  const bundle = await Promise.all(files.map((file) => fs.readFile(path.join(folder, file), "utf8")));
  await fs.mkdir(path.join(root, "etc/ssl/certs"), { recursive: true });
  await fs.writeFile(path.join(root, "etc/ssl/certs/ca-certificates.crt"), bundle.join(""));
}
