/** Tests the program's script for reservations in the firmware's shell, over SSH, against the check that predicts its result. */
import assert from "node:assert/strict";
import { type Ipv4 } from "../../../config/address/address";
import { type Mac } from "../../../config/address/mac";
import { asusRecords } from "../../../router/asus/records/driver";
import type { RouteOptions } from "../../../router/driver";
import type { Reservation } from "../../../router/records";
import { devPlan } from "../../support/readings";
import { bench } from "./bench";
import { RouteRouter, type Action } from "./route-router";
import type { Outcome } from "./start-router";

const reservation = (host: number, mac = `D8:3A:DD:00:00:${host}`): Reservation => ({
  address: `192.168.50.${host}` as Ipv4,
  mac: mac as Mac,
});
const one = reservation(61);
const two = reservation(62);
const recordOf = ({ mac, address }: Reservation) => `<${mac}>${address}>>`;
/** Records of every generation of firmware, and broken ones. */
const foreign = "junk<AA:BB:CC:00:00:01>192.168.50.71<aa:bb:cc:00:00:02>192.168.50.72>1.1.1.1<AA:BB:CC:00:00:03>192.168.50.73>>tv<x<";

const inPlace = (text: string): Outcome => ({ stdout: `reservations in place: ${text}\n`, stderr: "", code: 0 });
const okOne = inPlace("192.168.50.61 for D8:3A:DD:00:00:61");
const okBoth = inPlace("192.168.50.61 for D8:3A:DD:00:00:61, 192.168.50.62 for D8:3A:DD:00:00:62");

/** Everything that a change of reservations may touch. */
interface State {
  readonly list: string;
  readonly switch: string;
  readonly commits: number;
  /** The process number of dnsmasq, which a restart changes. */
  readonly server: string;
}

describe("the script for reservations", function () {
  this.timeout(60_000);
  let router: RouteRouter;
  before(async () => {
    router = new RouteRouter(await bench().router());
  });
  after(() => router?.twin.switchOff());
  beforeEach(() => router.set({ dhcp_enable_x: "1", dhcp_static_x: "1", dhcp_staticlist: foreign, sw_mode: "1" }));

  const script = (
    action: Action,
    planned: readonly Reservation[],
    owned: readonly Reservation[] = [],
    options: Partial<RouteOptions> = {},
  ) => {
    const { stdin, ...commands } = asusRecords.commands(
      { planned, owned },
      { owner: "lab-dev", adopt: false, enableDormant: false, ...options },
    );
    return router.twin.ssh(commands[action], {}, stdin);
  };

  async function state(): Promise<State> {
    const command =
      'nvram get dhcp_staticlist; echo; echo "$(nvram get dhcp_static_x) $(cat /flash/commits 2>/dev/null || echo 0) $(cat /var/run/dnsmasq.pid)"';
    const lines = (await router.twin.console(command)).split("\n").filter((line) => line !== "");
    const [onOff = "", commits = "", server = ""] = (lines.at(-1) ?? "").split(" ");
    return { list: lines.length > 1 ? (lines[0] ?? "") : "", switch: onOff, commits: Number(commits), server };
  }

  const served = () => router.twin.console("grep ^dhcp-host= /etc/dnsmasq.conf || true");

  /** Returns the judgement of the check for a plan with these reservations. */
  async function judgement(planned: readonly Reservation[], owned: readonly Reservation[], changes: Record<string, unknown> = {}) {
    const plan = devPlan({ "router.reservations": planned.map(({ address, mac }) => ({ address, mac })), ...changes });
    const placed = planned.map((each) => ({ ...each, path: "" }));
    const reading = asusRecords.parse((await router.twin.ssh(asusRecords.query(placed))).stdout);
    return asusRecords.judge({ plan, owned, reading });
  }

  it("adds a reservation after unmanaged records, commits once and restarts dnsmasq once", async () => {
    const before = await state();
    assert.deepEqual(await script("create", [one]), okOne);
    const after = await state();
    assert.deepEqual([after.list, after.switch, after.commits - before.commits], [foreign + recordOf(one), "1", 1]);
    assert.notEqual(after.server, before.server);
    assert.match(await served(), /^dhcp-host=D8:3A:DD:00:00:61,set:D8:3A:DD:00:00:61,192\.168\.50\.61$/m);
    const { refusals, differences } = await judgement([one], [one]);
    assert.deepEqual([refusals, differences], [[], []]);
    assert.doesNotMatch(await router.twin.console("ls /tmp"), /homelab-network/);
  });

  it("changes nothing in a second run", async () => {
    assert.deepEqual(await script("create", [one]), okOne);
    const before = await state();
    assert.deepEqual(await script("update", [one], [one]), okOne);
    assert.deepEqual(await state(), before);
  });

  it("updates the list in place: removes what is gone, and adds what is new", async () => {
    assert.deepEqual(await script("create", [one]), okOne);
    const { commits } = await state();
    assert.deepEqual(await script("update", [two], [one]), inPlace("192.168.50.62 for D8:3A:DD:00:00:62"));
    const { list, commits: later } = await state();
    assert.deepEqual([list, later - commits], [foreign + recordOf(two), 1]);
    assert.doesNotMatch(await served(), /192\.168\.50\.61$/m);
  });

  it("removes its own reservations alone, and succeeds if none is left", async () => {
    assert.deepEqual(await script("create", [one, two]), okBoth);
    const removed = "reservations removed: 192.168.50.61 for D8:3A:DD:00:00:61, 192.168.50.62 for D8:3A:DD:00:00:62";
    const outcome = { stdout: `${removed}; the router's switch for reservations stays as it is\n`, stderr: "", code: 0 };
    assert.deepEqual(await script("remove", [one, two]), outcome);
    const before = await state();
    assert.equal(before.list, foreign);
    assert.deepEqual(await script("remove", [one, two]), outcome);
    assert.deepEqual(await state(), before);
  });

  it("keeps the host name and the DNS server that the user adds on the page", async () => {
    assert.deepEqual(await script("create", [one]), okOne);
    const edited = `${foreign}<d8:3a:dd:00:00:61>192.168.50.61>9.9.9.9>node1`;
    await router.set({ dhcp_staticlist: edited });
    assert.deepEqual(await script("update", [one], [one]), okOne);
    assert.equal((await state()).list, edited);
    assert.equal((await script("remove", [one])).code, 0);
    assert.equal((await state()).list, foreign);
  });

  const repairs: [is: string, list: string, expected: string][] = [
    ["missing", foreign, foreign + recordOf(one)],
    ["twice", `${recordOf(one)}<y${recordOf(one)}`, `${recordOf(one)}<y`],
    ["changed to another address", `${foreign}<D8:3A:DD:00:00:61>192.168.50.99>>tv`, `${foreign}<D8:3A:DD:00:00:61>192.168.50.61>>tv`],
    ["changed to another node", `<D8:3A:DD:00:00:99>192.168.50.61${foreign.slice(4)}`, `${recordOf(one)}${foreign.slice(4)}`],
  ];
  for (const [is, list, expected] of repairs) {
    it(`corrects a reservation that is ${is}, and the check reports it`, async () => {
      await router.set({ dhcp_staticlist: list });
      const { refusals, differences } = await judgement([one], [one]);
      assert.deepEqual([refusals, differences.length > 0], [[], true]);
      assert.deepEqual(await script("update", [one], [one]), okOne);
      assert.equal((await state()).list, expected);
      assert.deepEqual((await judgement([one], [one])).differences, []);
    });
  }

  it("restarts dnsmasq for a reservation that is in the list and not in use", async () => {
    await router.set({ dhcp_staticlist: foreign });
    await script("create", [two]);
    await router.set({ dhcp_staticlist: foreign + recordOf(one) });
    assert.match((await judgement([one], [one])).differences[0]?.rule ?? "", /was not restarted/);
    const before = await state();
    assert.deepEqual(await script("update", [one], [one]), okOne);
    const after = await state();
    assert.deepEqual([after.list, after.commits], [before.list, before.commits]);
    assert.deepEqual((await judgement([one], [one])).differences, []);
  });

  it("switches reservations on if that activates no other record, or with router.enableDormant", async () => {
    await router.set({ dhcp_static_x: "0", dhcp_staticlist: "" });
    assert.deepEqual(await script("create", [one]), okOne);
    assert.deepEqual([(await state()).list, (await state()).switch], [recordOf(one), "1"]);
    await router.set({ dhcp_static_x: "0", dhcp_staticlist: foreign });
    assert.deepEqual(await script("create", [one], [], { enableDormant: true }), okOne);
    assert.equal((await state()).switch, "1");
  });

  it("adopts an equal record with router.adopt", async () => {
    await router.set({ dhcp_staticlist: `${foreign}<d8:3a:dd:00:00:61>192.168.50.61` });
    assert.deepEqual(await script("create", [one], [], { adopt: true }), okOne);
    assert.equal((await state()).list, `${foreign}<d8:3a:dd:00:00:61>192.168.50.61`);
  });

  const refused: [is: string, variables: Record<string, string>, stderr: RegExp, owned?: readonly Reservation[]][] = [
    ["an equal record", { dhcp_staticlist: foreign + recordOf(one) }, /already has 192\.168\.50\.61 for D8:3A:DD:00:00:61, made by hand/],
    [
      "the node with another address",
      { dhcp_staticlist: "<d8:3a:dd:00:00:61>192.168.50.99" },
      /already has '<d8:3a:dd:00:00:61>192\.168\.50\.99' for/,
    ],
    [
      "the address for another node",
      { dhcp_staticlist: "<AA:BB:CC:00:00:61>192.168.50.61>>tv" },
      /already has '<AA:BB:CC:00:00:61>192\.168\.50\.61>>tv' for/,
    ],
    ["reservations switched off, with others", { dhcp_static_x: "0" }, /switching them on would activate 'junk</],
    ["DHCP switched off", { dhcp_enable_x: "0" }, /the router's DHCP server is off/],
    ["another mode", { sw_mode: "3" }, /not in routing mode/],
    [
      "a full list",
      { dhcp_staticlist: Array.from({ length: 64 }, (_, i) => `<AA:BB:CC:00:01:${String(i + 10)}>192.168.50.${i + 100}`).join("") },
      /would hold 65 reservations/,
    ],
    ["a long list", { dhcp_staticlist: `<${"x".repeat(2380)}` }, /would hold 2 reservations in 2\d{3} bytes/],
  ];
  for (const [is, variables, stderr] of refused) {
    it(`refuses ${is} and changes nothing, as the check predicts`, async () => {
      await router.set(variables);
      const before = await state();
      const { refusals } = await judgement([one], []);
      const outcome = await script("create", [one]);
      assert.deepEqual([outcome.code, outcome.stdout], [1, ""]);
      assert.match(outcome.stderr, stderr);
      assert.deepEqual(await state(), before);
      assert.equal(refusals.length, 1, JSON.stringify(refusals));
    });
  }

  it("refuses an address that a line of the user reserves, too, so that DNS stays available", async () => {
    const before = await state();
    await router.twin.console(
      "mkdir -p /jffs/configs; echo 'dhcp-host = 02:00:00:00:00:99, 192.168.50.61 ' >/jffs/configs/dnsmasq.conf.add",
    );
    const message = /has 'dhcp-host = 02:00:00:00:00:99, 192\.168\.50\.61 ?', and .* second reservation of .*; remove that line there/;
    const { refusals } = await judgement([one], []);
    assert.match(refusals.map(({ rule, fix }) => `${rule}; ${fix}`).join(), message);
    assert.match((await script("create", [one])).stderr, message);
    assert.deepEqual(await state(), before);
    await router.twin.console("rm /jffs/configs/dnsmasq.conf.add");
    assert.deepEqual(await script("create", [one]), okOne);
  });
});
