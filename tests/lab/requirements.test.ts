import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheFolder } from "../../lab/folders";
import { type Machine, checkMachine } from "../../lab/requirements";
import { scratchFolder } from "./scratch";

const programs = ["ip", "nsenter", "unshare", "flock", "apt-get", "dpkg-deb", "tar"];
const gibibyte = 2 ** 30;

describe("the lab's requirements of a machine", () => {
  let folder: string;
  beforeEach(() => {
    folder = scratchFolder("machine");
    for (const name of programs) fs.writeFileSync(path.join(folder, name), "");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  /** Returns a machine that meets all requirements, with some changes. */
  const machine = (changes: Partial<Machine> = {}): Machine => ({
    platform: "linux",
    root: true,
    path: `/nowhere:${folder}`,
    free: () => 16 * gibibyte,
    isolated: () => Promise.resolve(undefined),
    go: () => Promise.resolve("go1.26.6"),
    ...changes,
  });
  const refusal = async (changes: Partial<Machine>, missing: readonly string[] = ["kubernetes"]): Promise<string> => {
    try {
      await checkMachine(missing, machine(changes));
      return "";
    } catch (error) {
      assert.equal((error as Error).name, "UserError");
      return (error as Error).message;
    }
  };
  const instead = 'A cluster and a router of your own need no lab: see "Your own network" in the README.';

  it("accept one that meets all of them, and leave nothing behind", async () => {
    assert.equal(await refusal({}), "");
    assert.deepEqual(
      fs.readdirSync(cacheFolder).filter((name) => name.startsWith("probe-")),
      [],
    );
  });

  it("name an unsupported system before anything else, and what to do instead", async () => {
    assert.equal(await refusal({ platform: "darwin", root: false, path: "" }), `The lab needs Linux, and this is darwin. ${instead}`);
  });

  it("require root before anything else, and say what to do instead", async () => {
    assert.equal(
      await refusal({ root: false, path: "" }),
      `The lab creates network namespaces, which needs root: run it as root, for example with sudo. ${instead}`,
    );
  });

  it("include more disk space if the tools must be built", async () => {
    const free = (bytes: number) => ({ free: () => bytes });
    assert.equal(
      await refusal(free(15.5 * gibibyte)),
      `${cacheFolder} has 15.5 GiB free and building the tools needs 16: free some space, or give another folder as HOMELAB_CACHE.`,
    );
    assert.equal(await refusal(free(3 * gibibyte), []), "");
    assert.match(await refusal(free(2.9 * gibibyte), []), /has 2\.9 GiB free and a lab needs 3:/);
  });

  it("include Go 1.26.6 only if the tools must be built", async () => {
    const go = (version: string | undefined) => ({ go: () => Promise.resolve(version) });
    const where = "install Go 1.26.6 or newer (https://go.dev/doc/install).";
    for (const old of ["go1.25.9", "go1.26rc1", "go1.26.5"])
      assert.equal(await refusal(go(old)), `${old} is too old to build the tools: ${where}`);
    assert.equal(await refusal(go(undefined)), `Go is not on PATH, and the tools are built with it: ${where}`);
    for (const enough of ["go1.26.6", "go1.26.12", "go1.27rc1", "go1.27.3 X:something", "go2.0"])
      assert.equal(await refusal(go(enough)), "", enough);
    assert.equal(await refusal(go(undefined), []), "");
  });

  it("name each missing program with its Debian package, and skip the kernel without them", async () => {
    fs.rmSync(path.join(folder, "unshare"));
    fs.rmSync(path.join(folder, "ip"));
    assert.equal(
      await refusal({ isolated: () => Promise.reject(new Error("no unshare to ask with")) }),
      "The program ip is not on PATH: install Debian's package iproute2.\n" +
        "The program unshare is not on PATH: install Debian's package util-linux.",
    );
  });

  it("name what the kernel does not allow, and why", async () => {
    const isolated = (script: string) =>
      Promise.resolve(script.includes("overlay") ? "mount: not permitted.\n  dmesg(1) may have more information.\n" : undefined);
    assert.equal(
      await refusal({ isolated }),
      `The kernel or this container does not allow overlay mounts on the file system of ${cacheFolder} ` +
        "(HOMELAB_CACHE names another folder), which the lab needs: mount: not permitted.",
    );
  });

  it("are all reported at once", async () => {
    const lines = await refusal({ free: () => 0, go: () => Promise.resolve(undefined), isolated: () => Promise.resolve("no") });
    assert.equal(lines.split("\n").length, 5);
  });
});
