/** Tests every refusal of the script with its whole message. tests/router/asus/judge.test.ts has those of the program. */
import assert from "node:assert/strict";
import type { Route } from "../../../config/plan";
import { route } from "../../support/routes";
import { bench } from "./bench";
import { dev, devLive, devRecord, foreign, RouteRouter, type Action } from "./route-router";

interface Refusal {
  readonly what: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Runs on the router before the script. */
  readonly scene?: string;
  readonly action?: Action;
  readonly route?: Route;
  readonly message: string;
}

const on = { sr_enable_x: "1" };
const guest = "ip link add br1 type bridge; ip addr add 192.168.101.1/24 dev br1; ip link set br1 up";
const several = (count: number) =>
  Array.from({ length: count }, (_, index) => `<172.30.${index}.0>255.255.255.0>192.168.50.77>>LAN`).join("");
/** A list that has 1000 bytes with one more record, one too many. */
const long = `<172.30.0.0>255.255.255.0>192.168.50.77>>LAN${"x".repeat(1000 - 44 - devRecord.length)}`;
const remedy = "remove it on the page LAN > Route, or make the stack's values the same";
const vpn = "ip link add tun11 type bridge; ip addr add 10.8.0.2/24 dev tun11; ip link set tun11 up;";
const overridden = (place: string, answer: string, rule?: string, priority = "32765") =>
  `the router's table is overridden: for a packet from 192.168.50.254 to ${place} of pool 10.5.0.0/24 it answers '${answer}'` +
  `${rule === undefined ? "" : `, by its rule '${priority}: ${rule}'`}; ` +
  "remove that rule, or exempt the pool in the settings that made it, such as those of a VPN client";
const adopt = "made by hand or by an interrupted run; set router.adopt: true to take it over";

const refusals: readonly Refusal[] = [
  {
    what: "a router that does not route",
    settings: { sw_mode: "3" },
    message: "the router is not in routing mode (sw_mode is '3', not 1) and ignores static routes; set it to wireless router mode",
  },
  {
    what: "a next hop outside the LAN",
    route: route("10.5.0.0/24", "192.168.99.11"),
    message: "next hop 192.168.99.11 is outside the router's LAN 192.168.50.0/255.255.255.0; correct gateway.addresses or router.lan",
  },
  {
    what: "a next hop on a guest bridge",
    scene: guest,
    route: route("10.5.0.0/24", "192.168.101.11"),
    message:
      "next hop 192.168.101.11 is on br1, a guest, VLAN or other network, and the firmware installs static routes on br0 alone; use a node on the LAN",
  },
  {
    what: "the router itself as next hop",
    route: route("10.5.0.0/24", "192.168.50.1"),
    message: "next hop 192.168.50.1 is the router itself; correct gateway.addresses",
  },
  {
    what: "a next hop behind another router",
    scene: "ip route add 192.168.50.11/32 via 192.168.50.77 dev br0",
    message: "next hop 192.168.50.11 is no neighbour of the router; correct gateway.addresses",
  },
  {
    what: "a next hop that does not answer",
    route: route("10.5.0.0/24", "192.168.50.99"),
    message: "next hop 192.168.50.99 does not answer on the router's LAN (br0); start that node, or correct gateway.addresses",
  },
  {
    what: "a pool in the LAN",
    route: route("192.168.50.128/25", "192.168.50.11"),
    message: "pool 192.168.50.128/25 lies in the router's LAN 192.168.50.0/255.255.255.0; correct pools",
  },
  {
    what: "a pool that contains the LAN",
    route: route("192.168.0.0/16", "192.168.50.11"),
    message: "pool 192.168.0.0/16 holds the router's LAN 192.168.50.0/255.255.255.0; correct pools",
  },
  {
    what: "a destination with host bits",
    route: { ...dev, destination: { ...dev.destination, network: "10.5.0.7" as typeof dev.gateway } },
    message: "destination 10.5.0.7 has bits set beyond its mask 255.255.255.0, which the kernel would refuse; use 10.5.0.0",
  },
  {
    what: "anything but IPv4",
    route: { ...dev, gateway: "fd00:5::1" as typeof dev.gateway },
    message: "'fd00:5::1' is not an IPv4 address, and the router's list holds nothing else",
  },
  {
    what: "an unmanaged copy of its own record",
    settings: { ...on, sr_rulelist: foreign + devRecord },
    message: `the router's list already has '${devRecord}', ${adopt}, or remove it on the page LAN > Route`,
  },
  {
    what: "an unmanaged record for the same destination",
    settings: { ...on, sr_rulelist: devRecord.replace(".11>", ".12>") },
    message: `the router's list already has '${devRecord.replace(".11>", ".12>")}' for 10.5.0.0/24; ${remedy}`,
  },
  {
    what: "an unmanaged record for the same destination on another interface, even to repair its own",
    settings: { ...on, sr_rulelist: devRecord.replace("LAN", "WAN") },
    action: "update",
    message: `the router's list already has '${devRecord.replace("LAN", "WAN")}' for 10.5.0.0/24; ${remedy}`,
  },
  {
    what: "an unmanaged record beside its own, when that needs repair",
    settings: { ...on, sr_rulelist: devRecord + devRecord.replace(".11>", ".12>") },
    action: "update",
    message: `the router's list has '${devRecord.replace(".11>", ".12>")}' for 10.5.0.0/24 beside the stack's own record; ${remedy}`,
  },
  {
    what: "an unmanaged record for a part of the pool",
    settings: { ...on, sr_rulelist: "<10.5.0.128>255.255.255.128>192.168.50.77>>LAN" },
    message:
      "the router's list has '<10.5.0.128>255.255.255.128>192.168.50.77>>LAN', which overlaps pool 10.5.0.0/24; remove it on the page LAN > Route, or move the pool",
  },
  {
    what: "an unmanaged live route by the same gateway",
    scene: "ip route add 10.5.0.0/24 via 192.168.50.11 dev br0 metric 1",
    message: `the router already routes 10.5.0.0/24 via 192.168.50.11 ('10.5.0.0/24 via 192.168.50.11 dev br0 metric 1'), by hand or by an interrupted run; set router.adopt: true to take it over`,
  },
  {
    what: "a live route by another gateway",
    scene: "ip route add 10.5.0.0/24 via 192.168.50.77 dev br0",
    message:
      "the router already routes 10.5.0.0/24 another way ('10.5.0.0/24 via 192.168.50.77 dev br0'); remove that route, or correct gateway.addresses",
  },
  {
    what: "a live route that overlaps",
    scene: "ip route add blackhole 10.5.0.64/26",
    message: "the router's table has 'blackhole 10.5.0.64/26', which overlaps pool 10.5.0.0/24; remove that route, or move the pool",
  },
  {
    what: "a pool for which a rule comes before the main table",
    scene: `${vpn} ip rule add from 192.168.50.0/24 to 10.0.0.0/8 lookup 101; ip route add default dev tun11 table 101`,
    message: overridden("10.5.0.0", "10.5.0.0 from 192.168.50.254 dev tun11 table 101", "from 192.168.50.0/24 to 10.0.0.0/8 lookup 101"),
  },
  {
    what: "a pool of which a rule takes a part",
    scene: `${vpn} ip rule add iif br0 to 10.5.0.128/25 lookup 101; ip route add default dev tun11 table 101`,
    message: overridden("10.5.0.128", "10.5.0.128 from 192.168.50.254 dev tun11 table 101", "from all to 10.5.0.128/25 iif br0 lookup 101"),
  },
  {
    what: "a pool of which another table takes a part",
    scene: `${vpn} ip rule add iif br0 lookup 101; ip route add 10.5.0.64/26 dev tun11 table 101`,
    message: overridden("10.5.0.64", "10.5.0.64 from 192.168.50.254 dev tun11 table 101", "from all iif br0 lookup 101"),
  },
  {
    what: "a pool of which the router itself has an address",
    scene: "ip addr add 10.5.0.9/32 dev lo",
    message: overridden("10.5.0.9", "local 10.5.0.9 from 192.168.50.254 dev lo", "from all lookup local", "0"),
  },
  {
    what: "a pool that a rule prohibits",
    scene: "ip rule add iif br0 to 10.0.0.0/8 prohibit",
    message: overridden("10.5.0.0", "RTNETLINK answers: Permission denied"),
  },
  {
    what: "to enable unmanaged dormant records",
    settings: { sr_enable_x: "0", sr_rulelist: foreign },
    message: `static routes are switched off on the router, and switching them on would activate '${foreign}'; remove those on the page LAN > Route, switch static routes on there, or set router.enableDormant: true`,
  },
  {
    what: "a list that would reach 20 records",
    settings: { ...on, sr_rulelist: several(19) },
    message: `the router's list would hold 20 routes in ${several(19).length + devRecord.length} bytes, and from 20 routes or 1000 bytes on the firmware may crash at boot; merge pools or remove routes`,
  },
  {
    what: "a list that would reach 1000 bytes",
    settings: { ...on, sr_rulelist: long },
    message:
      "the router's list would hold 2 routes in 1000 bytes, and from 20 routes or 1000 bytes on the firmware may crash at boot; merge pools or remove routes",
  },
];

describe("the route's script refuses, and changes nothing:", function () {
  this.timeout(60_000);
  let router: RouteRouter | undefined;
  afterEach(() => router?.twin.switchOff());

  for (const { what, settings = {}, scene = "true", action = "create", route: wanted = dev, message } of refusals) {
    it(what, async () => {
      router = new RouteRouter(await bench().router(settings));
      await router.twin.console(scene);
      const before = await router.state();
      assert.deepEqual(await router.script(action, [wanted]), { stdout: "", stderr: `homelab-network: ${message}\n`, code: 1 });
      assert.deepEqual(await router.state(), before);
      assert.equal(await router.twin.console("ls /tmp | grep -c homelab-network || true"), "0");
    });
  }

  it("accepts wider routes and records beside the pool, as a VPN client for all traffic adds them", async () => {
    router = new RouteRouter(await bench().router({ ...on, sr_rulelist: "<10.0.0.0>255.0.0.0>192.168.50.77>>LAN" }));
    await router.twin.console(`${vpn} ip route add 0.0.0.0/1 via 10.8.0.1 dev tun11; ip route add 10.5.0.0/16 dev tun11`);
    assert.equal((await router.script("create", [dev])).stderr, "");
    const { live } = await router.state();
    assert.ok(live.includes(devLive), live.join("\n"));
    assert.ok(live.includes("10.0.0.0/8 via 192.168.50.77 dev br0 metric 1"), live.join("\n"));
  });

  it("accepts rules that leave the pool to the main table for some host, or for packets without a mark", async () => {
    router = new RouteRouter(await bench().router(on));
    await router.twin.console(
      `${vpn} ip rule add not from all fwmark 0xca6c lookup 101; ip route add default dev tun11 table 101; ip rule add lookup main suppress_prefixlength 0; ` +
        "ip rule add from 192.168.50.33 lookup 101; ip rule add fwmark 0x7 lookup 101",
    );
    assert.equal((await router.script("create", [dev])).stderr, "");
    assert.deepEqual(
      (await router.state()).live.filter((line) => line.startsWith("10.5.")),
      [devLive],
    );
  });

  it("accepts a plan that just fits, and one that enables static routes", async () => {
    router = new RouteRouter(await bench().router({ sr_enable_x: "0", sr_rulelist: several(18) }));
    assert.equal((await router.script("create", [dev], { enableDormant: true })).code, 0);
    assert.equal((await router.state()).list, several(18) + devRecord);
    await router.twin.switchOff();
    router = new RouteRouter(await bench().router({ ...on, sr_rulelist: long.slice(0, -1) }));
    assert.equal((await router.script("create", [dev])).code, 0);
    assert.equal((await router.state()).list.length, 999);
  });
});
