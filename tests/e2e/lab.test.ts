import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { repository } from "../../config/project";
import { type Lab, removeLab } from "../../lab/lab";
import { isAlive } from "../../lab/process";
import { Progress } from "../../lab/progress";
import { until } from "../../lab/wait";
import { endLab, raiseLab } from "../support/lab";

/** Returns everything in the machine's own namespaces where a lab could leave something behind. */
async function machine(): Promise<Record<string, string>> {
  const ask = async (...argv: string[]): Promise<string> => (await execa("ip", argv)).stdout;
  return {
    links: (await ask("-br", "link")).replace(/ +/g, " "),
    addresses: await ask("-br", "addr"),
    routes: await ask("route"),
    namespaces: await ask("netns"),
    mounts: fs.readFileSync("/proc/self/mounts", "utf8"),
  };
}

/** Settings that the kernel itself changes. */
const VOLATILE = /^(fs\/|kernel\/(ns_last_pid|random\/|perf_event_max_sample_rate))/;

/** Returns a file's content; its error where the kernel refuses to tell, such as for a secret that is not set. */
function content(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    return String(error);
  }
}

/** Returns the kernel's settings that can be written. A kubelet writes vm/overcommit_memory, kernel/panic and others where it can. */
function settings(folder = "/proc/sys"): Record<string, string> {
  const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => !VOLATILE.test(name));
  return Object.fromEntries(
    files.flatMap((name) => {
      const file = path.join(folder, name);
      const found = fs.statSync(file);
      return found.isFile() && (found.mode & 0o600) === 0o600 ? [[name, content(file)]] : [];
    }),
  );
}

describe("the lab", () => {
  let lab: Lab;
  let before_: Record<string, string>;
  let settingsBefore: Record<string, string>;

  before(async () => {
    settingsBefore = settings();
    before_ = await machine();
    lab = await raiseLab("test-lab");
  });
  after(() => endLab(lab));

  const make = (target: string, values: Readonly<Record<string, string>>): execa.ExecaChildProcess =>
    execa("make", ["--no-print-directory", "--silent", target, ...Object.entries(values).map(([name, value]) => `${name}=${value}`)], {
      cwd: repository,
      env: { LAB: lab.folders.name },
      reject: false,
    });

  it("leaves the machine's own network and mounts unchanged", async () => {
    assert.deepEqual(await machine(), before_);
  });

  it("leaves the kernel's settings unchanged", () => {
    assert.ok(settingsBefore["vm/overcommit_memory"] !== undefined);
    assert.deepEqual(settings(), settingsBefore);
  });

  it("runs a command on a host and passes on its output", async () => {
    const { stdout, exitCode } = await make("lab-exec", { HOST: "router", CMD: `nvram get lan_ipaddr; echo "it's $((1 + 1))"` });
    assert.deepEqual([stdout, exitCode], ["192.168.50.1\nit's 2", 0]);
  });

  it("passes on the exit status: the command's from the command line, make's own from make", async () => {
    const direct = await execa(path.join(repository, "bin", "homelab"), ["lab", "exec", "client", "exit 7"], {
      env: { LAB: lab.folders.name },
      reject: false,
    });
    assert.equal(direct.exitCode, 7);
    const { exitCode, stderr } = await make("lab-exec", { HOST: "client", CMD: "echo oh no >&2; exit 7" });
    assert.equal(exitCode, 2);
    assert.match(stderr, /^oh no$/m);
  });

  it("runs kubectl and the Pulumi CLI on a stack", async () => {
    const nodes = await make("lab-kubectl", { STACK: "lab-prod", ARGS: "get nodes -o jsonpath='{.items[*].metadata.name}'" });
    assert.equal(nodes.stdout, "lab-prod-master");
    const stack = await make("lab-pulumi", { STACK: "lab-prod", ARGS: "stack --show-name" });
    assert.equal(stack.stdout, "lab-prod");
  });

  it("lists its hosts when a host is unknown", async () => {
    const { exitCode, stderr } = await make("lab-exec", { HOST: "printer", CMD: "true" });
    assert.equal(exitCode, 2);
    assert.match(stderr, /The lab has no host "printer": its hosts are router, client, operator, lab-dev-master, lab-prod-master\./);
  });

  it("stays unchanged when it is raised again", async () => {
    const processes = (): unknown[] => lab.hosts.map((host) => host.process);
    const first = processes();
    await lab.up(new Progress());
    assert.deepEqual(processes(), first);
  });

  it("repairs itself after a crash: a dead node, an unrecorded host, a dead daemon", async () => {
    const [dev, prod] = lab.clusters;
    assert.ok(dev && prod);
    await dev.kubectl(["create", "namespace", "kept"]);
    const node = dev.master.process;
    assert.ok(node);
    process.kill(node.pid, "SIGKILL");
    await until("the node to die", () => !isAlive(node));
    await prod.master.exec(["sh", "-c", "kill -9 $(cat /run/kube-scheduler.pid)"]);
    const orphan = lab.client.process;
    assert.ok(orphan);
    fs.rmSync(path.join(lab.client.folder, "process.json"));
    await lab.up(new Progress());
    assert.ok(lab.isUp);
    assert.ok(!isAlive(orphan), "the host that nobody recorded still runs");
    assert.match(await dev.kubectl(["get", "namespaces", "-o", "name"]), /^namespace\/kept$/m);
    assert.ok(await prod.master.runs("kube-scheduler"));
  });

  it("leaves nothing behind when it is removed", async () => {
    const processes = lab.hosts.map((host) => host.process);
    assert.ok(processes.every((who) => who !== undefined && isAlive(who)));
    await removeLab(lab.folders);
    assert.ok(!fs.existsSync(lab.folders.root));
    assert.deepEqual(
      processes.filter((who) => who !== undefined && isAlive(who)),
      [],
    );
    const cgroups = fs.readFileSync("/proc/mounts", "utf8").match(/(?<= )\/sys\/fs\/cgroup\S*/g) ?? [];
    assert.deepEqual(
      cgroups.filter((mount) => fs.existsSync(path.join(mount, lab.folders.cgroup))),
      [],
    );
    assert.deepEqual(await machine(), before_);
    assert.deepEqual(settings(), settingsBefore);
  });
});
