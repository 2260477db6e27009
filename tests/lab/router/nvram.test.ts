/** Tests the nvram tool with its silent failures: docs/reference/asus-router.md, "nvram tool" and "Size limits". */
import assert from "node:assert/strict";
import { promises as fs } from "node:fs";
import { bench } from "./bench";
import { fullPath, type Outcome, type Router } from "./start-router";

const done = (stdout: string): Outcome => ({ stdout, stderr: "", code: 0 });

describe("router twin: nvram", function () {
  this.timeout(60_000);
  let router: Router;
  before(async () => {
    router = await bench().router();
  });
  after(() => router?.switchOff());

  const sh = (command: string): Promise<Outcome> => router.ssh(`${fullPath} ${command}`);
  const commits = async (): Promise<number> => Number(await fs.readFile(router.flashFile("commits"), "utf8").catch(() => "0"));

  it("prints nothing for an unset variable, and exits with 0", async () => {
    assert.deepEqual(await sh("nvram get no_such_name"), done(""));
  });

  it("splits at the first equals sign", async () => {
    assert.deepEqual(await sh("nvram set a_b='c=d=e'; nvram get a_b"), done("c=d=e\n"));
  });

  it("removes a variable with unset", async () => {
    assert.deepEqual(await sh("nvram set gone=1; nvram unset gone; nvram get gone"), done(""));
  });

  for (const [name, most] of [
    ["sr_rulelist", 1004],
    ["dhcp_staticlist", 2476],
    ["pulumi_marker", 255],
  ] as const) {
    it(`accepts ${most} bytes of ${name}, and silently drops one more, keeping the old value`, async () => {
      const fits = "x".repeat(most);
      assert.deepEqual(await sh(`nvram set ${name}=${fits}; nvram get ${name}`), done(`${fits}\n`));
      assert.deepEqual(await sh(`nvram set ${name}=${"y".repeat(most + 1)} && nvram get ${name}`), done(`${fits}\n`));
      await sh(`nvram unset ${name}`);
    });
  }

  it("keeps only committed values over a power cut", async () => {
    const earlier = await commits();
    await sh("nvram set kept=yes; nvram commit; nvram set lost=yes");
    assert.equal(await commits(), earlier + 1);
    assert.equal((await sh("cat /var/log/commit_ret")).stdout, "commit: OK\n");
    await router.switchOff();
    await router.switchOn();
    assert.deepEqual(await sh("nvram get kept; nvram get lost"), done("yes\n"));
  });

  it("skips the commit while asus_stop_commit is set, and exits with 0", async () => {
    const earlier = await commits();
    assert.deepEqual(await sh("nvram set asus_stop_commit=1; nvram commit"), done("# skip nvram commit #\n"));
    assert.equal(await commits(), earlier);
    await sh("nvram unset asus_stop_commit");
  });

  it("loses nothing during concurrent writes", async () => {
    await sh("for i in 1 2 3 4 5 6 7 8; do nvram set at_once_$i=$i & done; wait");
    assert.equal((await sh("nvram show 2>/dev/null | grep -c '^at_once_'")).stdout, "8\n");
  });
});

describe("router twin: nvram, full", function () {
  this.timeout(60_000);
  let router: Router;
  before(async () => {
    const fill = Array.from({ length: 243 }, (_, index): [string, string] => [`fill_${index + 100}`, "z".repeat(255)]);
    router = await bench().router(Object.fromEntries(fill));
    await router.ssh(`${fullPath} i=100; while [ $i -lt 200 ]; do nvram set pad_$i=1; i=$((i + 1)); done`);
  });
  after(() => router?.switchOff());

  it("silently drops a setting when its 64 KB are full, and reports its usage after a list", async () => {
    const rule = "<1.2.3.0>255.255.255.0>192.168.50.9>>LAN";
    assert.deepEqual(await router.ssh(`${fullPath} nvram set 'sr_rulelist=${rule}' && nvram get sr_rulelist`), done("\n"));
    const { stderr } = await router.ssh(`${fullPath} nvram show >/dev/null`);
    const [, size = "", left = ""] = /^size: (\d+) bytes \((\d+) left\)\n$/.exec(stderr) ?? [];
    assert.equal(Number(size) + Number(left), 65536, stderr);
    assert.ok(Number(left) < rule.length, stderr);
  });
});
