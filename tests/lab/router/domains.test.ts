/** Tests the program's script for forwarded domains in the firmware's shell, over SSH, against the check that predicts its result. */
import assert from "node:assert/strict";
import { type Ipv4 } from "../../../config/address/address";
import { asusRecords } from "../../../router/asus/records/driver";
import type { NameRecord } from "../../../router/records";
import { devPlan } from "../../support/readings";
import { bench } from "./bench";
import { RouteRouter, type Action } from "./route-router";
import { eventually } from "./start-router";

/** The DNS server that stands for the cluster's, on the client host. */
const dnsServer = "192.168.50.103" as Ipv4;
const domain: NameRecord = { name: "k8s.example", address: dnsServer, forwarded: true };
const below: NameRecord = { name: "grafana.k8s.example", address: "10.5.0.10" as Ipv4 };
const file = "/jffs/configs/dnsmasq.conf.add";
const begin = "# homelab-network 552427561 begin\n";
const end = "# homelab-network 552427561 end\n";
const block = `${begin}server=/k8s.example/${dnsServer}\nrebind-domain-ok=/k8s.example/\n${end}`;

describe("the script for forwarded domains", function () {
  this.timeout(60_000);
  let router: RouteRouter;
  before(async () => {
    router = new RouteRouter(await bench().router({ dns_norebind: "1" }));
    await bench().device.serveNames(dnsServer, "10.5.0.60");
    await eventually("the DNS server", async () => (await bench().device.resolve(dnsServer, "web.k8s.example"))[0] === "10.5.0.60");
  });
  after(() => router?.twin.switchOff());
  beforeEach(async () => {
    await router.twin.console(`rm -f ${file} /jffs/configs/hosts.add /jffs/configs/dnsmasq.conf /bin/service; nvram set jffs2_scripts=1`);
    await router.twin.console("[ ! -f /tmp/helper.sh ] || mv /tmp/helper.sh /usr/sbin/helper.sh");
    await restart();
  });

  const resolve = (...names: readonly string[]) => bench().device.resolve("192.168.50.1", ...names);
  const content = async () => (await router.twin.console(`cat ${file} 2>/dev/null; echo .`)).replace(/\.$/, "");
  const write = (text: string) => router.twin.console(`printf '${text.replaceAll("\n", "\\n")}' >${file}`);
  const settled = () => eventually("the end of the restart", async () => (await router.twin.console("nvram get rc_service")) === "");
  const serverId = () => router.twin.console("cat /var/run/dnsmasq.pid; kill -0 $(cat /var/run/dnsmasq.pid)");
  async function restart(): Promise<void> {
    await router.twin.console("service restart_dnsmasq");
    await settled();
  }
  const script = (action: Action, names: readonly NameRecord[] = [domain]) => {
    const { stdin, ...commands } = asusRecords.commands({ planned: [], names }, { owner: "lab-dev", adopt: false, enableDormant: false });
    return router.twin.ssh(commands[action], {}, stdin);
  };
  /** Returns what the check of the planned domain finds. */
  const check = async (ownedNames: readonly NameRecord[] = [domain]) => {
    const plan = { ...devPlan(), names: [domain] };
    const reading = asusRecords.parse((await router.twin.ssh(asusRecords.query([], plan.names))).stdout);
    const { refusals, differences } = asusRecords.judge({ plan, owned: [], ownedNames, reading });
    return { refusals: refusals.map(({ rule }) => rule), differences: differences.map(({ rule }) => rule) };
  };
  const fine = { refusals: [], differences: [] };

  for (const [are, others] of [
    ["without a line break at their end", "# mine\nlog-dhcp\n\nlog-queries # last"],
    ["with one", "addn-hosts=/jffs/addons/YazDHCP.d/.hostnames # YazDHCP_hostnames\n"],
  ] as const) {
    it(`forwards a domain with rebind protection, and keeps the lines of others byte for byte, ${are}`, async () => {
      await write(others);
      assert.deepEqual(await check([]), fine);
      assert.deepEqual(await resolve("web.k8s.example"), ["EREFUSED"]);
      assert.deepEqual(await script("create"), {
        stdout: `reservations and names in place: domain k8s.example by ${dnsServer}\n`,
        stderr: "",
        code: 0,
      });
      assert.equal(await content(), others.endsWith("\n") ? others + block : block + others);
      assert.deepEqual(await resolve("web.k8s.example", "web.other.example"), ["10.5.0.60", "EREFUSED"]);
      assert.deepEqual(await check(), fine);
      const before = await serverId();
      assert.equal((await script("update")).code, 0);
      assert.equal(await serverId(), before);
      assert.equal((await script("remove")).stderr, "");
      assert.equal(await content(), others);
      assert.deepEqual(await resolve("web.k8s.example"), ["EREFUSED"]);
    });
  }

  it("still resolves a name below the domain itself, and removes what an update has no longer", async () => {
    assert.equal((await script("create", [below, domain])).stderr, "");
    assert.deepEqual(await resolve("grafana.k8s.example", "web.k8s.example"), ["10.5.0.10", "10.5.0.60"]);
    assert.equal((await script("update", [below])).stderr, "");
    assert.deepEqual([await content(), await resolve("grafana.k8s.example", "web.k8s.example")], ["", ["10.5.0.10", "EREFUSED"]]);
    assert.equal((await script("remove", [below])).stderr, "");
  });

  it("corrects lines that were changed, in their place, and the check reports them", async () => {
    await script("create");
    await write(`${block.replace(dnsServer, "10.5.0.99")}log-queries\n`);
    assert.deepEqual((await check()).differences, ["it is missing from /jffs/configs/dnsmasq.conf.add on the router"]);
    assert.equal((await script("update")).stderr, "");
    assert.equal(await content(), `${block}log-queries\n`);
    assert.deepEqual(await check(), fine);
  });

  it("lets dnsmasq use lines that are in the file only, and the check reports them", async () => {
    await write(block);
    assert.deepEqual((await check()).differences, ["the router's DNS server does not have it"]);
    assert.equal((await script("update")).stderr, "");
    assert.deepEqual([await resolve("web.k8s.example"), await content()], [["10.5.0.60"], block]);
  });

  const refused: [is: string, prepare: string, rule: RegExp, stderr: RegExp][] = [
    [
      "stock firmware",
      "mv /usr/sbin/helper.sh /tmp/helper.sh",
      /stock firmware has no file for domains/,
      /stock firmware has no file for domains, .*; install Asuswrt-Merlin/,
    ],
    [
      "custom scripts and configs switched off",
      "nvram set jffs2_scripts=0",
      /the router ignores files with domains/,
      /the router ignores files with domains; switch on JFFS/,
    ],
    [
      "a file that replaces the firmware's",
      "cp /etc/dnsmasq.conf /jffs/configs/dnsmasq.conf",
      /dnsmasq\.conf on the router replaces/,
      /dnsmasq\.conf on the router replaces the firmware's, domains included/,
    ],
    [
      "a domain that others forward",
      `echo server=/k8s.example/10.9.9.9 >${file}; service restart_dnsmasq`,
      /already has 'server=\/k8s\.example\/10\.9\.9\.9'/,
      /already has 'server=\/k8s\.example\/10\.9\.9\.9' for k8s\.example/,
    ],
  ];
  for (const [is, prepare, rule, stderr] of refused) {
    it(`refuses ${is} and changes nothing, as the check predicts`, async () => {
      await router.twin.console(prepare);
      await settled();
      const before = [await content(), await serverId()];
      assert.match((await check([])).refusals.join(), rule);
      assert.match((await script("create")).stderr, stderr);
      assert.deepEqual([await content(), await serverId()], before);
    });
  }

  it("refuses to restart dnsmasq while a line of others would keep it from starting", async () => {
    await write("nonsense=1\n");
    const before = await serverId();
    assert.match(
      (await script("create")).stderr,
      /would not start again \(dnsmasq: bad option at line 1 of .*\); remove that line there\n$/,
    );
    assert.deepEqual([await content(), await serverId()], ["nonsense=1\n", before]);
  });

  it("restores the file if dnsmasq is not restarted", async () => {
    await write("# mine");
    await router.twin.console("printf '#!/bin/sh\\n' >/bin/service; chmod +x /bin/service");
    assert.match((await script("create")).stderr, /did not restart its DNS and DHCP server with the change within 12 s/);
    assert.deepEqual([await content(), await router.twin.console("ls /jffs/configs")], ["# mine", "dnsmasq.conf.add"]);
  });
});
