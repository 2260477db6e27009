/** Tests the script on a router that misbehaves: commands that fail or claim success, killed runs, and a lock that is not the script's. */
import assert from "node:assert/strict";
import { bench } from "./bench";
import { dev, devLive, devRecord, foreign, RouteRouter, type RouteState } from "./route-router";

const LOCK = "/tmp/homelab-network.lock";
const changed = devRecord.replace(".11>", ".12>");

describe("a change of a route on a router that misbehaves", function () {
  this.timeout(120_000);
  let router: RouteRouter;
  let initial: RouteState;
  beforeEach(async () => {
    router = new RouteRouter(await bench().router({ sr_enable_x: "1", sr_rulelist: foreign }));
    initial = await router.state();
  });
  afterEach(() => router?.twin.switchOff());

  /** Returns the error of a change that fails. */
  async function failure(action: "create" | "update" | "remove" = "create"): Promise<string> {
    const { code, stderr } = await router.script(action, [dev]);
    assert.equal(code, 1, stderr);
    return stderr;
  }

  /** Puts a script in place of the router's `ip`. */
  const tamperIp = (script: string) =>
    router.twin.console(`printf '#!/bin/sh\\n%s\\nexec /usr/sbin/ip "$@"\\n' '${script}' >/bin/ip; chmod +x /bin/ip`);

  it("notices a commit that does nothing and claims success", async () => {
    await router.tamper("case $1 in commit) exit 0 ;; esac");
    assert.equal(
      await failure(),
      "homelab-network: nvram commit wrote nothing to the router's flash (/var/log/commit_ret has ''); reboot the router, and try again\n",
    );
    assert.deepEqual(await router.state(), initial);
    await router.recovers();
  });

  it("believes a commit of a firmware that reports none", async () => {
    await router.tamper("case $1 in commit) rm -f /var/log/commit_ret; exit 0 ;; esac");
    await router.twin.console("rm -f /var/log/commit_ret");
    assert.equal((await router.script("create", [dev])).stderr, "");
  });

  for (const [how, script] of [
    ["fails", `case "$1 $2" in "route add") echo "RTNETLINK answers: No buffer space available" >&2; exit 2 ;; esac`],
    ["claims success", `case "$1 $2" in "route add") exit 0 ;; esac`],
  ] as const) {
    it(`says which live route is gone if \`ip route add\` ${how}`, async () => {
      await router.script("create", [dev]);
      await router.set({ sr_rulelist: foreign + changed });
      await router.twin.console("ip route replace 10.5.0.0/24 via 192.168.50.12 dev br0 metric 1");
      await tamperIp(script);
      const [reason = "", gone] = (await failure("update")).split("\n");
      assert.match(
        reason,
        how === "fails"
          ? /^homelab-network: the kernel refused to add the route to 10\.5\.0\.0\/24 via 192\.168\.50\.11: RTNETLINK answers/
          : /^homelab-network: the route to 10\.5\.0\.0\/24 was added, but is not in the router's table$/,
      );
      assert.equal(
        gone,
        "homelab-network: the route to 10.5.0.0/24 via 192.168.50.12 is gone from the router's table, because its ip does not add it again; run pulumi up again, or reboot the router",
      );
      assert.equal((await router.state()).list, foreign + changed);
      await router.twin.console("rm /bin/ip");
      assert.equal((await router.script("update", [dev])).stderr, "");
      assert.ok((await router.state()).live.includes(devLive));
    });
  }

  it("notices a live route that `ip route del` claims to have removed", async () => {
    await router.script("create", [dev]);
    await tamperIp(`case "$1 $2" in "route del") exit 0 ;; esac`);
    assert.match(
      await failure("remove"),
      /^homelab-network: the route to 10\.5\.0\.0\/24 was deleted, but is still in the router's table\n/,
    );
    assert.ok((await router.state()).live.includes(devLive));
    await router.twin.console("rm /bin/ip");
    assert.equal((await router.script("remove", [dev])).stderr, "");
    assert.deepEqual((await router.state()).live, initial.live);
  });

  it("takes over the lock of a run whose processes were all killed between the write and the commit", async () => {
    await router.tamper("case $1 in commit) echo >/tmp/at-commit; sleep 1000 ;; esac");
    const failed = router.script("create", [dev]).catch(() => undefined);
    await router.reached("/tmp/at-commit");
    const mine = "[ $name != sh ] && [ $name != sleep ] && [ $name != nvram ] || [ ${folder#/proc/} = $$ ]";
    // They are stopped first: one that outlives the others for a moment would undo the change.
    const each = `for folder in /proc/[0-9]*; do name=$(cat $folder/comm 2>/dev/null); ${mine} || kill -$signal \${folder#/proc/}; done`;
    await router.twin.console(`for signal in STOP KILL; do ${each}; done; true`);
    await failed;
    assert.equal((await router.state()).list, foreign + devRecord);
    await router.recovers();
  });

  it("takes over a lock whose owner was killed before it named itself, and one that was being taken over", async () => {
    await router.twin.console(`mkdir ${LOCK}`);
    await router.recovers();
    assert.equal((await router.script("remove", [dev])).code, 0);
    await router.twin.console(`rm -f /tmp/homelab-network.removed-*; mkdir -p ${LOCK}/after-7-99999-0; echo 99999 7 >${LOCK}/owner`);
    await router.recovers();
  });

  it("refuses a lock that is a link or a file", async () => {
    const message = `homelab-network: ${LOCK} on the router has another owner or type than this program's lock; find out what made it, and remove it\n`;
    for (const planted of [`mkdir /tmp/other; ln -s /tmp/other ${LOCK}`, `ln -s /tmp/missing ${LOCK}`, `echo >${LOCK}`]) {
      await router.twin.console(planted);
      assert.equal(await failure(), message);
      await router.twin.console(`rm -rf ${LOCK}`);
    }
    assert.deepEqual(await router.state(), initial);
    await router.recovers();
  });

  it("carries out no line of a planted journal that it could not have written", async () => {
    const lines = [
      "replace 0.0.0.0/1 192.168.50.77 1 .",
      "add 0.0.0.0/0 192.168.50.77 1 .",
      "add 10.9.0.0/24 203.0.113.9 1 .",
      "add 10.9.0.0/24 192.168.50.77 1; reboot .",
      "add 10.9.0.7/24 192.168.50.77 1 .",
      "add 10.9.0.0/24 192.168.50.77 1",
      "list <10.9.0.0>255.255.255.0>192.168.50.77>0>LAN",
      "switch 0",
      "switch 5 .",
    ];
    await router.twin.console(
      `mkdir ${LOCK}; echo 99999 7 >${LOCK}/owner; printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} >${LOCK}/journal; ` +
        `echo 0.0.0.0/1 >${LOCK}/live; echo x >${LOCK}/list; echo 0 >${LOCK}/switch`,
    );
    assert.equal((await router.script("create", [dev])).stderr, "");
    const { list, live, switch: onOff } = await router.state();
    assert.deepEqual([list, onOff], [foreign + devRecord, "1"]);
    assert.deepEqual([...live].sort(), [...initial.live, devLive].sort());
  });

  it("writes no file through a link in a lock that it takes over, or in place of the note of a removal", async () => {
    await router.script("create", [dev]);
    await router.script("remove", [dev]);
    const [note = ""] = /\/tmp\/homelab-network\.removed-\d+/.exec(await router.twin.console("ls -d /tmp/homelab-network.removed-*")) ?? [];
    await router.twin.console(`echo kept >/tmp/victim; mkdir ${LOCK}; echo 99999 7 >${LOCK}/owner`);
    await router.twin.console(
      `for name in messages worker reserve journal; do ln -s /tmp/victim ${LOCK}/$name; done; rm ${note}; ln -s /tmp/victim ${note}`,
    );
    await router.script("create", [dev]);
    await router.twin.console(`ln -s /tmp/victim ${note}`);
    assert.equal((await router.script("remove", [dev])).stderr, "");
    assert.equal(await router.twin.console("cat /tmp/victim"), "kept");
  });

  it("gives its reason although /tmp becomes full during the change", async () => {
    const size = Number(/^tmpfs \/tmp tmpfs .*\bsize=(\d+)k/m.exec(await router.twin.console("cat /proc/mounts"))?.[1] ?? Infinity);
    assert.ok(size <= 64 * 1024, "the twin's /tmp has no limit");
    await router.tamper("case $1 in set) cat /dev/zero >/tmp/fill 2>/dev/null; exit 0 ;; esac");
    assert.equal(await failure(), "homelab-network: the router did not keep sr_rulelist; its nvram may be full (see 'nvram show')\n");
    await router.twin.console("rm /tmp/fill");
    assert.deepEqual(await router.state(), initial);
    await router.recovers();
  });
});
