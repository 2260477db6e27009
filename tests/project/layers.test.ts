import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support/stack-files";

/** What each TypeScript file of a folder imports. */
function imports(folder: string): { file: string; from: string }[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  assert.notEqual(files.length, 0, `${folder} is empty`);
  return files.flatMap((name) => {
    const file = `${folder}/${name}`;
    return [...readFileSync(join(ROOT, file), "utf8").matchAll(/(?:from|require\(|import\() ?"([^"]+)"/g)].map(([, from = ""]) => ({
      file,
      from,
    }));
  });
}

const offenders = (folder: string, banned: RegExp) => imports(folder).filter(({ from }) => banned.test(from));

describe("layers", () => {
  for (const folder of ["components", "network", "router"]) {
    it(`${folder} imports nothing of the lab or its commands`, () => assert.deepEqual(offenders(folder, /\/(lab|commands)(\/|$)/), []));
  }

  it("network is pure: no Pulumi, no files, no processes", () =>
    assert.deepEqual(offenders("network", /^@pulumi|^node:|^execa|^ssh2/), []));

  it("router knows no Pulumi", () => assert.deepEqual(offenders("router", /^@pulumi/), []));

  it("the Kubernetes SDK is imported by the file, since the whole of it takes seconds to load", () => {
    assert.deepEqual(offenders("components", /^@pulumi\/(kubernetes|command)$/), []);
  });
});
