/** Checks that nothing that is built or installed is without updates, a comparison with known vulnerabilities, and a place in the list of packages. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

import { ALLOW_LIST, goFolders } from "../../lab/cli/audit";
import { readAllowList } from "../../lab/supply-chain/allow-list";
import { allGoTools } from "../../lab/tools/catalogue";
import { ROOT } from "../support/stack-files";
import { read } from "../support/workflows";

interface Updates {
  readonly "package-ecosystem": string;
  readonly directory?: string;
  readonly directories?: readonly string[];
}

const text = (file: string) => readFileSync(join(ROOT, file), "utf8");

describe("the supply chain", () => {
  const modules = readdirSync(join(ROOT, "lab"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("go.mod"))
    .map((file) => file.replace(/^go\//, "").replace(/\/go\.mod$/, ""));
  const { updates } = parse(text(".github/dependabot.yml")) as { updates: readonly Updates[] };
  const places = (ecosystem: string) =>
    updates
      .filter((one) => one["package-ecosystem"] === ecosystem)
      .flatMap(({ directory, directories = [directory ?? ""] }) => directories);

  it("has nine Go folders", () => assert.deepEqual([modules.length, goFolders()], [9, [...modules].sort()]));

  it("has an entry of Dependabot for each Go folder, and for npm, Python and the actions", () => {
    assert.deepEqual(places("gomod").sort(), modules.map((name) => `/lab/go/${name}`).sort());
    assert.deepEqual([places("npm"), places("pip"), places("github-actions")], [["/"], ["/lab/pip"], ["/"]]);
    for (const folder of updates.flatMap(({ directory, directories = [directory ?? ""] }) => directories))
      assert.ok(existsSync(join(ROOT, folder)), folder);
  });

  it("has a job that compares each Go folder, and one for npm", () => {
    const { go, npm } = read("supply-chain.yml").jobs;
    assert.deepEqual(go?.strategy?.matrix["folder"], [...modules].sort());
    assert.equal(go?.steps.at(-1)?.run, 'bin/homelab lab audit go "$FOLDER"');
    assert.equal(npm?.steps.at(-1)?.run, "bin/homelab lab audit npm");
  });

  it("builds something from each Go folder", () => {
    const built = new Set(allGoTools.map(({ module }) => module));
    assert.deepEqual(
      modules.filter((name) => !built.has(name)),
      [],
    );
  });

  it("compares every pull request, main, and each week", () => {
    for (const name of ["supply-chain.yml", "codeql.yml"]) {
      const { on } = read(name);
      assert.ok(
        ["push", "pull_request", "schedule"].every((event) => event in on),
        name,
      );
    }
  });

  it("keeps the list of all packages, which npm makes of the lock file", () => {
    const steps = read("supply-chain.yml").jobs["sbom"]?.steps ?? [];
    const made = steps.flatMap(({ run = "" }) => run.match(/npm sbom --package-lock-only --sbom-format \w+/g) ?? []);
    assert.deepEqual(
      made.map((command) => command.split(" ").at(-1)),
      ["spdx", "cyclonedx"],
    );
    assert.match(steps.at(-1)?.uses ?? "", /^actions\/upload-artifact@/);
  });

  it("has CodeQL for both languages", () => {
    const { include } = (read("codeql.yml").jobs["analyze"]?.strategy?.matrix ?? {}) as { include?: readonly { language: string }[] };
    assert.deepEqual(
      (include ?? []).map(({ language }) => language),
      ["javascript-typescript", "go"],
    );
    assert.match(read("codeql.yml").jobs["analyze"]?.steps.at(-1)?.uses ?? "", /^github\/codeql-action\/analyze@/);
  });

  it("names the release of each action beside its commit", () => {
    const used = readdirSync(join(ROOT, ".github", "workflows")).flatMap(
      (name) => text(`.github/workflows/${name}`).match(/uses: .*/g) ?? [],
    );
    assert.ok(used.length >= 3);
    for (const line of used) assert.match(line, /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("has a readable list of allowed vulnerabilities", () => {
    const allowed = readAllowList(text(ALLOW_LIST), ALLOW_LIST);
    for (const { where } of allowed) assert.ok(where === "npm" || existsSync(join(ROOT, where)), where);
  });

  it("has a private way to report a vulnerability", () => assert.match(text("SECURITY.md"), /Report a vulnerability/));
});
