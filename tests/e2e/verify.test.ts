import assert from "node:assert/strict";
import execa from "execa";
import type { Browser } from "playwright-core";
import { onOperator } from "../../lab/operator";
import { repository } from "../../config/project";
import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { until } from "../../lab/wait";
import { openBrowser } from "../report/browser/chromium";
import { COLOURS } from "../report/browser/hops";
import { HOST_KEY } from "../support/host-key";
import { RoutedStack } from "../support/routed-stack";
import { deploy, sharedLab } from "../support/shared-lab";
import { serveSsh } from "../support/ssh-host";
import { ANSWERED, CLUSTER, parsed, ROUTE, ROUTER, SERVICE, SILENT, UNANSWERED, VerifiedStack } from "../support/verified-stack";

const stack = "lab-dev";
const namespace = "metallb-system";

describe("homelab verify", () => {
  let lab: Lab;
  let routed: RoutedStack;
  let browser: Browser;
  let on: VerifiedStack;
  /** The content of cluster and router when all is well. */
  let sound: unknown[];

  before(async () => {
    browser = await openBrowser();
    lab = await sharedLab(__filename);
    routed = new RoutedStack(lab, stack);
    on = new VerifiedStack(lab, stack, routed);
    await deploy(lab, stack);
    sound = await on.everything();
  });
  after(() => browser?.close());

  const ofRoute = (rule: string) =>
    `failed | route ${ROUTE} | ${routed.at(ROUTE)}pools[0].addresses[0] = "${ROUTE}": ${rule}; pulumi up corrects it`;

  it("reports that all is as planned, probes a service of the pool, and leaves nothing behind", async () => {
    const { lines, answers, exitCode } = await on.verify();
    assert.deepEqual(lines, [...CLUSTER, ...ROUTER, SERVICE, "", "9 ok"]);
    assert.deepEqual([answers, exitCode], [ANSWERED, 0]);
    assert.deepEqual(await on.everything(), sound);
    assert.deepEqual(await on.seen(browser), {
      title: "All as planned: lab-dev",
      marks: { "192.168.50.1": "ok", "192.168.50.11": "ok", "lab-dev": "ok", route: "ok" },
      lines: [COLOURS.ok],
    });
  });

  it("prints the same as JSON, by make from outside of the lab", async () => {
    const args = ["-s", "verify", `STACK=${stack}`, "ARGS=--json"];
    const { stdout } = await execa("make", args, { cwd: repository, env: { LAB: lab.folders.name } });
    const { ok, checks, services } = JSON.parse(stdout) as {
      ok: boolean;
      checks: { of: string; what: string; outcome: string }[];
      services: { of: string; pool: string; address: string; status: number; milliseconds: number }[];
    };
    assert.equal(ok, true);
    const lines = checks.map(({ of, outcome, what }) => [of, outcome, what]);
    const expected = [...CLUSTER, ...ROUTER, SERVICE].map((line) => [stack, ...line.split(" | ").slice(0, 2)]);
    assert.deepEqual(lines, expected);
    const answers = services.map(({ milliseconds, ...rest }) => [typeof milliseconds, rest]);
    assert.deepEqual(answers, [["number", { of: stack, pool: stack, address: "10.5.0.1", status: 200 }]]);
  });

  it("probes from another machine of the household, by SSH", async () => {
    const { name, env } = await serveSsh(lab);
    const from = (host: string) => onOperator(lab, ["verify", stack, "--from", host], { env, reject: false });
    const asked = await from(name);
    const { lines, answers } = parsed(asked.stdout);
    assert.equal(lines.at(-3), `ok | service lab-dev | 10.5.0.1 answers ${name} with 200 in MS`);
    assert.deepEqual([answers, asked.exitCode], [ANSWERED, 0]);
    const unreachable = await from("nobody@192.168.50.250");
    assert.match(
      parsed(unreachable.stdout).lines.at(-3) ?? "",
      /^failed \| service lab-dev \| 10\.5\.0\.1 does not answer nobody@192\.168\.50\.250 within 10 s \(ssh: connect to host .*\); if all/,
    );
    assert.deepEqual([parsed(unreachable.stdout).answers, unreachable.exitCode], [SILENT, 1]);
    assert.deepEqual(await on.everything(), sound);
  });

  describe("with a fault on the router", () => {
    const RECORD = "'<10.5.0.0>255.255.255.0>192.168.50.77>0>LAN'";

    before(() => routed.router("nvram get sr_rulelist >/tmp/list; ip route show 10.5.0.0/24 >/tmp/route"));
    // Removes the shorter path from the router's ICMP redirects: on it, a service would answer for minutes without the router.
    beforeEach(() => lab.operator.exec(["ip", "route", "flush", "cache"]));
    afterEach(() => routed.router('nvram set sr_rulelist="$(cat /tmp/list)"; ip route flush 10.5.0.0/24; ip route add $(cat /tmp/route)'));

    it("reports a deleted route, in the settings and in the routing table", async () => {
      await routed.router("nvram unset sr_rulelist; ip route flush 10.5.0.0/24");
      const { lines, answers, exitCode } = await on.verify();
      assert.deepEqual(lines, [
        ...CLUSTER,
        ROUTER[0],
        ofRoute("its record is missing from the router's list"),
        ofRoute("it is missing from the router's table"),
        UNANSWERED,
        "",
        "3 failed, 7 ok",
      ]);
      assert.deepEqual([answers, exitCode], [SILENT, 1]);
      assert.deepEqual(await on.probes(), []);
      assert.deepEqual(await on.seen(browser), {
        title: "Not as planned: lab-dev",
        marks: { "192.168.50.1": "ok", "192.168.50.11": "ok", "lab-dev": "failed", route: "failed" },
        lines: [COLOURS.failed],
      });
    });

    it("reports an edited record, while the service still answers", async () => {
      await routed.router(`nvram set sr_rulelist=${RECORD}`);
      const { lines, answers, exitCode } = await on.verify();
      assert.deepEqual(lines, [
        ...CLUSTER,
        ROUTER[0],
        ofRoute(`its record was changed on the router to ${RECORD}`),
        SERVICE,
        "",
        "1 failed, 8 ok",
      ]);
      assert.deepEqual([answers, exitCode], [ANSWERED, 1]);
    });

    it("reports that the router does not answer, and draws what could not be checked as unknown", async () => {
      await routed.offTheNetwork(async () => {
        const { lines, answers, exitCode } = await on.verify();
        const printed = `${routed.at("host: ")}router.host = "192.168.50.1": 192.168.50.1:22 does not answer (REASON)`;
        assert.deepEqual(lines, [
          ...CLUSTER,
          `failed | router | ${printed}; switch it on, with SSH for its LAN`,
          `unknown | route ${ROUTE} | skipped: the router cannot be read, see above`,
          UNANSWERED,
          "",
          "2 failed, 1 unknown, 6 ok",
        ]);
        assert.deepEqual([answers, exitCode], [SILENT, 1]);
      });
      const marks = { "192.168.50.1": "failed", "192.168.50.11": "ok", "lab-dev": "failed", route: "unknown" };
      assert.deepEqual((await on.seen(browser)).marks, marks);
      assert.deepEqual(await on.probes(), []);
    });

    it("reports a changed host key of the router, and still probes the service", async () => {
      routed.edited.writeToAll({ "router.hostKey": HOST_KEY });
      const place = `${routed.at("hostKey: ")}router.hostKey = "${HOST_KEY}"`;
      const { lines, exitCode } = await on.verify().finally(() => routed.edited.reset());
      const fix = "if the router was reset or updated, write this key; if not, another host answers there";
      assert.deepEqual(lines, [
        ...CLUSTER,
        `failed | router | ${place}: 192.168.50.1 shows another host key, ${lab.router.hostKey()}; ${fix}`,
        `unknown | route ${ROUTE} | skipped: the router cannot be read, see above`,
        SERVICE,
        "",
        "1 failed, 1 unknown, 7 ok",
      ]);
      assert.equal(exitCode, 1);
    });

    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      it(`removes its service when it is interrupted by ${signal}`, async () => {
        await routed.router("ip route flush 10.5.0.0/24");
        const run = execa("bin/homelab", ["verify", stack], { cwd: repository, env: { LAB: lab.folders.name }, reject: false });
        await until("the service", async () => (await on.probes()).length > 0);
        run.kill(signal);
        const { exitCode, stdout, stderr } = await run;
        assert.deepEqual(await on.probes(), []);
        assert.equal(exitCode, code);
        assert.equal(stderr, `Interrupted (${signal}): the probe services were removed.`);
        assert.equal(parsed(stdout).lines.at(-3), "unknown | service lab-dev | interrupted before it answered");
      });
    }

    it("removes the service of a killed run", async () => {
      await routed.router("ip route flush 10.5.0.0/24");
      const run = onOperator(lab, ["verify", stack], { reject: false });
      await until("the service and what it leads to", async () => (await on.probes()).length === 2);
      const made = "jsonpath={.items[*].metadata.annotations.homelab-network/made-by}";
      const by = await on.kubectl("get", "services", "--namespace", namespace, "--selector", "homelab-network/trial", "--output", made);
      await lab.operator.exec(["kill", "-KILL", by.split(" ")[1] ?? ""]);
      assert.notEqual((await run).exitCode, 0);
      assert.equal((await on.probes()).length, 2);
      await routed.router("ip route add $(cat /tmp/route)");
      const { lines, exitCode } = await on.verify();
      const left = `warning | left | removed ${namespace}/homelab-network-trial-ID, left by an interrupted run`;
      assert.deepEqual(lines, [...CLUSTER, ...ROUTER, left, SERVICE, "", "1 warning, 9 ok"]);
      assert.equal(exitCode, 0);
      assert.deepEqual(await on.probes(), []);
    });
  });

  describe("with a fault in the cluster", () => {
    it("reports a pool that was edited by hand, and a missing advertisement", async () => {
      const objects = await on.kubectl("get", "ipaddresspools,l2advertisements", "--namespace", namespace, "--output", "yaml");
      const patch = JSON.stringify({ spec: { addresses: ["10.5.0.128/25"], autoAssign: false } });
      await on.kubectl("patch", "ipaddresspool", stack, "--namespace", namespace, "--type", "merge", "--patch", patch);
      await on.kubectl("delete", "l2advertisement", "pools", "--namespace", namespace);
      const again = "pulumi up --refresh --stack lab-dev corrects it";
      const pool = `spec.addresses[0] is "10.5.0.128/25" and not "${ROUTE}"; spec.autoAssign is false and not true`;
      const restore = () => lab.cluster(stack).kubectl(["replace", "--force", "--filename", "-"], objects);
      const { lines, exitCode } = await on.verify().finally(restore);
      assert.deepEqual(lines, [
        ...CLUSTER.slice(0, 4),
        `failed | pool lab-dev | IPAddressPool ${namespace}/lab-dev: ${pool}; ${again}, or names the other owner of the field (docs/how-to/metallb-troubleshooting.md)`,
        `failed | advertisement pools | L2Advertisement ${namespace}/pools is missing; ${again}`,
        ...ROUTER,
        SERVICE.replace("10.5.0.1", "10.5.0.128"),
        "",
        "2 failed, 7 ok",
      ]);
      assert.equal(exitCode, 1);
    });

    it("reports that node and cluster are down", async () => {
      await routed.powerOffMaster();
      try {
        const { lines, answers, exitCode } = await on.verify();
        const fix = "start it, check the network to it (VPN, firewall), or correct cluster.kubeconfig and cluster.context";
        const unknown = (why: string, ...names: string[]) => names.map((name) => `unknown | ${name} | ${why}`);
        assert.deepEqual(lines, [
          `failed | cluster | https://192.168.50.11:6443 does not answer (REASON); ${fix}`,
          ...unknown("skipped: the cluster cannot be read", "gateway", "metallb", "webhook", "pool lab-dev", "advertisement pools"),
          ...ROUTER,
          ...unknown("skipped: the cluster cannot be read", "service lab-dev"),
          "",
          "1 failed, 6 unknown, 2 ok",
        ]);
        assert.deepEqual([answers, exitCode], [SILENT.replace("10.5.0.1 | none", "none | none"), 1]);
        const marks = { "192.168.50.1": "ok", "192.168.50.11": "failed", "lab-dev": "unknown", route: "ok" };
        assert.deepEqual((await on.seen(browser)).marks, marks);
      } finally {
        await lab.up(new Progress());
      }
    });
  });
});
