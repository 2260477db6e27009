import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import type { Browser } from "playwright-core";
import { onOperator } from "../../lab/operator";
import { repository } from "../../config/project";
import type { Lab } from "../../lab/lab";
import { versions } from "../../lab/tools/catalogue";
import { until } from "../../lab/wait";
import { openBrowser } from "../report/browser/chromium";
import { COLOURS, hopsOf, showPage } from "../report/browser/hops";
import { measure } from "../report/browser/measure";
import { endLab, raiseLab } from "../support/lab";
import { RoutedStack } from "../support/routed-stack";
import { serveSsh } from "../support/ssh-host";

const stack = "lab-dev";
const route = "10.5.0.0/24";
const namespace = "metallb-system";

describe("homelab verify", () => {
  let lab: Lab;
  let routed: RoutedStack;
  let browser: Browser;
  let report: string;
  /** What the cluster and the router have when all is well. */
  let sound: unknown[];

  before(async () => {
    browser = await openBrowser();
    lab = await raiseLab("test-doc-verify", { stacks: [stack] });
    report = path.join(lab.folders.project, "verify.html");
    routed = new RoutedStack(lab, stack);
    await routed.up();
    sound = await everything();
  });
  after(async () => {
    await browser?.close();
    await endLab(lab);
  });

  const kubectl = (...args: string[]) => lab.cluster(stack).kubectl(args);
  const everything = async () => [
    await kubectl("get", "services,endpointslices,configmaps,ipaddresspools,l2advertisements", "--all-namespaces", "--output", "name"),
    await routed.state(),
  ];
  const probes = async () => {
    const found = await kubectl(
      "get",
      "services,endpointslices",
      "--all-namespaces",
      "--selector",
      "homelab-network/trial",
      "--output",
      "name",
    );
    return found === "" ? [] : found.split("\n");
  };

  interface Said {
    readonly lines: readonly string[];
    readonly answers: string;
    readonly exitCode: number;
  }

  async function verify(...args: string[]): Promise<Said> {
    const { stdout, stderr, exitCode } = await onOperator(lab, ["verify", stack, "--report", report, ...args], { reject: false });
    assert.equal(stderr, "");
    return { ...parsed(stdout), exitCode };
  }

  /** The lines, the only line of the table, and the sum, all without what no two runs have in common. */
  function parsed(stdout: string): Omit<Said, "exitCode"> {
    const tidy = (text: string) =>
      text
        .trim()
        .replaceAll(/ {2,}/g, " | ")
        .replaceAll(/\d+ ms/g, "MS")
        .replaceAll(/trial-\w{8}/g, "trial-ID")
        // Who is in the way first decides how a silence shows.
        .replaceAll(/\((E[A-Z]+|silent for \d s)\)/g, "(REASON)");
    const [, ...lines] = stdout.split("\n").map(tidy);
    const table = lines.indexOf("");
    return { lines: [...lines.slice(0, table), ...lines.slice(table + 4)], answers: lines[table + 3] ?? "" };
  }

  const cluster = [
    `ok | cluster | https://192.168.50.11:6443 answers, Kubernetes ${versions.kubernetes}`,
    "ok | gateway | 192.168.50.11 is lab-dev-master, a Ready master",
    "ok | metallb | chart 0.15.3, controller 1 of 1, speakers 1 of 1 ready",
    "ok | webhook | answers, so that pools can be changed",
    "ok | pool lab-dev | IPAddressPool as planned",
    "ok | advertisement pools | L2Advertisement as planned",
  ];
  const router = ["ok | router | 192.168.50.1:22 answers", `ok | route ${route} | by 192.168.50.11, in the router's settings and in force`];
  const service = "ok | service lab-dev | 10.5.0.1 answers this machine with 200 in MS";
  const answered = `lab-dev | lab-dev | ${route} | 192.168.50.11 | 10.5.0.1 | 200 | MS`;
  const silent = `lab-dev | lab-dev | ${route} | 192.168.50.11 | 10.5.0.1 | none`;
  const unanswered =
    `failed | service lab-dev | 10.5.0.1 does not answer this machine within 10 s (REASON); where all lines above are ok, look at the way from there to ` +
    "the router, and at a firewall on router or node";
  const ofRoute = (rule: string) =>
    `failed | route ${route} | ${routed.at(route)}pools[0].addresses[0] = "${route}": ${rule}; pulumi up puts it right`;

  /** What the report shows in a browser, in which all can be read. */
  async function seen() {
    const page = await browser.newPage({ colorScheme: "light" });
    await showPage(page, fs.readFileSync(report, "utf8"));
    const { marks, lines } = await hopsOf(page);
    const { faults } = await measure(page);
    const title = await page.title();
    await page.close();
    assert.deepEqual(faults, []);
    for (const { mark, badge, outline } of marks) {
      assert.deepEqual([badge, outline], [COLOURS[mark as keyof typeof COLOURS], COLOURS[mark as keyof typeof COLOURS]]);
    }
    return { title, marks: Object.fromEntries(marks.map(({ of, mark }) => [of, mark])), lines: [...new Set(lines)] };
  }

  it("finds all as planned, asks a service of the pool, and leaves nothing behind", async () => {
    const { lines, answers, exitCode } = await verify();
    assert.deepEqual(lines, [...cluster, ...router, service, "", "9 ok"]);
    assert.equal(answers, answered);
    assert.equal(exitCode, 0);
    assert.deepEqual(await everything(), sound);
    assert.deepEqual(await seen(), {
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
    assert.deepEqual(
      checks.map(({ of, outcome, what }) => [of, outcome, what]),
      [...cluster, ...router, service].map((line) => [stack, ...line.split(" | ").slice(0, 2)]),
    );
    assert.deepEqual(
      services.map(({ milliseconds, ...rest }) => [typeof milliseconds, rest]),
      [["number", { of: stack, pool: stack, address: "10.5.0.1", status: 200 }]],
    );
  });

  it("has another machine of the household ask, by SSH", async () => {
    const { name, env } = await serveSsh(lab);
    const from = (host: string) => onOperator(lab, ["verify", stack, "--from", host], { env, reject: false });
    const asked = await from(name);
    const { lines, answers } = parsed(asked.stdout);
    assert.equal(lines.at(-3), `ok | service lab-dev | 10.5.0.1 answers ${name} with 200 in MS`);
    assert.deepEqual([answers, asked.exitCode], [answered, 0]);
    const nobody = await from("nobody@192.168.50.250");
    assert.match(
      parsed(nobody.stdout).lines.at(-3) ?? "",
      /^failed \| service lab-dev \| 10\.5\.0\.1 does not answer nobody@192\.168\.50\.250 within 10 s \(ssh: connect to host .*\); where all/,
    );
    assert.deepEqual([parsed(nobody.stdout).answers, nobody.exitCode], [silent, 1]);
    assert.deepEqual(await everything(), sound);
  });

  describe("with a fault on the router", () => {
    const RECORD = "'<10.5.0.0>255.255.255.0>192.168.50.77>0>LAN'";

    before(() => routed.router("nvram get sr_rulelist >/tmp/list; ip route show 10.5.0.0/24 >/tmp/route"));
    // The router has told the operator of the shorter way (ICMP redirect), on which a service answers for minutes without it.
    beforeEach(() => lab.operator.exec(["ip", "route", "flush", "cache"]));
    afterEach(() => routed.router('nvram set sr_rulelist="$(cat /tmp/list)"; ip route flush 10.5.0.0/24; ip route add $(cat /tmp/route)'));

    it("says that somebody deleted the route, in the settings and in force", async () => {
      await routed.router("nvram unset sr_rulelist; ip route flush 10.5.0.0/24");
      const { lines, answers, exitCode } = await verify();
      assert.deepEqual(lines, [
        ...cluster,
        router[0],
        ofRoute("its record is missing from the router's list"),
        ofRoute("it is missing from the router's table"),
        unanswered,
        "",
        "3 failed, 7 ok",
      ]);
      assert.deepEqual([answers, exitCode], [silent, 1]);
      assert.deepEqual(await probes(), []);
      assert.deepEqual(await seen(), {
        title: "Not as planned: lab-dev",
        marks: { "192.168.50.1": "ok", "192.168.50.11": "ok", "lab-dev": "failed", route: "failed" },
        lines: [COLOURS.failed],
      });
    });

    it("says that somebody edited the record, while the service answers still", async () => {
      await routed.router(`nvram set sr_rulelist=${RECORD}`);
      const { lines, answers, exitCode } = await verify();
      assert.deepEqual(lines, [
        ...cluster,
        router[0],
        ofRoute(`its record was changed on the router to ${RECORD}`),
        service,
        "",
        "1 failed, 8 ok",
      ]);
      assert.deepEqual([answers, exitCode], [answered, 1]);
    });

    it("says that the router does not answer, and draws what nobody knows as unknown", async () => {
      await routed.offTheNetwork(async () => {
        const { lines, answers, exitCode } = await verify();
        const said = `${routed.at("host: ")}router.host = "192.168.50.1": 192.168.50.1:22 does not answer (REASON)`;
        assert.deepEqual(lines, [
          ...cluster,
          `failed | router | ${said}; switch it on, with SSH for its LAN`,
          `unknown | route ${route} | the router is not asked, see above`,
          unanswered,
          "",
          "2 failed, 1 unknown, 6 ok",
        ]);
        assert.deepEqual([answers, exitCode], [silent, 1]);
      });
      assert.deepEqual((await seen()).marks, { "192.168.50.1": "failed", "192.168.50.11": "ok", "lab-dev": "failed", route: "unknown" });
      assert.deepEqual(await probes(), []);
    });

    it("says that the router shows another host key, and asks the service all the same", async () => {
      routed.edited.write({ "router.hostKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuK" });
      const place = `${routed.at("hostKey: ")}router.hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuK"`;
      const { lines, exitCode } = await verify().finally(() => routed.edited.reset());
      const fix = "if the router was reset or updated, write this one; if not, somebody else answers there";
      assert.deepEqual(lines, [
        ...cluster,
        `failed | router | ${place}: 192.168.50.1 shows another host key, ${lab.router.hostKey()}; ${fix}`,
        `unknown | route ${route} | the router is not asked, see above`,
        service,
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
        const env = { LAB: lab.folders.name };
        const run = execa("bin/homelab", ["verify", stack], { cwd: repository, env, reject: false });
        await until("the service", async () => (await probes()).length > 0);
        run.kill(signal);
        const { exitCode, stdout, stderr } = await run;
        assert.deepEqual(await probes(), []);
        assert.equal(exitCode, code);
        assert.equal(stderr, `Interrupted (${signal}): what was made for the check is removed.`);
        assert.equal(parsed(stdout).lines.at(-3), "unknown | service lab-dev | interrupted before it answered");
      });
    }

    it("removes what a run left that was killed", async () => {
      await routed.router("ip route flush 10.5.0.0/24");
      const run = onOperator(lab, ["verify", stack], { reject: false });
      await until("the service and what it leads to", async () => (await probes()).length === 2);
      const made = "jsonpath={.items[*].metadata.annotations.homelab-network/made-by}";
      const by = await kubectl("get", "services", "--namespace", namespace, "--selector", "homelab-network/trial", "--output", made);
      await lab.operator.exec(["kill", "-KILL", by.split(" ")[1] ?? ""]);
      assert.notEqual((await run).exitCode, 0);
      assert.equal((await probes()).length, 2);
      await routed.router("ip route add $(cat /tmp/route)");
      const { lines, exitCode } = await verify();
      const left = `warning | left | removed ${namespace}/homelab-network-trial-ID, which a run had left that was killed`;
      assert.deepEqual(lines, [...cluster, ...router, left, service, "", "1 warning, 9 ok"]);
      assert.equal(exitCode, 0);
      assert.deepEqual(await probes(), []);
    });
  });

  describe("with a fault in the cluster", () => {
    it("says in what a pool was edited by hand, and which advertisement is gone", async () => {
      const objects = await kubectl("get", "ipaddresspools,l2advertisements", "--namespace", namespace, "--output", "yaml");
      const patch = JSON.stringify({ spec: { addresses: ["10.5.0.128/25"], autoAssign: false } });
      await kubectl("patch", "ipaddresspool", stack, "--namespace", namespace, "--type", "merge", "--patch", patch);
      await kubectl("delete", "l2advertisement", "pools", "--namespace", namespace);
      const again = "pulumi up --refresh --stack lab-dev puts it right";
      const pool = `spec.addresses[0] is "10.5.0.128/25" and not "${route}"; spec.autoAssign is false and not true`;
      const { lines, exitCode } = await verify();
      assert.deepEqual(lines, [
        ...cluster.slice(0, 4),
        `failed | pool lab-dev | IPAddressPool ${namespace}/lab-dev: ${pool}; ${again}, or says whose the field is (docs/how-to/metallb-field-conflict.md)`,
        `failed | advertisement pools | L2Advertisement ${namespace}/pools is missing; ${again}`,
        ...router,
        service.replace("10.5.0.1", "10.5.0.128"),
        "",
        "2 failed, 7 ok",
      ]);
      assert.equal(exitCode, 1);
      await lab.cluster(stack).kubectl(["replace", "--force", "--filename", "-"], objects);
    });
  });

  describe("without its node", () => {
    it("says that node and cluster are down", async () => {
      await lab.cluster(stack).master.powerOff();
      const { lines, answers, exitCode } = await verify();
      const fix = "bring its API server up, or correct cluster.kubeconfig and cluster.context";
      const unknown = (why: string, ...names: string[]) => names.map((name) => `unknown | ${name} | ${why}`);
      assert.deepEqual(lines, [
        `failed | cluster | https://192.168.50.11:6443 does not answer (REASON); ${fix}`,
        ...unknown("the cluster does not answer", "gateway", "metallb", "webhook", "pool lab-dev", "advertisement pools"),
        ...router,
        ...unknown("the cluster does not answer", "service lab-dev"),
        "",
        "1 failed, 6 unknown, 2 ok",
      ]);
      assert.deepEqual([answers, exitCode], [silent.replace("10.5.0.1 | none", "none | none"), 1]);
      assert.deepEqual((await seen()).marks, { "192.168.50.1": "ok", "192.168.50.11": "failed", "lab-dev": "unknown", route: "ok" });
    });
  });
});
