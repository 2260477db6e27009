import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { onOperator } from "../../lab/operator";
import { cacheFolder } from "../../lab/folders";
import { repository } from "../../config/project";
import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { ed25519 } from "../../lab/ssh-key";
import { versions } from "../../lab/tools/catalogue";
import { until } from "../../lab/wait";
import { HOST_KEY } from "../support/host-key";
import { Clone } from "../support/clone";
import { RoutedStack } from "../support/routed-stack";
import { sharedLab } from "../support/shared-lab";

const stack = "lab-dev";

describe("homelab doctor, in a lab without deployments", () => {
  let lab: Lab;
  let routed: RoutedStack;

  before(async () => {
    lab = await sharedLab(__filename);
    routed = new RoutedStack(lab, stack);
    await until("a lab in which all is well", async () => (await doctor()).exitCode === 0);
  });
  afterEach(() => routed.edited.reset());

  /** Returns the lines about the stack, with the lab's folders replaced. */
  async function doctor(...args: string[]): Promise<{ lines: string[]; exitCode: number; stdout: string }> {
    const { stdout, stderr, exitCode } = await onOperator(lab, ["doctor", stack, ...args], { reject: false });
    assert.equal(stderr, "");
    const lines = stdout
      .replaceAll(lab.folders.root, "LAB")
      .replaceAll(path.dirname(chart()), "TOOLS")
      .replaceAll(/\d+ of 65536/g, "FREE of 65536")
      .split("\n");
    return { lines: lines.slice(lines.indexOf(stack) + 1).map((line) => line.trim().replaceAll(/ {2,}/g, " | ")), exitCode, stdout };
  }
  const chart = () => /chart: (\S+)/.exec(fs.readFileSync(routed.edited.file, "utf8"))?.[1] ?? "";
  const unknown = (why: string, ...names: string[]) => names.map((name) => `unknown | ${name} | ${why}`);
  const inside = ["firmware", "programs", "nvram", "lan", "routes"];

  const cluster = [
    "ok | state | not deployed yet; backend file://LAB/state (PULUMI_BACKEND_URL)",
    "ok | kubeconfig | LAB/kubeconfig/lab-dev, context lab-dev",
    `ok | cluster | https://192.168.50.11:6443 answers, Kubernetes ${versions.kubernetes}`,
    "ok | rights | this user has all rights that up needs",
    "ok | gateway | 192.168.50.11 is lab-dev-master, a Ready master",
    "ok | metallb | no known misconfiguration; up installs it in namespace metallb-system",
    "ok | chart | metallb 0.16.2 at TOOLS/metallb-chart-v0.16.2",
  ];
  const router = [
    "ok | router | 192.168.50.1:22 answers",
    "ok | host key | as pinned, ssh-ed25519",
    "ok | login | as homelab",
    "ok | firmware | routing mode; its nvram does not name the firmware",
    "ok | programs | all 13 that are needed",
    "ok | nvram | FREE of 65536 bytes free, and the routes need 43 more",
    "ok | lan | 192.168.50.0/24 on br0, as planned",
    "ok | routes | 10.5.0.0/24 via 192.168.50.11: no conflict",
  ];

  /** Returns the objects in the cluster, without those that Kubernetes renews all the time. */
  const objects = async () => {
    // Without service accounts: Kubernetes creates those of its controllers one after the other.
    const kinds = "namespaces,services,endpointslices,pods,deployments,daemonsets,crds,clusterroles,validatingwebhookconfigurations";
    return lab.cluster(stack).kubectl(["get", kinds, "--all-namespaces", "--output", "name"]);
  };

  it("reports that all is well, and changes nothing", async () => {
    const before = [await objects(), await routed.state(), fs.readdirSync(lab.folders.project)];
    const { lines, exitCode, stdout } = await doctor();
    assert.deepEqual(lines, [...cluster, ...router, "", "19 ok"]);
    assert.equal(exitCode, 0);
    const [node, pulumi] = [`ok       node        ${process.versions.node}`, `ok       pulumi      ${versions.pulumi.slice(1)}`];
    assert.ok(stdout.startsWith(`this machine\n  ${node}\n  ${pulumi}\n`), stdout);
    assert.deepEqual([await objects(), await routed.state(), fs.readdirSync(lab.folders.project)], before);
  });

  it("prints the same as JSON, by make from outside of the lab", async () => {
    const env = { LAB: lab.folders.name };
    const { stdout } = await execa("make", ["-s", "doctor", `STACK=${stack}`, "ARGS=--json"], { cwd: repository, env });
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { of: string; what: string; outcome: string }[] };
    assert.equal(ok, true);
    assert.deepEqual(
      checks.filter(({ of }) => of === stack).map(({ what, outcome }) => [what, outcome]),
      [...cluster, ...router].map((line) => [line.split(" | ")[1], "ok"]),
    );
  });

  it("reports a changed host key of the router, and does not log in", async () => {
    routed.edited.writeToAll({ "router.hostKey": HOST_KEY });
    const { lines, exitCode } = await doctor();
    const place = routed.at("hostKey: ");
    const rule = `192.168.50.1 shows another host key, ${lab.router.hostKey()}`;
    const fix = "if the router was reset or updated, write this key; if not, another host answers there";
    assert.deepEqual(lines.slice(7), [
      router[0],
      `failed | host key | ${place}router.hostKey = "${HOST_KEY}": ${rule}; ${fix}`,
      ...unknown("skipped: the host key does not match", "login", ...inside),
      "",
      "1 failed, 6 unknown, 12 ok",
    ]);
    assert.equal(exitCode, 1);
  });

  it("reports that the router rejects the key", async () => {
    const file = path.join(lab.folders.project, "another-key");
    fs.writeFileSync(file, ed25519().private, { mode: 0o600 });
    routed.edited.write({ "router.privateKeyFile": file });
    const { lines, exitCode } = await doctor().finally(() => fs.unlinkSync(file));
    const place = `${routed.at("user: ")}router.user = "homelab"`;
    const rule = "192.168.50.1:22 refuses the login of this user with this key or password";
    const fix = "correct it before the next try: routers lock out users after a few failures; this run stopped after one attempt";
    assert.deepEqual(lines.slice(7), [
      ...router.slice(0, 2),
      `failed | login | ${place}: ${rule}; ${fix}`,
      ...unknown("skipped: the login failed", ...inside),
      "",
      "1 failed, 5 unknown, 13 ok",
    ]);
    assert.equal(exitCode, 1);
  });

  it("reports that the router does not answer", async () => {
    await routed.offTheNetwork(async () => {
      const { lines, exitCode } = await doctor();
      const printed = `${routed.at("host: ")}router.host = "192.168.50.1": 192.168.50.1:22 does not answer (EHOSTUNREACH)`;
      assert.deepEqual(
        lines.slice(7).map((line) => line.replace("silent for 4 s", "EHOSTUNREACH")),
        [
          `failed | router | ${printed}; switch it on, with SSH for its LAN`,
          ...unknown("the router does not answer", "host key", "login", ...inside),
          "",
          "1 failed, 7 unknown, 11 ok",
        ],
      );
      assert.equal(exitCode, 1);
    });
  });

  it("reports what differs on the router from the plan, without other contents of its nvram", async () => {
    await routed.router("nvram set firmver=3.0.0.4; nvram set buildno=388; nvram set productid=RT-AX88U; nvram set http_passwd=se-cret");
    await routed.router(
      "mv /bin/ping /bin/gnip; nvram set sr_enable_x=1; nvram set sr_rulelist='<10.5.0.0>255.255.255.128>192.168.50.77>>LAN'",
    );
    routed.edited.writeToAll({ "router.lan": "192.168.50.0/25" });
    const { lines, exitCode, stdout } = await doctor().finally(() =>
      routed.router(
        "mv /bin/gnip /bin/ping; nvram unset firmver unset buildno unset productid set http_passwd= set sr_enable_x=0 set sr_rulelist=",
      ),
    );
    assert.deepEqual(lines.slice(10), [
      "ok | firmware | routing mode, RT-AX88U with firmware 3.0.0.4.388",
      `failed | programs | ${routed.at("host: ")}router.host = "192.168.50.1": has no ping in /bin, /usr/bin, /sbin, /usr/sbin, which the program needs to set routes; update its firmware, or enter the routes yourself with router.type: manual`,
      router[5],
      `failed | lan | ${routed.at("lan: ")}router.lan = "192.168.50.0/25": the router's LAN is 192.168.50.0/24; set it to "192.168.50.0/24", or correct the page LAN > LAN IP`,
      `failed | routes | ${routed.at("[ 10.5.0.0/24 ]")}pools[0].addresses[0] = "10.5.0.0/24": the router's list has '<10.5.0.0>255.255.255.128>192.168.50.77>>LAN', which overlaps it; remove that on the page LAN > Route, or move the pool`,
      "",
      "3 failed, 16 ok",
    ]);
    assert.equal(exitCode, 1);
    assert.doesNotMatch(stdout, /se-cret/);
  });

  it("reports that node and cluster are down", async () => {
    await routed.powerOffMaster();
    try {
      // The router would not look for the node as long as its neighbour table has the node's last answer.
      await routed.router("ip neigh flush to 192.168.50.11");
      // From outside, the command still finds the lab, even if parts of it are down.
      const outside = await execa("bin/homelab", ["doctor", stack], { cwd: repository, env: { LAB: lab.folders.name }, reject: false });
      assert.match(outside.stdout, /^ {2}failed {3}cluster {5}https:\/\/192\.168\.50\.11:6443 does not answer /m);
      const { lines, exitCode } = await doctor();
      const fix = "start it, check the network to it (VPN, firewall), or correct cluster.kubeconfig and cluster.context";
      assert.deepEqual(
        lines.map((line) => line.replace("silent for 2 s", "EHOSTUNREACH")),
        [
          ...cluster.slice(0, 2),
          `failed | cluster | https://192.168.50.11:6443 does not answer (EHOSTUNREACH); ${fix}`,
          ...unknown("skipped: the cluster cannot be read", "rights", "gateway", "metallb"),
          cluster[6],
          ...router.slice(0, 7),
          `failed | routes | ${routed.at("192.168.50.11")}gateway.addresses[0] = "192.168.50.11": does not answer on the router's LAN (br0); start that node, or use another master's address`,
          "",
          "2 failed, 3 unknown, 14 ok",
        ],
      );
      assert.equal(exitCode, 1);
    } finally {
      await lab.up(new Progress());
    }
  });
});

describe("make doctor, on a machine with nothing installed", () => {
  let clone: Clone;

  before(async () => {
    clone = await Clone.make();
  });
  after(() => clone?.remove());

  /** Returns a PATH with the machine's programs except some. */
  function without(...names: string[]): string {
    const folder = fs.mkdtempSync(clone.file("bin-"));
    const programs = ["/usr/bin", path.dirname(process.execPath)].flatMap((from) =>
      fs.readdirSync(from).map((name) => path.join(from, name)),
    );
    for (const program of programs.filter((one) => !names.includes(path.basename(one)))) {
      const link = path.join(folder, path.basename(program));
      if (!fs.existsSync(link)) fs.symlinkSync(program, link);
    }
    return folder;
  }

  it("asks for Node in one line", async () => {
    const { exitCode, all } = await clone.run("make", ["-s", "doctor"], { env: { PATH: without("node", "npm", "npx", "pulumi") } });
    assert.equal(exitCode, 2);
    assert.match(all ?? "", /^homelab: Node\.js is not on PATH: install version 20\.19 or newer \(https:\/\/nodejs\.org\)\.$/m);
  });

  it("installs the packages, and reports what else is missing", async () => {
    fs.unlinkSync(clone.file("node_modules"));
    // Packages in npm's cache need not be fetched again. The program needs none of those that only tests and checks use.
    const npm = { npm_config_prefer_offline: "true", npm_config_omit: "dev" };
    const env = { PATH: without("pulumi"), HOMELAB_CACHE: path.dirname(cacheFolder), ...npm };
    const { exitCode, stdout, stderr } = await clone.run("make", ["-s", "doctor"], { env });
    assert.match(stderr, /^Installing the project's packages \(npm ci\) \.\.\.$/m);
    assert.equal(exitCode, 2, stderr);
    for (const line of [
      /^ {2}failed {3}pulumi {6}the CLI is not on PATH; install it/m,
      /^ {2}unknown {2}plugins {5}skipped: only the Pulumi CLI can list them$/m,
      /^ {2}ok {7}plan {8}2 stacks, no address or route in common: lab-dev, lab-prod$/m,
      /^ {2}failed {3}kubeconfig {2}Pulumi\.lab-dev\.yaml:5: cluster\.kubeconfig = "~\/\.kube\/config": no such file as /m,
    ]) {
      assert.match(stdout, line);
    }
    assert.ok(fs.existsSync(clone.file("node_modules/.package-lock.json")));
    assert.ok(!fs.existsSync(clone.file("node_modules/mocha")));
  });
});
