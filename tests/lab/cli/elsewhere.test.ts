import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { plansOf } from "../../../config/plans";
import { inOtherHousehold, OTHER_HOUSEHOLD } from "../../../lab/cli/other-household";
import { HOUSEHOLD, ROOT } from "../../support/stack-files";

/** Returns the names and addresses that are specific to a plan. */
const namesOf = (folder: string): string[] =>
  plansOf(folder).flatMap(({ stack, cluster, pools, gateway, router }) => [
    stack,
    cluster.name,
    cluster.context,
    router.host,
    router.user ?? "",
    router.lan.text,
    JSON.stringify(gateway),
    ...pools.flatMap(({ name, addresses }) => [name, ...addresses.map(({ text }) => text)]),
  ]);

describe("the clone's copy for test suites", () => {
  it("has program, tests and packages, and the stack files of another household", async () => {
    await inOtherHousehold((folder) => {
      assert.deepEqual(
        fs.readdirSync(folder).filter((name) => name.startsWith("Pulumi.")),
        ["Pulumi.attic.yaml", "Pulumi.yaml"],
      );
      for (const name of ["index.ts", "package.json", ".mocharc.json", "bin/homelab", "tests/fixtures/household", "node_modules/mocha"])
        assert.ok(fs.existsSync(path.join(folder, name)), name);
      for (const name of [".git", ".pulumi-state", ".pulumi-passphrase"]) assert.ok(!fs.existsSync(path.join(folder, name)), name);
      return Promise.resolve();
    });
  });

  it("leaves the clone's stack files alone, and is removed when the suites succeed or fail", async () => {
    const files = (): string[] => fs.readdirSync(ROOT).sort();
    const before = files();
    let copy = "";
    const fail = (folder: string): Promise<void> => {
      copy = folder;
      return Promise.reject(new Error("a suite fails"));
    };
    await assert.rejects(inOtherHousehold(fail), /^Error: a suite fails$/);
    assert.ok(copy !== "" && !fs.existsSync(copy));
    assert.deepEqual(files(), before);
  });

  it("shares no name and no address with the examples", () => {
    const [own, others] = [namesOf(HOUSEHOLD), namesOf(OTHER_HOUSEHOLD)];
    assert.ok(own.length >= 16 && others.length >= 8);
    assert.deepEqual(
      others.filter((name) => own.includes(name)),
      [],
    );
  });
});
