import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { plansOf } from "../../config/plans";
import { stackFile } from "../../config/project";
import { scratchFolder } from "../lab/scratch";
import { HOUSEHOLD } from "../support/stack-files";

describe("the lab's plans", () => {
  let folder: string;
  beforeEach(() => (folder = scratchFolder("plans")));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const write = (change: (text: string) => string): void =>
    fs.writeFileSync(stackFile(folder, "lab-dev"), change(fs.readFileSync(stackFile(HOUSEHOLD, "lab-dev"), "utf8")));

  it("come from all stack files, by name, and from no other file", () => {
    assert.deepEqual(
      plansOf(HOUSEHOLD).map(({ stack }) => stack),
      ["lab-dev", "lab-prod"],
    );
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: x\n");
    assert.deepEqual(plansOf(folder), []);
  });

  it("need no decryption of secrets", () => {
    write((text) => text.replace("privateKeyFile: ~/.ssh/id_ed25519", "password:\n      secure: v1:abc"));
    assert.deepEqual(plansOf(folder), plansOf(HOUSEHOLD).slice(0, 1));
  });

  it("ignore settings of other projects and providers", () => {
    write((text) => `${text.trimEnd()}\n  other:key: value\n`);
    assert.equal(plansOf(folder).length, 1);
  });

  it("report problems of a stack file with the program's message", () => {
    write((text) => text.replace("10.5.0.0/24", "10.5.0.7/24"));
    assert.throws(() => plansOf(folder), { name: "UserError", message: /10\.5\.0\.7\/24/ });
  });
});
