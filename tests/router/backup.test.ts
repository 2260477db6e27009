import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { saveBackup, type Backup } from "../../router/backup";
import { inHome } from "../support/home";
import { HOST_KEY } from "../support/host-key";
import { FOREIGN, inPlace, RECORD } from "../support/judgements";
import { answerOf } from "../support/readings";
import { answering, checking, preview, routerStack, up } from "../support/router-stack";

/** The first eight digits of HOST_KEY's SHA-256. */
const FILE = ".router-backup/192.168.50.1-831de3e5.txt";
const stack = routerStack();
const having = (list: string) => answering({ variables: { sr_rulelist: list } });
const nothing = { repair: false, warnings: [], notes: [] };
const saved = {
  ...nothing,
  notes: [`info: [runtime] The static routes that the router 192.168.50.1 had before the first change are saved in ${FILE}.`],
};

describe("the backup of a router's settings", () => {
  const home = inHome();

  it("is saved before the first change, readable only by its owner, and reported", async () => {
    assert.deepEqual(await checking(stack, having(FOREIGN)), saved);
    assert.equal(readFileSync(FILE, "latin1"), `sr_enable_x=1\nsr_rulelist=${FOREIGN}\n`);
    assert.deepEqual(
      [".router-backup", FILE].map((path) => statSync(path).mode & 0o777),
      [0o700, 0o600],
    );
  });

  it("has the same bytes as the router", async () => {
    await checking(stack, having("<\xc3\xa4\xff>"));
    const bytes = Buffer.from([0x3c, 0xc3, 0xa4, 0xff, 0x3e, 0x0a]);
    assert.deepEqual(readFileSync(FILE), Buffer.concat([Buffer.from("sr_enable_x=1\nsr_rulelist="), bytes]));
  });

  it("is also saved if previews do not read the router", async () => {
    assert.deepEqual(await checking(routerStack({ "router.observe": false }), having("")), saved);
  });

  it("is saved of a router to which the routes move", async () => {
    const { notes } = await checking(stack, up(stack, "192.168.50.254"), { readKey: () => Promise.resolve(HOST_KEY) }, having(""));
    assert.deepEqual(notes.slice(1), saved.notes);
  });

  it("is saved once, by the first run", async () => {
    await checking(stack, having(""));
    assert.deepEqual(await checking(stack, having(FOREIGN)), nothing);
    assert.equal(readFileSync(FILE, "latin1"), "sr_enable_x=1\nsr_rulelist=\n");
  });

  it("is separate for another router with the same address", async () => {
    await checking(stack, having(""));
    const other = { query: () => Promise.resolve({ text: answerOf(), hostKey: `${HOST_KEY}AAAA` }) };
    assert.equal((await checking(stack, other)).notes.length, 1);
    assert.equal(readdirSync(".router-backup").length, 2);
  });

  for (const [when, circumstances] of [
    ["in a preview", [preview, having("")]],
    ["if the routes exist already", [up(), answering(inPlace)]],
  ] as const) {
    it(`is not saved ${when}`, async () => {
      assert.deepEqual(await checking(stack, ...circumstances), nothing);
      assert.ok(!existsSync(".router-backup"));
    });
  }

  it("is not saved if the router refuses the change", async () => {
    await assert.rejects(checking(stack, having(RECORD)), /made by hand/);
    assert.ok(!existsSync(".router-backup"));
  });

  describe("as a file", () => {
    const backup: Backup = { host: "192.168.50.1", hostKey: HOST_KEY, content: "sr_enable_x=\nsr_rulelist=\n" };

    it("has a name that every system accepts", () => {
      assert.equal(saveBackup(home().path, { ...backup, host: "fd00:5::1" }), ".router-backup/fd00_5__1-831de3e5.txt");
      assert.equal(saveBackup(home().path, { ...backup, host: "router.lan" }), ".router-backup/router.lan-831de3e5.txt");
    });

    it("is written once by two simultaneous runs", () => {
      // A dangling link: absent when it is read, and present when it is written.
      assert.equal(saveBackup(home().path, { ...backup, host: "another" })?.startsWith(".router-backup/another"), true);
      symlinkSync(join(home().path, "elsewhere"), FILE);
      assert.equal(saveBackup(home().path, backup), undefined);
      assert.ok(!existsSync(join(home().path, "elsewhere")), "written over");
    });
  });

  it("stops the run without a stack trace and without changes if it cannot be written", async () => {
    writeFileSync(".router-backup", "in the way");
    await assert.rejects(checking(stack, having("")), (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.equal(error.stack, undefined, "Node may take half a minute to format it");
      const folder = join(process.cwd(), ".router-backup");
      assert.equal(
        error.message,
        `The static routes that the router 192.168.50.1 has cannot be saved in ${folder} (EEXIST), so nothing was changed; ` +
          "make that folder writable.",
      );
      return true;
    });
  });
});
