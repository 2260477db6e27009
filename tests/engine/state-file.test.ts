import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { readStateFile } from "../../engine/state-file";
import { Home } from "../support/home";

describe("a state file", () => {
  const content = { version: 3, checkpoint: { stack: "s", latest: { resources: [{ urn: "a", type: "t" }] } } };
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());

  const write = (name: string, text: string | object): void => {
    const file = path.join(home.path, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, typeof text === "string" ? text : JSON.stringify(text));
  };
  const read = (env: Record<string, string> = {}) => readStateFile("project", "lab-dev", { folder: home.path, env });
  const kept = "kept/.pulumi/stacks/project/lab-dev.json";

  it("is in the project's backend, or in that of the environment, which has priority", () => {
    write(kept, content);
    assert.equal(read(), undefined);
    write("Pulumi.yaml", "name: project\nbackend:\n  url: file://./kept\n");
    assert.deepEqual(read(), content.checkpoint.latest);
    assert.deepEqual(read({ PULUMI_BACKEND_URL: `file://${home.path}/kept?no_tmp_dir=true` }), content.checkpoint.latest);
    for (const other of ["file://./other", "s3://kept", "https://api.pulumi.com", "postgres://kept"])
      assert.equal(read({ PULUMI_BACKEND_URL: other }), undefined, other);
  });

  it("is empty before the first run", () => {
    write(kept, { version: 3, checkpoint: { stack: "s", latest: null } });
    assert.deepEqual(read({ PULUMI_BACKEND_URL: "file://./kept" }), {});
  });

  it("may use engine features that are fields of single resources", () => {
    for (const features of [undefined, ["hooks"], ["hooks", "refreshBeforeUpdate", "replaceWith", "taint", "views"]]) {
      write(kept, { ...content, version: 4, features });
      assert.deepEqual(read({ PULUMI_BACKEND_URL: "file://./kept" }), content.checkpoint.latest);
    }
  });

  it("is left to the engine if it has an unexpected format", () => {
    const there = { PULUMI_BACKEND_URL: "file://./kept" };
    const strange = [
      "",
      "{",
      "null",
      { ...content, version: 5 },
      { ...content, version: 4, features: ["hooks", "journal"] },
      { deployment: {} },
    ];
    for (const text of strange) {
      write(kept, text);
      assert.equal(read(there), undefined, JSON.stringify(text));
    }
    write(kept, content);
    assert.deepEqual(read(there), content.checkpoint.latest);
    write(`${kept}.gz`, "");
    assert.equal(read(there), undefined);
  });
});
