import assert from "node:assert/strict";

import { readIdentityFile } from "../../engine/identity-file";
import { Home } from "../support/home";
import { deployedTo, ONE } from "../support/identities";

describe("the identity of a cluster in a state file", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());

  const read = (url = `file://${home.path}/kept`) =>
    readIdentityFile("project", "lab-dev", { folder: home.path, env: { PULUMI_BACKEND_URL: url } });
  const write = (resources: readonly object[]) =>
    home.write("kept/.pulumi/stacks/project/lab-dev.json", JSON.stringify({ version: 3, checkpoint: { latest: { resources } } }));

  it("is the recorded one, or none before the first deployment", () => {
    write([...deployedTo(ONE)].map(([urn, outputs]) => ({ urn, type: "pulumi:index:Stash", outputs })));
    assert.deepEqual(read(), { identity: ONE });
    write([]);
    assert.deepEqual(read(), { identity: undefined });
  });

  it("is read by the CLI if no file has the state", () => {
    assert.equal(read(), undefined);
    write([]);
    assert.equal(read("s3://kept"), undefined);
  });
});
