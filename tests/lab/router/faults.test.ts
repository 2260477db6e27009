/**
 * Faults during a change of a route, through the provider that `pulumi up` uses. Each ends within a minute with an error that names the cause, and
 * leaves the router's list either unchanged or fully changed. docs/how-to/router-troubleshooting.md has the fixes.
 */
import assert from "node:assert/strict";
import type { Properties } from "../../../lab/command-provider/values";
import { ed25519 } from "../../../lab/ssh-key";
import { routeCommands } from "../../../router/asus/script";
import { startPlugin, type Plugin } from "../command-provider/plugin";
import { bench } from "./bench";
import { dev, devLive, devRecord, foreign, RouteRouter, type RouteState } from "./route-router";
import { key, user } from "./start-router";

type Way = Awaited<ReturnType<RouteRouter["port"]>>;

/** The time limit of each run. */
const MINUTE = 60_000;

/** Returns the provider's message around a message of the script. */
const printed = (text: string, action = "create") =>
  `Process exited with status 1: running "PATH=/bin:/usr/bin:/sbin:/usr/sbin sh -s -- ${action}":\nhomelab-network: ${text}\n`;

describe("a change of a route is safe from faults:", function () {
  this.timeout(3 * MINUTE);
  let plugin: Plugin;
  let router: RouteRouter;
  let way: Way;
  let initial: RouteState;
  before(async () => {
    plugin = await startPlugin();
  });
  after(() => plugin?.stop());
  beforeEach(async () => {
    router = new RouteRouter(await bench().router({ sr_enable_x: "1", sr_rulelist: foreign, http_passwd: "right horse", sshd_pass: "1" }));
    way = await router.port();
    initial = await router.state();
  });
  afterEach(async () => {
    way?.close();
    await router?.twin.switchOff();
  });

  const login: Properties = { privateKey: key.private };

  /** Returns the inputs of the route's command, except the host. */
  async function inputs(how: Properties = login): Promise<Properties> {
    const { create, update, remove, stdin, identity } = routeCommands([dev], { owner: "lab-dev", adopt: false, enableDormant: false });
    const connection = { host: "127.0.0.1", port: way.port, user, dialErrorLimit: 0, ...how };
    const checked = await plugin.check({
      connection,
      create,
      update,
      delete: remove,
      stdin,
      triggers: [...identity],
      addPreviousOutputInEnv: false,
    });
    assert.deepEqual(checked.failures, []);
    return checked.inputs;
  }

  /** Returns the error of a failed create. */
  async function failure(how?: Properties): Promise<string> {
    const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("a minute has gone by")), MINUTE).unref());
    const created = plugin.create(await inputs(how)).then(
      () => assert.fail("the route was made"),
      (error: Error) => error.message,
    );
    return Promise.race([created, late]);
  }

  it("a wrong password or key, with one connection and no change", async () => {
    assert.match(
      await failure({ password: "wrong horse" }),
      /^after 0 failed attempts: ssh: handshake failed: ssh: unable to authenticate/,
    );
    assert.match(
      await failure({ privateKey: ed25519().private }),
      /^after 0 failed attempts: ssh: handshake failed: ssh: unable to authenticate/,
    );
    assert.deepEqual(await router.state(), initial);
  });

  it("a changed host key, and a type of key that the router does not have", async () => {
    const pin = ed25519().public.split(" ").slice(0, 2).join(" ");
    assert.match(await failure({ ...login, hostKey: pin }), /^after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch/);
    await router.endPrograms("dropbear");
    await router.twin.console(
      "rm /jffs/.ssh/dropbear_ed*; /usr/sbin/dropbear -p 192.168.50.1:22 -r /jffs/.ssh/dropbear_rsa_host_key </dev/null >/dev/null 2>&1",
    );
    await router.twin.answering();
    assert.match(await failure({ ...login, hostKey: pin }), /^after 0 failed attempts: ssh: handshake failed: .*host key/);
    assert.deepEqual(await router.state(), initial);
  });

  it("a port on which nothing listens", async () => {
    const { port } = way;
    way.close();
    assert.equal(await failure(), `after 0 failed attempts: dial tcp 127.0.0.1:${port}: connect: connection refused`);
  });

  it("nvram that silently drops settings", async () => {
    await router.tamper("case $1 in set) exit 0 ;; esac");
    assert.equal(await failure(), printed("the router did not keep sr_rulelist; its nvram may be full (see 'nvram show')"));
    assert.deepEqual(await router.state(), initial);
    await router.recovers();
  });

  it("full nvram", async () => {
    const fill = (count: number, value: string) =>
      `i=0; while [ $i -lt ${count} ]; do nvram set f${value.length}_$i=${value}; i=$((i + 1)); done`;
    await router.twin.console(`${fill(260, "x".repeat(250))}; ${fill(40, "x")}`);
    assert.equal(await failure(), printed("the router did not keep sr_rulelist; its nvram may be full (see 'nvram show')"));
    assert.deepEqual(await router.state(), initial);
  });

  it("a record that another program adds after the script has read the list", async () => {
    const added = `${foreign}<172.31.0.0>255.255.255.0>192.168.50.78>>LAN`;
    await router.tamper(
      `case $* in "get sr_enable_x") [ -e /tmp/at-set ] || { echo >/tmp/at-set; real set 'sr_rulelist=${added}'; } ;; esac`,
    );
    assert.equal(await failure(), printed("another program changed the router's list of routes during this change; try again"));
    assert.deepEqual(await router.state(), { ...initial, list: added });
    await router.set({ sr_rulelist: foreign });
    await router.recovers();
  });

  it("a commit that the firmware skips", async () => {
    await router.set({ asus_stop_commit: "1" });
    assert.equal(
      await failure(),
      printed("the router skipped nvram commit, as it does during an upgrade or a reset; try again when that is over"),
    );
    assert.deepEqual(await router.state(), initial);
    await router.twin.console("nvram unset asus_stop_commit");
    await router.recovers();
  });

  it("a skipped commit while a changed route is changed back, which restores the changed one in list and table", async () => {
    const changed = "<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN";
    await router.script("create", [dev]);
    await router.set({ sr_rulelist: foreign + changed, asus_stop_commit: "1" });
    await router.twin.console("ip route replace 10.5.0.0/24 via 192.168.50.12 dev br0 metric 1");
    const there = await router.state();
    assert.match((await router.script("update", [dev])).stderr, /skipped nvram commit/);
    assert.deepEqual(await router.state(), there);
    assert.ok(there.live.includes("10.5.0.0/24 via 192.168.50.12 dev br0 metric 1"));
  });

  for (const step of ["set", "commit"]) {
    it(`an nvram ${step} that never ends`, async () => {
      await router.tamper(`case $1 in ${step}) sleep 1000 ;; esac`);
      assert.equal(
        await failure(),
        printed("the router did not finish within 25 s; it restores its earlier settings and routes, as far as it answers"),
      );
      assert.deepEqual(await router.state(), initial);
      assert.doesNotMatch(await router.twin.console("cat /proc/[0-9]*/comm"), /^(sleep|nvram)$/m, "something goes on");
      await router.recovers();
    });
  }

  it("a lock that another process holds", async () => {
    await router.twin.console(
      "mkdir /tmp/homelab-network.lock; sleep 1000 </dev/null >/dev/null 2>&1 & echo $! $(cut -d ' ' -f 22 /proc/$!/stat) >/tmp/homelab-network.lock/owner",
    );
    const message = await failure();
    const [, pid] = /\(process (\d+)\)/.exec(message) ?? [];
    assert.equal(
      message,
      printed(
        `another change of this router's routes (process ${pid}) has not ended within 25 s; if none is running, remove /tmp/homelab-network.lock on the router`,
      ),
    );
    assert.deepEqual(await router.state(), initial);
    await router.twin.console(`kill -9 ${pid}`);
    await router.recovers();
  });

  it("a run that was killed half-way, whose changes the next one undoes before it continues", async () => {
    await router.tamper('case $1 in set) real "$@"; echo >/tmp/at-set; sleep 1000 ;; esac');
    const failed = failure();
    await router.reached("/tmp/at-set");
    assert.equal((await router.state()).list, foreign + devRecord);
    await router.twin.console(
      "for id in $(ps | grep '[s]h -s -- create' | while read -r id rest; do echo $id; done); do kill -9 $id; done",
    );
    assert.match(await failed, /^Process exited with status 137 from signal KILL: running /);
    await router.recovers();
  });

  it("a connection that is cut half-way, after which the change still finishes and may be adopted", async () => {
    await router.tamper('case $1 in set) real "$@"; echo >/tmp/at-set; sleep 2; exit ;; esac');
    const failed = failure();
    await router.reached("/tmp/at-set");
    way.cut();
    assert.match(await failed, /^wait: remote command exited without exit status or exit signal: running /);
    await router.unlocked();
    const { list, live } = await router.state();
    assert.equal(list, foreign + devRecord);
    assert.ok(live.includes(devLive));
    await router.recovers(true);
  });

  it("a router that reboots half-way, which loses uncommitted settings and the lock", async () => {
    await router.tamper('case $1 in set) real "$@"; echo >/tmp/at-set; sleep 1000 ;; esac');
    const failed = failure();
    await router.reached("/tmp/at-set");
    // A firmware that shuts down ends its SSH sessions first.
    await router.endPrograms("dropbear");
    await router.twin.switchOff();
    assert.match(await failed, /^wait: remote command exited without exit status or exit signal: running /);
    await router.twin.switchOn();
    const { list, live } = await router.state();
    assert.deepEqual([list, live], [initial.list, initial.live]);
    await router.recovers();
  });

  it("a replacement whose second half is refused, with an error that names what the first half removed", async () => {
    await router.script("create", [dev]);
    assert.equal((await router.script("remove", [dev])).code, 0);
    await router.twin.console("nvram set sr_rulelist=; nvram set sw_mode=3");
    const message = await failure();
    const [mode = "", removed = ""] = message.split("\n").slice(1);
    assert.equal(
      mode,
      "homelab-network: the router is not in routing mode (sw_mode is '3', not 1) and ignores static routes; set it to wireless router mode",
    );
    assert.match(
      removed,
      /^homelab-network: '<10\.5\.0\.0>255\.255\.255\.0>192\.168\.50\.11>0>LAN' was removed from the router's list \d+ s earlier; fix the cause and run pulumi up again, which restores the stack's routes$/,
    );
    const { create, stdin } = routeCommands([dev], { owner: "lab-prod", adopt: false, enableDormant: false });
    assert.doesNotMatch((await router.twin.ssh(create, {}, stdin)).stderr, /taken out/, "another stack is told of it");
    await router.twin.console(`nvram set sw_mode=1; nvram set 'sr_rulelist=${foreign}'`);
    await router.recovers();
  });

  it("none of which prints a password or a key", async () => {
    const messages = [
      await failure({ password: "wrong horse" }),
      await failure({ privateKey: ed25519().private, password: "wrong horse" }),
    ];
    await router.set({ sw_mode: "3" });
    messages.push(await failure({ password: "right horse" }));
    assert.doesNotMatch(messages.join("\n"), /horse|PRIVATE KEY/);
    assert.match(messages.join("\n"), /not in routing mode/);
  });
});
