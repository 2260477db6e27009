import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { readOtherIdentities, type StateSources } from "../../engine/other-stacks";
import { deployedTo, ONE } from "../support/identities";
import { PROJECT } from "../support/stack-files";

describe("the clusters of other stacks, if their states are not in files", () => {
  const { PULUMI_BACKEND_URL: url } = process.env;
  beforeEach(async () => {
    process.env["PULUMI_BACKEND_URL"] = "s3://states";
    const mocks = { call: () => ({}), newResource: ({ name }: pulumi.runtime.MockResourceArgs) => ({ id: name, state: {} }) };
    await pulumi.runtime.setMocks(mocks, PROJECT, "lab-dev", false, "organization");
  });
  afterEach(() => {
    if (url === undefined) delete process.env["PULUMI_BACKEND_URL"];
    else process.env["PULUMI_BACKEND_URL"] = url;
  });

  async function read(sources: Partial<StateSources>) {
    const warnings: string[] = [];
    const fail = (text: string) => () => Promise.reject(new Error(text));
    const given = {
      exportStack: fail("a secret"),
      exportDeployment: fail("a secret"),
      warn: (text: string) => warnings.push(text),
      ...sources,
    };
    return { found: [...(await readOtherIdentities(["lab-prod"], given))], warnings };
  }

  it("are read from stack references, even if a first deployment has no outputs yet", async () => {
    const { found, warnings } = await read({ exportStack: () => Promise.resolve(deployedTo(ONE)) });
    assert.deepEqual([found, warnings], [[["lab-prod", ONE]], []]);
  });

  it("are none for a stack that the backend does not have", async () => {
    const unknown = () => Promise.reject(new Error('unknown stack "organization/homelab-network/lab-prod"'));
    assert.deepEqual(await read({ exportStack: unknown }), { found: [], warnings: [] });
  });

  it("are read from the CLI's export if the engine has no passphrase for a state", async () => {
    const [urn, outputs] = [...deployedTo(ONE)][0] ?? assert.fail();
    const exported = () => Promise.resolve({ resources: [{ urn, type: "pulumi:index:Stash", outputs }] });
    assert.deepEqual(await read({ exportDeployment: exported }), { found: [["lab-prod", ONE]], warnings: [] });
  });

  it("are unknown with a warning if no state can be read, without the reason, which may quote secrets", async () => {
    const warnings = ["The cluster of stack lab-prod was not compared with this one: the state of lab-prod cannot be read."];
    assert.deepEqual(await read({}), { found: [], warnings });
  });
});
