/** Tests the program's script for names in the firmware's shell, over SSH, against the check that predicts its result. */
import assert from "node:assert/strict";
import { type Ipv4 } from "../../../config/address/address";
import { type Mac } from "../../../config/address/mac";
import { asusRecords } from "../../../router/asus/records/driver";
import type { Reservation } from "../../../router/records";
import { devPlan } from "../../support/readings";
import { bench } from "./bench";
import { cutConnection, killScript, RouteRouter, type Action } from "./route-router";
import { eventually } from "./start-router";

const one: Reservation = { address: "192.168.50.61" as Ipv4, mac: "D8:3A:DD:00:00:61" as Mac };
const ofOne = "<D8:3A:DD:00:00:61>192.168.50.61>>";

describe("the script for names", function () {
  this.timeout(60_000);
  let router: RouteRouter;
  before(async () => {
    router = new RouteRouter(await bench().router());
  });
  after(() => router?.twin.switchOff());

  /** Returns what a change of names may touch besides the file. */
  async function state() {
    const command = 'echo "$(cat /flash/commits 2>/dev/null || echo 0) $(cat /var/run/dnsmasq.pid)"; nvram get dhcp_staticlist';
    const [first = "", list = ""] = (await router.twin.console(command)).split("\n");
    const [commits = "", server = ""] = first.split(" ");
    return { list, commits: Number(commits), server };
  }
  const grafana = { name: "grafana", address: "10.5.0.10" as Ipv4 };
  const wiki = { name: "wiki.home.arpa", address: "10.5.0.11" as Ipv4 };
  /** Lines of others, the last one without a line break. */
  const others = "# mine\n10.9.9.9 nas nas.lan\n\n10.9.9.8 tv";
  const file = "/jffs/configs/hosts.add";
  const block = (...names: readonly (typeof grafana)[]) =>
    `# homelab-network 552427561 begin\n${names.map(({ name, address }) => `${address} ${name}\n`).join("")}# homelab-network 552427561 end\n`;
  const named = (action: Action, names: readonly (typeof grafana)[], planned: readonly Reservation[] = []) => {
    const { stdin, ...commands } = asusRecords.commands({ planned, names }, { owner: "lab-dev", adopt: false, enableDormant: false });
    return router.twin.ssh(commands[action], {}, stdin);
  };
  const content = async () => (await router.twin.console(`cat ${file} 2>/dev/null; echo .`)).replace(/\.$/, "");
  const write = (text: string) => router.twin.console(`printf '${text.replaceAll("\n", "\\n")}' >${file}`);
  const differences = async (names: readonly (typeof grafana)[]) => {
    const plan = devPlan({ names: Object.fromEntries(names.map(({ name, address }) => [name, address])) });
    const reading = asusRecords.parse((await router.twin.ssh(asusRecords.query([], names))).stdout);
    const { refusals, differences: found } = asusRecords.judge({ plan, owned: [], ownedNames: names, reading });
    return { refusals: refusals.length, differences: found.map(({ rule }) => rule) };
  };
  beforeEach(() =>
    router.twin.console(
      `rm -f ${file} /jffs/configs/hosts; nvram set jffs2_scripts=1; [ ! -f /tmp/helper.sh ] || mv /tmp/helper.sh /usr/sbin/helper.sh`,
    ),
  );

  it("resolves them, keeps the lines of others byte for byte, and removes its own alone", async () => {
    await write(others);
    const before = await state();
    assert.deepEqual(await named("create", [grafana, wiki]), {
      stdout: "reservations and names in place: grafana is 10.5.0.10, wiki.home.arpa is 10.5.0.11\n",
      stderr: "",
      code: 0,
    });
    assert.equal(await content(), `${block(grafana, wiki)}${others}`);
    assert.deepEqual(await bench().device.resolve("192.168.50.1", "grafana", "wiki.home.arpa", "nas"), [
      "10.5.0.10",
      "10.5.0.11",
      "10.9.9.9",
    ]);
    const after = await state();
    assert.deepEqual([after.list, after.commits, after.server === before.server], [before.list, before.commits, false]);
    assert.deepEqual(await differences([grafana, wiki]), { refusals: 0, differences: [] });
    assert.equal((await named("update", [grafana, wiki])).code, 0);
    assert.deepEqual(await state(), after);
    assert.equal((await named("update", [wiki])).code, 0);
    assert.equal(await content(), `${block(wiki)}${others}`);
    assert.equal((await named("remove", [wiki])).stderr, "");
    assert.equal(await content(), others);
    assert.deepEqual(await bench().device.resolve("192.168.50.1", "wiki.home.arpa", "nas"), ["EREFUSED", "10.9.9.9"]);
  });

  it("restarts dnsmasq once for names and reservations, and removes an empty file", async () => {
    const before = await state();
    assert.equal((await named("create", [grafana], [one])).stderr, "");
    const { list, commits } = await state();
    assert.deepEqual([list, commits - before.commits, await content()], [ofOne, 1, block(grafana)]);
    assert.equal((await named("remove", [grafana], [one])).stderr, "");
    assert.deepEqual([(await state()).list, await content()], ["", ""]);
  });

  it("corrects lines that were changed, in their place, and the check reports them", async () => {
    await named("create", [grafana]);
    await write(`${block(grafana).replace("10.5.0.10", "10.5.0.99")}# mine\n`);
    assert.equal((await differences([grafana])).differences.length, 1);
    assert.equal((await named("update", [grafana])).stderr, "");
    assert.equal(await content(), `${block(grafana)}# mine\n`);
    assert.deepEqual((await differences([grafana])).differences, []);
  });

  const refusedNames: [is: string, prepare: string, stderr: RegExp][] = [
    [
      "a name that others have",
      `echo 10.9.9.9 grafana >${file}; cp ${file} /tmp/hosts; cat ${file} >>/etc/hosts`,
      /already resolves grafana to 10\.9\.9\.9/,
    ],
    ["stock firmware", "mv /usr/sbin/helper.sh /tmp/helper.sh", /stock firmware has no file for names, .*; install Asuswrt-Merlin/],
    ["custom scripts and configs switched off", "nvram set jffs2_scripts=0", /the router ignores files with names; switch on JFFS/],
    [
      "a file that replaces the firmware's",
      "echo 127.0.0.1 localhost >/jffs/configs/hosts",
      /\/jffs\/configs\/hosts on the router replaces/,
    ],
  ];
  for (const [is, prepare, stderr] of refusedNames) {
    it(`refuses ${is} and changes nothing, as the check predicts`, async () => {
      await router.twin.console(prepare);
      const [before, lines] = [await state(), await content()];
      assert.equal((await differences([grafana])).refusals + (await differences([grafana])).differences.length > 0, true);
      const outcome = await named("create", [grafana]);
      assert.match(outcome.stderr, stderr);
      assert.deepEqual([await state(), await content()], [before, lines]);
    });
  }

  /** Faults during a change. Each leaves lines of others, list and DNS server either unchanged or fully changed, and the next run succeeds. */
  describe("is safe from faults:", () => {
    const foreign = "<aa:bb:cc:00:00:62>192.168.50.62>1.1.1.1>tv<junk";
    const lines = `${others}\n`;
    const initial = { list: foreign, lines, found: ["ENOTFOUND", "10.9.9.9"] };
    const changed = { list: foreign + ofOne, lines: lines + block(grafana), found: ["10.5.0.10", "10.9.9.9"] };
    const cannotWrite = "homelab-network: cannot write /jffs/configs/hosts.add on the router; is its /jffs full or read-only?\n";

    const effects = async () => {
      const found = await bench().device.resolve("192.168.50.1", "grafana", "nas");
      return { list: (await state()).list, lines: await content(), found: found.map((one) => (one === "EREFUSED" ? "ENOTFOUND" : one)) };
    };
    const healthy = () => router.twin.console("rm -f /bin/printf /bin/service /bin/nvram /tmp/reached /tmp/full");
    const settled = () =>
      eventually("the end of the firmware's events", async () => (await router.twin.console("nvram get rc_service")) === "");

    beforeEach(async () => {
      await healthy();
      await write(lines);
      await router.twin.console(`nvram set 'dhcp_staticlist=${foreign}' set dhcp_static_x=1; nvram commit; service restart_dnsmasq`);
      await settled();
      assert.deepEqual(await effects(), initial);
    });

    /** Asserts that the next run on the healthy router adds name and reservation, and leaves nothing behind. */
    async function recovers(action: Action = "create"): Promise<void> {
      await healthy();
      assert.deepEqual((await named(action, [grafana], [one])).stderr, "");
      assert.deepEqual(await effects(), changed);
      assert.doesNotMatch(await router.twin.console("ls /tmp /jffs/configs"), /homelab-network/);
    }

    /** Asserts that a change fails with a message and has no effect, and that the next one succeeds. */
    async function fails(message: string | RegExp): Promise<void> {
      const { code, stderr } = await named("create", [grafana], [one]);
      assert.equal(code, 1, stderr);
      if (typeof message === "string") assert.equal(stderr, message);
      else assert.match(stderr, message);
      await router.unlocked();
      await healthy();
      await settled();
      assert.deepEqual(await effects(), initial);
      assert.doesNotMatch(await router.twin.console("ls /tmp /jffs/configs"), /homelab-network/);
      await recovers();
    }

    it("a full /jffs, which keeps a part of the file", async () => {
      await router.tamperWrites("/hosts.add", '/usr/bin/printf "# mine"; exit 1');
      await fails(cannotWrite);
    });

    it("a write that silently keeps nothing", async () => {
      await router.tamperWrites("/hosts.add", "exit 0");
      await fails(cannotWrite);
    });

    it("a full /tmp, which keeps a part of the lines to restore", async () => {
      await router.tamperWrites("/homelab-network.records/", '/usr/bin/printf "# mine"; exit 1');
      await fails("homelab-network: cannot write to /tmp/homelab-network.records on the router; is its /tmp full?\n");
    });

    it("nvram that silently drops the reservation of the same change", async () => {
      await router.tamper("case $1 in set) exit 0 ;; esac");
      await fails(/^homelab-network: the router did not keep dhcp_staticlist/);
    });

    it("a firmware that does not restart the DNS server", async () => {
      await router.tamperProgram("/sbin/service", "exit 0");
      await fails(/did not restart its DNS and DHCP server/);
    });

    it("a /jffs that is full when the earlier lines are to be restored, which it reports", async () => {
      await router.tamperProgram("/sbin/service", "echo >/tmp/full; exit 0");
      await router.tamperWrites("/hosts.add", "[ ! -e /tmp/full ] || exit 1");
      const { stderr } = await named("create", [grafana], [one]);
      assert.match(
        stderr,
        /\nhomelab-network: \/jffs\/configs\/hosts\.add on the router cannot be restored; is its \/jffs full or read-only\?\n$/,
      );
      await recovers();
    });

    /** Starts a change and returns when hosts.add has the new lines. @param text runs before the restart */
    async function interrupted(text: string) {
      await router.tamperProgram("/sbin/service", `echo >/tmp/reached; ${text}`);
      const outcome = named("create", [grafana], [one]).catch(() => ({ code: -1 }));
      await router.reached("/tmp/reached");
      assert.equal(await content(), changed.lines);
      return outcome;
    }

    it("a run that was killed half-way, whose changes the next one undoes before it continues", async () => {
      const { code } = await interrupted(killScript);
      assert.notEqual(code, 0);
      await recovers();
    });

    it("a connection that is cut half-way, after which the change still finishes", async () => {
      const { code } = await interrupted(cutConnection);
      assert.equal(code, -1);
      await router.unlocked();
      await settled();
      assert.deepEqual(await effects(), changed);
      await recovers("update");
    });

    it("a router that reboots half-way, which keeps the lines that it has written", async () => {
      await router.tamperProgram("/sbin/service", "echo >/tmp/reached; sleep 1000");
      const outcome = named("create", [grafana], [one]).catch(() => ({ code: -1 }));
      await router.reached("/tmp/reached");
      await router.endPrograms("dropbear");
      await router.twin.switchOff();
      assert.notEqual((await outcome).code, 0);
      await router.twin.switchOn();
      assert.deepEqual(await effects(), changed);
      await recovers("update");
    });
  });
});
