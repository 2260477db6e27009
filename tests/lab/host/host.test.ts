/** A lab host consists of namespaces and a cgroup, and leaves nothing behind: docs/reference/lab.md, "Hosts". */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { labFolders } from "../../../lab/folders";
import { Host, type HostImage } from "../../../lab/host";
import { removeLab } from "../../../lab/lab";
import { Lan } from "../../../lab/lan";
import { Progress } from "../../../lab/progress";
import { provideTools } from "../../../lab/tools/toolbox";
import { cgroups, living, mounts, network, processesIn } from "./machine";

describe("a lab host", function () {
  this.timeout(60_000);
  const lab = labFolders("test-host");
  let image: HostImage;
  let machine: HostImage;
  let host: Host;

  before("find the tools", async function () {
    this.timeout(60 * 60_000);
    const box = await provideTools(new Progress());
    image = { root: box.nodeRoot, init: box.init, data: ["/var/keep"] };
    machine = { root: "/", init: box.init };
  });
  beforeEach(async () => {
    await removeLab(lab);
    host = new Host(lab, "thing");
  });
  afterEach(() => removeLab(lab));

  const on = async (script: string, where = host): Promise<string> => (await where.exec(["sh", "-c", script])).stdout;

  it("powers on with its own processes, names, network and mounts", async () => {
    await host.powerOn(image);
    for (const kind of ["mnt", "uts", "ipc", "net", "pid"])
      assert.notEqual(await on(`readlink /proc/self/ns/${kind}`), fs.readlinkSync(`/proc/self/ns/${kind}`));
    assert.equal(await on("cat /proc/sys/kernel/hostname"), "thing");
    assert.equal(await on("cat /proc/1/comm"), "init");
    assert.match(await on("ip -brief link"), /^lo\s+UNKNOWN[^\n]*$/);
    assert.equal(await on("ls -A /.old"), "", "the machine's root is still mounted in the host");
    assert.equal(await on(`ls -d ${lab.root} 2>/dev/null; true`), "", "the machine's files are in the host");
  });

  it("leaves no process, mount, link or cgroup when the power is cut", async () => {
    const before = { network: await network(), mounts: mounts() };
    await host.powerOn(image);
    await host.daemon("sleeper", ["sleep", "1000"]);
    const processes = processesIn(host.cgroup);
    assert.ok(processes.length >= 3, `${processes.length} processes in the host's cgroup`);
    assert.deepEqual(living(processes), processes);
    await host.powerOff();
    assert.deepEqual(living(processes), []);
    assert.deepEqual(cgroups(host.cgroup), []);
    assert.deepEqual({ network: await network(), mounts: mounts() }, before);
    assert.equal(host.isOn, false);
    await removeLab(lab);
    assert.deepEqual([fs.existsSync(lab.root), cgroups(lab.cgroup)], [false, []]);
  });

  it("adds no link, address or mount to the machine's own namespaces, even when plugged in and configured", async () => {
    const before = { network: await network(), mounts: mounts() };
    const hub = new Host(lab, "switch");
    const other = new Host(lab, "other");
    await Promise.all([host.powerOn(image), other.powerOn(machine), hub.powerOn(machine)]);
    const lan = new Lan(hub);
    await lan.raise();
    for (const [index, seated] of [host, other].entries()) {
      await lan.plug(seated, index);
      await Lan.configure(seated, { address: `192.168.50.${index + 1}`, prefix: 24 });
    }
    assert.match(await on("ping -c 1 -W 10 192.168.50.2"), / 1 received/);
    assert.deepEqual({ network: await network(), mounts: mounts() }, before);
  });

  it("keeps its data folders over a power cycle, and no other file", async () => {
    await host.powerOn(image);
    await on("echo kept > /var/keep/file; echo lost | tee /file /var/file /run/file /tmp/file; rm /etc/hosts");
    assert.equal(fs.readFileSync(host.dataPath("/var/keep/file"), "utf8"), "kept\n");
    await host.powerOff();
    await host.powerOn(image);
    assert.equal(await on("cat /var/keep/file"), "kept");
    assert.equal(await on("ls -d /file /var/file /run/file /tmp/file 2>/dev/null; ls /etc/hosts"), "/etc/hosts");
    assert.equal(fs.existsSync(path.join(image.root, "file")), false, "the image was written to");
  });

  it("shows a shared folder of the machine, read-only", async () => {
    fs.mkdirSync(path.join(lab.root, "shared"), { recursive: true });
    fs.writeFileSync(path.join(lab.root, "shared", "file"), "of the machine");
    await host.powerOn({ ...image, shared: [{ from: path.join(lab.root, "shared"), to: "/opt/shared" }] });
    assert.equal(await on("cat /opt/shared/file"), "of the machine");
    await assert.rejects(on("echo x > /opt/shared/file"), /Read-only file system/);
  });

  it("ends its daemons with its power, and does not restart them by itself", async () => {
    await host.powerOn(image);
    await host.daemon("talker", ["sh", "-c", "echo started; exec sleep 1000"]);
    assert.equal(await host.runs("talker"), true);
    assert.equal(await on("cat /var/log/talker.log"), "started");
    await on("kill $(cat /run/talker.pid)");
    await assert.doesNotReject(gone("talker"), "a daemon that was ended counts as running");
    await host.daemon("talker", ["sleep", "1000"]);
    await host.powerOff();
    await host.powerOn(image);
    assert.equal(await host.runs("talker"), false);
  });

  const gone = async (name: string): Promise<void> => {
    for (const end = Date.now() + 10_000; await host.runs(name);) if (Date.now() > end) throw new Error(`${name} still runs`);
  };

  it("is found by another run, which leaves it unchanged", async () => {
    await host.powerOn(image);
    const again = new Host(lab, "thing");
    assert.deepEqual(again.process, host.process);
    const first = host.process;
    await again.powerOn(image);
    assert.deepEqual(again.process, first);
  });

  it("is not confused with an unrecorded one of a killed run", async () => {
    await host.powerOn(image);
    const lost = processesIn(host.cgroup);
    fs.rmSync(path.join(host.folder, "process.json"));
    const next = new Host(lab, "thing");
    assert.equal(next.isOn, false);
    await next.powerOn(image);
    assert.deepEqual(living(lost), []);
    assert.equal(await on("cat /proc/sys/kernel/hostname", next), "thing");
  });

  it("reports why it does not start, and leaves no process", async () => {
    const broken = { ...image, root: "/no/such/root" };
    await assert.rejects(host.powerOn(broken), { name: "UserError", message: /^thing: the host did not start: mount: .*overlay/ });
    assert.equal(host.isOn, false);
    assert.deepEqual(processesIn(host.cgroup), []);
  });

  it("refuses commands while it is off", () => {
    assert.throws(() => host.exec(["true"]), { name: "UserError", message: 'thing is off: start it with "make lab"' });
  });

  it("passes on a command's output and exit status, and none of the caller's environment", async () => {
    await host.powerOn(image);
    const { stdout, stderr, exitCode } = await host.exec(["sh", "-c", "echo out; echo err >&2; exit 7"], { reject: false });
    assert.deepEqual([stdout, stderr, exitCode], ["out", "err", 7]);
    process.env["HOMELAB_TEST_LEAK"] = "leaked";
    try {
      assert.equal(await on("echo [$HOMELAB_TEST_LEAK]"), "[]");
    } finally {
      delete process.env["HOMELAB_TEST_LEAK"];
    }
  });
});
