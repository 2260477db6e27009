import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { plansOf } from "../../../config/plans";
import { elsewhere, OTHER_HOUSEHOLD } from "../../../lab/cli/elsewhere";
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

describe("the copy of the clone that the suites run in", () => {
  it("has the program, the tests and the packages, and the stack files of another household", async () => {
    await elsewhere((folder) => {
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

  it("leaves the stack files of the clone alone, and goes when the suites are through, or fail", async () => {
    const files = (): string[] => fs.readdirSync(ROOT).sort();
    const before = files();
    let copy = "";
    const fail = (folder: string): Promise<void> => {
      copy = folder;
      return Promise.reject(new Error("a suite fails"));
    };
    await assert.rejects(elsewhere(fail), /^Error: a suite fails$/);
    assert.ok(copy !== "" && !fs.existsSync(copy));
    assert.deepEqual(files(), before);
  });

  it("has a household without a name or an address of the examples", () => {
    const [own, others] = [namesOf(HOUSEHOLD), namesOf(OTHER_HOUSEHOLD)];
    assert.ok(own.length >= 16 && others.length >= 8);
    assert.deepEqual(
      others.filter((name) => own.includes(name)),
      [],
    );
  });
});
