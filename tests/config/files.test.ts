import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { createAtomically, removeTemporaries, writeTogether, writeAtomically } from "../../config/files";
import { readDocument, readRegular } from "../../config/read-file";

describe("files", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(tmpdir(), "homelab-network-test-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));
  const at = (name: string) => path.join(folder, name);
  const read = (name: string) => fs.readFileSync(at(name), "utf8");
  const names = () => fs.readdirSync(folder).sort();

  it("are written through a symbolic link, and keep their permissions", () => {
    fs.writeFileSync(at("real"), "old", { mode: 0o600 });
    fs.symlinkSync("real", at("link"));
    writeAtomically(at("link"), "new");
    assert.deepEqual([read("real"), fs.readlinkSync(at("link")), fs.statSync(at("real")).mode & 0o777], ["new", "real", 0o600]);
    assert.deepEqual(names(), ["link", "real"]);
  });

  const unwritable: readonly (readonly [what: string, make: () => void, reason: RegExp])[] = [
    ["a folder", () => fs.mkdirSync(at("x")), /it is a folder; rename or remove the folder, or name a file\.$/],
    [
      "a dangling link",
      () => fs.symlinkSync("nowhere", at("x")),
      /a symbolic link to a file that does not exist; correct or remove the link\.$/,
    ],
    ["a link to itself", () => fs.symlinkSync("x", at("x")), /a symbolic link that leads to itself; correct or remove the link\.$/],
    ["a device", () => fs.symlinkSync("/dev/null", at("x")), /it is not a regular file; name a regular file\.$/],
    ["a link to a folder", () => fs.symlinkSync("/tmp", at("x")), /it is a folder/],
  ];
  for (const [what, make, reason] of unwritable) {
    it(`are not written over ${what}, and others with them stay as they are`, () => {
      fs.writeFileSync(at("other"), "old");
      make();
      const before = names();
      const call = () => writeTogether(["other", "x"].map((name) => ({ file: at(name), content: "new" })));
      assert.throws(
        call,
        (error: Error) =>
          error.name === "UserError" && error.message.startsWith(`${at("x")} cannot be written: `) && reason.test(error.message),
      );
      assert.deepEqual([names(), read("other")], [before, "old"]);
      assert.ok(fs.statSync("/dev/null").isCharacterDevice());
    });
  }

  it("are not written within a file", () => {
    fs.writeFileSync(at("file"), "");
    assert.throws(
      () => writeAtomically(path.join(at("file"), "x"), ""),
      /file\/x cannot be written: a part of its path is a file, not a folder; correct the path\.$/,
    );
  });

  it("are created once", () => {
    assert.equal(createAtomically(at("x"), "first", 0o600), true);
    assert.equal(createAtomically(at("x"), "second"), false);
    fs.symlinkSync("nowhere", at("link"));
    assert.equal(createAtomically(at("link"), "third"), false);
    assert.deepEqual([read("x"), fs.statSync(at("x")).mode & 0o777, names()], ["first", 0o600, ["link", "x"]]);
  });

  it("in the place of a temporary file are not followed", () => {
    fs.writeFileSync(at("victim"), "old");
    fs.symlinkSync("victim", at(`.x.${process.pid}.homelab.partial`));
    writeAtomically(at("x"), "new");
    assert.deepEqual([read("victim"), read("x"), names()], ["old", "new", ["victim", "x"]]);
  });

  it("that an interrupted run has left are removed, and those of a running process and of others stay", () => {
    const gone = [".x.2147483646.homelab.partial", `.x.${process.pid}.homelab.partial`];
    const kept = [".x.1.homelab.partial", "x.123.partial", "download.partial"];
    for (const name of [...gone, ...kept]) fs.writeFileSync(at(name), "");
    removeTemporaries(folder);
    assert.deepEqual(names(), [...kept].sort());
  });

  const unreadable: readonly (readonly [what: string, make: () => void, code: string])[] = [
    ["a folder", () => fs.mkdirSync(at("x")), "EISDIR"],
    ["a dangling link", () => fs.symlinkSync("nowhere", at("x")), "EDANGLING"],
    ["a link to itself", () => fs.symlinkSync("x", at("x")), "ELOOP"],
    ["an endless device", () => fs.symlinkSync("/dev/zero", at("x")), "EIRREGULAR"],
    ["no file", () => undefined, "ENOENT"],
    [
      "a huge file",
      () => {
        fs.writeFileSync(at("x"), "");
        fs.truncateSync(at("x"), 2 ** 31);
      },
      "EHUGE",
    ],
  ];
  for (const [what, make, code] of unreadable) {
    it(`are not read from ${what}`, () => {
      make();
      assert.throws(() => readRegular(at("x")), { code });
      if (code !== "ENOENT") assert.throws(() => readDocument(at("x")), { name: "UserError", code });
    });
  }
});
