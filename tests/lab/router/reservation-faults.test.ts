/**
 * Faults during a change of reservations, on the real firmware's dnsmasq. Each ends within a minute with an error that names the cause, and leaves
 * list, switch and DHCP server either unchanged or fully changed.
 */
import assert from "node:assert/strict";
import type { Ipv4 } from "../../../config/address/address";
import type { Mac } from "../../../config/address/mac";
import { recordCommands } from "../../../router/asus/records/script";
import type { Reservation } from "../../../router/records";
import { startPlugin } from "../command-provider/plugin";
import { bench } from "./bench";
import { RouteRouter } from "./route-router";
import { eventually, key, type Outcome, user } from "./start-router";

const node: Reservation = { mac: "D8:3A:DD:00:00:11" as Mac, address: "192.168.50.11" as Ipv4 };
const foreign = "<aa:bb:cc:00:00:61>192.168.50.61>1.1.1.1>tv<junk";
const record = "<D8:3A:DD:00:00:11>192.168.50.11>>";
const foreignServed = "dhcp-host=aa:bb:cc:00:00:61,set:aa:bb:cc:00:00:61,tv,192.168.50.61";
const served = "dhcp-host=D8:3A:DD:00:00:11,set:D8:3A:DD:00:00:11,192.168.50.11";
const options = { owner: "lab-dev", adopt: false, enableDormant: false };

const printed = (text: string): string => `homelab-network: ${text}\n`;
const unkept = printed("the router did not keep dhcp_staticlist; its nvram may be full (see 'nvram show')");
const skipped = printed("the router skipped nvram commit, as it does during an upgrade or a reset; try again when that is over");
const endless = printed("the router did not finish within 25 s; it restores its earlier settings, as far as it answers");

/** Everything that a change of reservations may touch. */
interface State {
  readonly list: string;
  readonly switch: string;
  readonly served: readonly string[];
  readonly running: boolean;
}

describe("a change of a reservation is safe from faults:", function () {
  this.timeout(120_000);
  let router: RouteRouter;
  before(async () => {
    router = new RouteRouter(await bench().router({ dhcp_static_x: "1", dhcp_staticlist: foreign }));
  });
  after(() => router?.twin.switchOff());

  const initial: State = { list: foreign, switch: "1", served: [foreignServed], running: true };
  const changed: State = { list: foreign + record, switch: "1", served: [foreignServed, served], running: true };

  async function state(): Promise<State> {
    const parts = await router.twin.console(
      "nvram get dhcp_staticlist; nvram get dhcp_static_x; kill -0 $(cat /var/run/dnsmasq.pid) && echo yes || echo no; grep ^dhcp-host= /etc/dnsmasq.conf || true",
    );
    const [list = "", onOff = "", running = "", ...lines] = parts.split("\n");
    return { list, switch: onOff, served: lines.filter((line) => line !== ""), running: running === "yes" };
  }

  /** Waits until the firmware has handled all events. */
  const settled = (): Promise<unknown> =>
    eventually("the end of the firmware's events", async () => (await router.twin.console("nvram get rc_service")) === "");

  /** Waits until the router is in a state again, because the firmware restarts its DHCP server later than the script ends. */
  async function returnsTo(expected: State): Promise<void> {
    await router.unlocked();
    await settled();
    assert.deepEqual(await state(), expected);
  }

  beforeEach(async () => {
    await router.twin.console("rm -f /bin/nvram /bin/service /tmp/at-set; nvram unset asus_stop_commit");
    await router.twin.console(`nvram set 'dhcp_staticlist=${foreign}' set dhcp_static_x=1; nvram commit; service restart_dnsmasq`);
    await returnsTo(initial);
  });

  function script(action: "create" | "update" | "remove", changes = options): Promise<Outcome> {
    const { stdin, ...commands } = recordCommands({ planned: [node] }, changes);
    return router.twin.ssh(commands[action], {}, stdin);
  }

  /** Asserts that a change fails with a message and has no effect, and that the next one on the healthy router succeeds. */
  async function fails(message: string | RegExp): Promise<void> {
    const { code, stderr } = await script("create");
    assert.equal(code, 1);
    if (typeof message === "string") assert.equal(stderr, message);
    else assert.match(stderr, message);
    await returnsTo(initial);
    await recovers();
  }

  /** Asserts that the next run on the healthy router adds the reservation beside the unmanaged one, and leaves nothing behind. */
  async function recovers(changes = options): Promise<void> {
    await router.twin.console("rm -f /bin/nvram /bin/service; nvram unset asus_stop_commit");
    const { code, stderr } = await script("create", changes);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(await state(), changed);
    assert.doesNotMatch(await router.twin.console("ls /tmp"), /homelab-network/);
  }

  /** Puts a script in place of the firmware's service, which it can call as `real`. */
  const tamperService = (text: string): Promise<string> =>
    router.twin.console(
      `cat >/bin/service <<'END'\n#!/bin/sh\nreal() { /sbin/service "$@"; }\n${text}\nreal "$@"\nEND\nchmod +x /bin/service`,
    );

  it("nvram that silently drops settings", async () => {
    await router.tamper("case $1 in set) exit 0 ;; esac");
    await fails(unkept);
  });

  it("full nvram", async () => {
    const fill = (count: number, value: string) =>
      `i=0; while [ $i -lt ${count} ]; do nvram set f${value.length}_$i=${value}; i=$((i + 1)); done`;
    await router.twin.console(`${fill(260, "x".repeat(250))}; ${fill(40, "x")}`);
    const { stderr } = await script("create");
    assert.equal(stderr, unkept);
    assert.deepEqual(await state(), initial);
    await router.twin.console("for name in $(nvram show 2>/dev/null | grep '^f[0-9]*_' | cut -d = -f 1); do nvram unset $name; done");
    await recovers();
  });

  it("a record that another program adds after the script has read the list", async () => {
    const added = `${foreign}<AA:BB:CC:00:00:63>192.168.50.63>>`;
    await router.tamper(
      `case $* in "get dhcp_static_x") [ -e /tmp/at-set ] || { echo >/tmp/at-set; real set 'dhcp_staticlist=${added}'; } ;; esac`,
    );
    const { code, stderr } = await script("create");
    assert.deepEqual(
      [code, stderr],
      [1, printed("another program changed the router's list of reservations during this change; try again")],
    );
    assert.equal((await state()).list, added);
    await router.twin.console(`nvram set 'dhcp_staticlist=${foreign}'`);
    await recovers();
  });

  it("a commit that the firmware skips", async () => {
    await router.set({ asus_stop_commit: "1" });
    await fails(skipped);
  });

  it("an nvram commit that never ends", async () => {
    await router.tamper("case $1 in commit) sleep 1000 ;; esac");
    await fails(endless);
  });

  it("a firmware that does not restart the DHCP server", async () => {
    await tamperService("case $1 in restart_dnsmasq) exit 0 ;; esac");
    const { stderr } = await script("create");
    assert.match(stderr, /did not restart its DNS and DHCP server/);
    await router.twin.console("rm -f /bin/service");
    await returnsTo(initial);
    await recovers();
  });

  it("a firmware that is busy with another event for longer than it waits", async () => {
    await router.twin.console("nvram set rc_service=restart_wireless");
    const { code, stderr } = await script("create");
    assert.equal(code, 1, stderr);
    await router.twin.console("nvram set rc_service=");
    assert.equal((await state()).list, foreign);
    await recovers();
  });

  it("a DHCP server that does not start with the change, which gets its earlier settings back", async () => {
    // A second reservation of the address, in another file, which the script does not see.
    await router.twin.console("mkdir -p /jffs/configs; echo 'conf-file=/tmp/mine' >/jffs/configs/dnsmasq.conf.add");
    await router.twin.console("echo 'dhcp-host=02:00:00:00:00:99,192.168.50.11' >/tmp/mine");
    const { code, stderr } = await script("create");
    assert.equal(code, 1, stderr);
    await router.unlocked();
    await settled();
    const { list, running } = await state();
    assert.deepEqual([list, running], [foreign, true]);
    await router.twin.console("rm /jffs/configs/dnsmasq.conf.add; service restart_dnsmasq");
    await settled();
    await recovers();
  });

  it("a run that was killed half-way, whose changes the next one undoes before it continues", async () => {
    await router.tamper('case $1 in set) real "$@"; echo >/tmp/at-set; sleep 1000 ;; esac');
    const failed = script("create");
    await router.reached("/tmp/at-set");
    assert.equal((await state()).list, foreign + record);
    await router.twin.console(
      "for id in $(ps | grep '[s]h -s -- create' | while read -r id rest; do echo $id; done); do kill -9 $id; done",
    );
    assert.notEqual((await failed).code, 0);
    await recovers();
  });

  it("a connection that is cut half-way, after which the change still finishes and may be adopted", async () => {
    await router.tamper('case $1 in set) real "$@"; echo >/tmp/at-set; sleep 2; exit ;; esac');
    const [plugin, way] = [await startPlugin(), await router.port()];
    try {
      const { create, update, remove, stdin, identity } = recordCommands({ planned: [node] }, options);
      const connection = { host: "127.0.0.1", port: way.port, user, dialErrorLimit: 0, privateKey: key.private };
      const triggers = [...identity];
      const { inputs } = await plugin.check({
        connection,
        create,
        update,
        delete: remove,
        stdin,
        triggers,
        addPreviousOutputInEnv: false,
      });
      const failed = plugin.create(inputs).then(
        () => assert.fail("the reservation was made"),
        (error: Error) => error.message,
      );
      await router.reached("/tmp/at-set");
      way.cut();
      assert.match(await failed, /^wait: remote command exited without exit status or exit signal: running /);
      await returnsTo(changed);
      await recovers({ ...options, adopt: true });
    } finally {
      way.close();
      plugin.stop();
    }
  });

  it("a router that reboots half-way, which loses uncommitted settings and the lock", async () => {
    await router.tamper('case $1 in set) real "$@"; echo >/tmp/at-set; sleep 1000 ;; esac');
    const failed = script("create").catch(() => ({ code: -1 }));
    await router.reached("/tmp/at-set");
    await router.endPrograms("dropbear");
    await router.twin.switchOff();
    assert.notEqual((await failed).code, 0);
    await router.twin.switchOn();
    assert.deepEqual(await state(), initial);
    await recovers();
  });

  it("a route's run that was killed, whose lock it takes over", async () => {
    await router.twin.console("mkdir /tmp/homelab-network.lock; echo 999999 1 >/tmp/homelab-network.lock/owner");
    await recovers();
  });
});
