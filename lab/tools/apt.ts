/** apt as a downloader, with lists, archives and package state of its own below the cache folder, so that the machine's stay unchanged. */
import execa from "execa";
import { promises as fs } from "node:fs";
import * as path from "node:path";
import { UserError } from "../../config/user-error";
import { withFileLock } from "../lock";

/** A binary package with its dependencies resolved: the file name of its archive in `archives`. */
export interface DebianPackage {
  readonly name: string;
  readonly archive: string;
}

/** A source package of a Debian release, by its codename. */
export interface DebianSource {
  readonly name: string;
  readonly suite: "bookworm" | "trixie";
}

/**
 * Packages that only maintainer scripts need, which never run here. apt believes them to be installed, which keeps them and their dependencies
 * (above all Perl) out of every root. A root that needs one of them names it.
 */
const onlyForMaintainerScripts = ["adduser", "debconf", "dpkg", "init-system-helpers", "passwd", "perl", "perl-base", "usrmerge"];

/** apt for one folder. Every call must hold the folder's lock (see {@link Apt.locked}). */
export class Apt {
  readonly archives: string;

  constructor(private readonly cache: string) {
    this.archives = path.join(cache, "archives");
  }

  locked<T>(work: () => Promise<T>): Promise<T> {
    return withFileLock(path.join(this.cache, "lock"), work);
  }

  /** Resolves and downloads packages with all of their dependencies. Fetches lists once, and again when they are out of date. */
  async download(packages: readonly string[], log: (line: string) => void): Promise<DebianPackage[]> {
    await this.prepare(packages);
    return this.withFreshLists(log, async () => {
      const install = ["install", "--yes", "--no-install-recommends", ...packages];
      const plan = await this.apt(["--simulate", ...install]);
      const chosen = [...plan.matchAll(/^Inst (\S+) .*?\((\S+) .*\[(\w+)\]\)/gm)].map(([, name = "", version = "", architecture = ""]) => ({
        name: name.replace(/:.*/, ""),
        archive: path.join(this.archives, `${name.replace(/:.*/, "")}_${version.replaceAll(":", "%3a")}_${architecture}.deb`),
      }));
      log(`downloading ${chosen.length} Debian packages for ${packages.join(" ")}`);
      await this.apt(["--download-only", ...install]);
      return chosen;
    });
  }

  /**
   * Downloads a source package into `folder`.
   *
   * @param suite the Debian release that has it
   * @returns the paths of its upstream tarball and its packaging tarball
   */
  async downloadSource(
    { name, suite }: DebianSource,
    folder: string,
    log: (line: string) => void,
  ): Promise<{ upstream: string; packaging: string }> {
    await this.prepare([]);
    await fs.mkdir(folder, { recursive: true });
    return this.withFreshLists(log, async () => {
      log(`downloading the source of ${name} in Debian ${suite}`);
      await this.apt(["source", "--download-only", "--only-source", `${name}/${suite}`], folder);
      const files = await fs.readdir(folder);
      const upstream = files.find((file) => file.startsWith(`${name}_`) && /\.orig\.tar\.\w+$/.test(file));
      const packaging = files.find((file) => file.startsWith(`${name}_`) && /\.debian\.tar\.\w+$/.test(file));
      if (upstream === undefined || packaging === undefined) {
        throw new UserError(`The Debian source package ${name} has no .orig.tar and .debian.tar pair (found: ${files.join(", ")}).`);
      }
      return { upstream: path.join(folder, upstream), packaging: path.join(folder, packaging) };
    });
  }

  private async withFreshLists<T>(log: (line: string) => void, work: () => Promise<T>): Promise<T> {
    const listed = (await fs.readdir(path.join(this.cache, "lists"))).some((file) => file.endsWith("InRelease"));
    if (listed) {
      // Old lists may name files that the mirror has replaced since. Then the lists are fetched again.
      const result = await work().catch(() => undefined);
      if (result !== undefined) return result;
    }
    log("fetching Debian's package lists");
    await this.apt(["update", "--error-on=any"]);
    return work();
  }

  private async prepare(packages: readonly string[]): Promise<void> {
    for (const folder of ["lists/partial", "archives/partial"]) await fs.mkdir(path.join(this.cache, folder), { recursive: true });
    const architecture = (await execa("dpkg", ["--print-architecture"])).stdout;
    const assumed = onlyForMaintainerScripts.filter((name) => !packages.includes(name));
    const status = assumed.map(
      (name) =>
        `Package: ${name}\nStatus: install ok installed\nArchitecture: ${architecture}\nMulti-Arch: foreign\n` +
        `Version: 9999\nMaintainer: none\nDescription: assumed\n`,
    );
    await fs.writeFile(path.join(this.cache, "status"), status.join("\n"));
    await fs.writeFile(path.join(this.cache, "sources.list"), await debianSources());
    await fs.writeFile(path.join(this.cache, "apt.conf"), await this.configuration());
  }

  /** Returns the machine's settings for its mirrors (proxies, timeouts, checks), without its hooks, which would change the machine. */
  private async configuration(): Promise<string> {
    const machine = (await execa("apt-config", ["dump"])).stdout.split("\n");
    const inherited = machine.filter((line) => line.startsWith("Acquire::") && !line.startsWith("Acquire::IndexTargets"));
    const own = {
      "Dir::Etc::main": "/dev/null",
      "Dir::Etc::parts": "/dev/null",
      "Dir::Etc::preferences": "/dev/null",
      "Dir::Etc::preferencesparts": "/dev/null",
      "Dir::Etc::sourcelist": path.join(this.cache, "sources.list"),
      "Dir::Etc::sourceparts": "/dev/null",
      "Dir::State": this.cache,
      "Dir::State::status": path.join(this.cache, "status"),
      "Dir::State::lists": path.join(this.cache, "lists"),
      "Dir::Cache": this.cache,
      "Dir::Cache::archives": this.archives,
      "Dir::Log": path.join(this.cache, "log"),
      // The cache may be in a home folder that apt's own user cannot read.
      "APT::Sandbox::User": "root",
      "Acquire::Languages": "none",
      "Acquire::Retries": "3",
    };
    return [...inherited, ...Object.entries(own).map(([key, value]) => `${key} "${value}";`)].join("\n") + "\n";
  }

  private async apt(args: readonly string[], cwd = this.cache): Promise<string> {
    const env = { APT_CONFIG: path.join(this.cache, "apt.conf"), DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
    try {
      return (await execa("apt-get", ["-q", ...args], { env, cwd })).stdout;
    } catch (error) {
      const lines = `${(error as execa.ExecaError).stderr}`.split("\n").filter((line) => /^[EW]:|^Err:/.test(line));
      const registries = [...new Set((await debianSources()).match(/https?:\/\/[^\s]+/g) ?? [])].join(", ");
      const reason = (lines.find((line) => line.startsWith("E:")) ?? lines[0] ?? "no reason given").replace(/^[EW]: /, "");
      throw new UserError(`The Debian package registry (${registries}) did not serve "apt-get ${args.join(" ")}": ${reason}`);
    }
  }
}

/** The releases of which sources are built, besides the machine's own. */
const sourceSuites = ["bookworm", "trixie"];

/**
 * Returns the machine's Debian mirrors, for binaries and sources, and the sources of other releases. Other repositories may replace or break a
 * package, and are left out.
 */
async function debianSources(): Promise<string> {
  const release = await fs.readFile("/etc/os-release", "utf8");
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1];
  const suites = ["", "-updates", "-security"].map((suffix) => `${codename}${suffix}`);
  // Without release information apt answers from the configuration alone, even if no list was ever fetched.
  const asked = ["indextargets", "--no-release-info", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"];
  const targets = (await execa("apt-get", asked)).stdout.split("\n");
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const signed = await fs.access(keyring).then(
    () => ` signed-by=${keyring}`,
    () => "",
  );
  const lines = targets.flatMap((target) => {
    const [uri, suite = "", component] = target.split(" ");
    if (component !== "main" || !suites.includes(suite)) return [];
    return [`deb [target=Packages${signed}] ${uri} ${suite} main`, `deb-src [target=Sources${signed}] ${uri} ${suite} main`];
  });
  if (lines.length === 0) {
    throw new UserError(
      `No Debian ${codename ?? ""} source among this machine's apt sources: add its "main" component to /etc/apt/sources.list.`,
    );
  }
  const mirror = targets.map((target) => target.split(" ")).find(([, suite]) => suite === codename)?.[0];
  const others = sourceSuites.map((suite) => `deb-src [target=Sources${signed}] ${mirror} ${suite} main`);
  return [...new Set([...lines, ...(mirror === undefined ? [] : others)])].join("\n") + "\n";
}
