/** Tests kernel routes: docs/reference/asus-router.md, "From record to route", "Metric", "Services", "What survives", "Forward chain". */
import assert from "node:assert/strict";
import { route } from "../../support/routes";
import { bench } from "./bench";
import { eventually, fullPath, type Router } from "./start-router";

const record = (destination: string, metric = "", mask = "255.255.255.0", gateway = "192.168.50.11", face = "LAN"): string =>
  `<${destination}>${mask}>${gateway}>${metric}>${face}`;

describe("router twin: static routes", function () {
  this.timeout(60_000);
  let router: Router | undefined;
  afterEach(() => router?.switchOff());

  const boot = async (variables: Record<string, string>): Promise<Router> => (router = await bench().router(variables));
  const routes = async (of: Router): Promise<string[]> =>
    (await of.console("ip route show"))
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => !line.includes("proto kernel"))
      .sort();

  it("installs each record at boot, with one added to its metric", async () => {
    const list = record("10.5.0.0") + record("10.6.0.0", "0") + record("10.7.0.0", "7") + record("10.8.0.1", "1", "255.255.255.255");
    assert.deepEqual(await routes(await boot({ sr_enable_x: "1", sr_rulelist: list })), [
      "10.5.0.0/24 via 192.168.50.11 dev br0 metric 1",
      "10.6.0.0/24 via 192.168.50.11 dev br0 metric 1",
      "10.7.0.0/24 via 192.168.50.11 dev br0 metric 8",
      "10.8.0.1 via 192.168.50.11 dev br0 metric 2",
    ]);
  });

  it("silently skips malformed records", async () => {
    const wrong = [
      "<10.1.0.0>255.255.255.0>192.168.50.11>LAN",
      "<10.1.0.0>255.255.255.0>192.168.50.11>>LAN>",
      record("10.1.0.0", "", "255.255.255.0", "192.168.50.11", "lan"),
      record("10.1.0.0", "", "255.255.255.0", "192.168.50.11", "WAN"),
      record("10.1.0.7"),
      record("10.1.0.0", "", "255.0.255.0"),
      record("10.1.0.0", "", "255.255.255.0", "192.168.99.9"),
    ];
    assert.deepEqual(await routes(await boot({ sr_enable_x: "1", sr_rulelist: wrong.join("") + record("10.5.0.0") })), [
      "10.5.0.0/24 via 192.168.50.11 dev br0 metric 1",
    ]);
  });

  it("installs nothing while sr_enable_x is not 1", async () => {
    assert.deepEqual(await routes(await boot({ sr_enable_x: "0", sr_rulelist: record("10.5.0.0") })), []);
  });

  it("installs nothing on an access point", async () => {
    assert.deepEqual(await routes(await boot({ sw_mode: "3", sr_enable_x: "1", sr_rulelist: record("10.5.0.0") })), []);
  });

  it("has committed records after a reboot, and no route made by hand", async () => {
    const on = await boot({});
    await on.console("ip route add 10.9.0.0/24 via 192.168.50.11 dev br0");
    await on.console(`nvram set sr_enable_x=1; nvram set 'sr_rulelist=${record("10.5.0.0", "4")}'; nvram commit`);
    assert.deepEqual(await routes(on), ["10.9.0.0/24 via 192.168.50.11 dev br0"]);
    await on.switchOff();
    await on.switchOn();
    assert.deepEqual(await routes(on), ["10.5.0.0/24 via 192.168.50.11 dev br0 metric 5"]);
  });

  it("gives a route made by hand the requested metric, by ip and by route", async () => {
    const on = await boot({});
    await on.console("ip route add 10.5.0.0/24 via 192.168.50.11 dev br0 metric 3");
    await on.console("route add -net 10.6.0.0 netmask 255.255.255.0 gw 192.168.50.11 metric 3 dev br0");
    assert.deepEqual(await routes(on), [
      "10.5.0.0/24 via 192.168.50.11 dev br0 metric 3",
      "10.6.0.0/24 via 192.168.50.11 dev br0 metric 3",
    ]);
  });

  it("rebuilds all routes at restart_net, uncommitted ones included, and cuts the session that requested it", async () => {
    const on = await boot({ sr_enable_x: "1", sr_rulelist: record("10.5.0.0") });
    await on.console(`ip route add 10.9.0.0/24 via 192.168.50.11 dev br0; nvram set 'sr_rulelist=${record("10.6.0.0")}'`);
    const { code } = await on.ssh(`${fullPath} service restart_net; sleep 20; echo still here`);
    assert.equal(code, -1);
    await on.answering();
    assert.deepEqual(await routes(on), ["10.6.0.0/24 via 192.168.50.11 dev br0 metric 1"]);
  });

  it("ignores an unknown action, and reports success", async () => {
    const on = await boot({ sr_enable_x: "1" });
    await on.console(`nvram set 'sr_rulelist=${record("10.5.0.0")}'`);
    assert.deepEqual(await on.ssh(`${fullPath} service restart_static_routes`), { stdout: "\nDone.\n", stderr: "", code: 0 });
    await eventually("the log line", async () =>
      (await on.console("cat /tmp/syslog.log")).includes("unrecognized event restart_static_routes"),
    );
    assert.deepEqual(await routes(on), []);
  });

  it("gives up on an action while an earlier one is running", async () => {
    const on = await boot({});
    const { code } = await on.ssh(`${fullPath} nvram set rc_service=restart_wan; service restart_net`);
    assert.equal(code, 1);
    assert.match(await on.console("cat /tmp/syslog.log"), /skip the event: restart_net/);
  });

  it("forwards in the firmware's order: the bridge to itself before INVALID is dropped, and a policy of DROP", async () => {
    const on = await boot({ sr_enable_x: "1", sr_rulelist: record("10.5.0.0") });
    assert.deepEqual((await on.console("iptables -S FORWARD")).split("\n"), [
      "-P FORWARD DROP",
      "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
      "-A FORWARD ! -i br0 -o wan0 -j DROP",
      "-A FORWARD -i br0 -o br0 -j ACCEPT",
      "-A FORWARD -s 192.168.50.0/24 -d 10.5.0.0/24 -j ACCEPT",
      "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
    ]);
    assert.equal(await on.console("cat /proc/sys/net/ipv4/ip_forward"), "1");
  });
});

describe("router twin: routes entered by hand", function () {
  this.timeout(60_000);
  it("are in list and table beside earlier ones, and entering them again changes nothing", async () => {
    const router = await bench().router({ sr_enable_x: "1", sr_rulelist: record("172.30.0.0") });
    try {
      await router.enter([route("10.5.0.0/24", "192.168.50.11")]);
      const list = record("172.30.0.0") + record("10.5.0.0", "0");
      assert.equal(await router.console("nvram get sr_rulelist"), list);
      assert.match(await router.console("ip route show"), /^10\.5\.0\.0\/24 via 192\.168\.50\.11 dev br0 metric 1/m);
      const commits = await router.console("cat /flash/commits");
      await router.enter([route("10.5.0.0/24", "192.168.50.11")]);
      assert.equal(await router.console("cat /flash/commits"), commits);
    } finally {
      await router.switchOff();
    }
  });
});
