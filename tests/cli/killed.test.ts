/** Checks that each command that writes leaves a file as it was, or as it should be, wherever it is killed. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import disk from "node:fs";
import * as path from "node:path";

import { saveAdoption } from "../../cli/adopt/backup";
import { newStack } from "../../cli/new-stack";
import { plan } from "../../cli/plan";
import { writeTogether } from "../../config/files";
import { saveBackup } from "../../router/backup";
import { killedAt } from "../support/killed";
import { ROOT } from "../support/stack-files";
import { Project, printedBy } from "./project";

const DRAFT = /\.homelab\.partial$/;

/** Returns the files below a folder with their content, without temporary ones. */
function filesIn(folder: string): Record<string, string> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => !DRAFT.test(name));
  const files = names.filter((name) => fs.statSync(path.join(folder, name)).isFile()).sort();
  return Object.fromEntries(files.map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")]));
}

const draftsIn = (folder: string) => fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => DRAFT.test(name));

/** A command that writes, with the files that it needs. */
interface Writer {
  readonly prepare?: (project: Project) => void;
  readonly run: (project: Project) => unknown;
}

const object = (content: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, content });
const adoption = (project: Project, content: string) => saveAdoption(project.path, "lab-dev", "cluster", [object(content)]);

const writers: Readonly<Record<string, Writer>> = {
  plan: {
    prepare: (project) => project.change("Pulumi.lab-dev.yaml", "192.168.50.11", "192.168.50.12"),
    run: (project) => plan({ live: path.join(project.path, "live.svg") }, project.path, () => Promise.reject(new Error("off"))),
  },
  "new-stack": { run: (project) => newStack("lab-edge", { pool: "auto", gateway: "auto" }, project.path) },
  "adopt's backup": { run: (project) => adoption(project, "x".repeat(1000)) },
  "the router's backup": {
    run: (project) => saveBackup(project.path, { host: "192.168.50.1", hostKey: "key", content: "x".repeat(1000) }),
  },
};

describe("a command that is killed while it writes", () => {
  for (const [name, { prepare, run }] of Object.entries(writers)) {
    it(`leaves each file old or new, and the next run completes it: ${name}`, async () => {
      let ended = false;
      for (let count = 1; !ended; count++) {
        const project = new Project();
        try {
          prepare?.(project);
          const before = filesIn(project.path);
          await printedBy(async () => void (ended = await killedAt(count, () => run(project))));
          const between = filesIn(project.path);
          await printedBy(async () => void (await run(project))).catch((error: Error) => assert.match(error.message, /exists already/));
          const after = filesIn(project.path);
          for (const [file, content] of Object.entries(between))
            assert.ok(isSame(content, before[file]) || isSame(content, after[file]), `kill ${count}: ${file} is torn`);
          assert.notDeepEqual(after, before);
          assert.deepEqual(draftsIn(project.path), [], `kill ${count}`);
        } finally {
          project.remove();
        }
        assert.ok(count < 100);
      }
    });
  }

  /** Whether two contents are the same, but for the time of an adoption. */
  const isSame = (one: string, other: string | undefined) => one.replace(/"begun":.*/, "") === other?.replace(/"begun":.*/, "");
});

describe("a disk that gets full", () => {
  it("leaves all files as they are if several are written", () => {
    const project = new Project();
    const before = filesIn(project.path);
    const files = ["docs/plan.md", "docs/plan.svg"].map((name) => ({ file: path.join(project.path, name), content: "new" }));
    for (const failing of ["writeFileSync", "fsyncSync", "renameSync"] as const)
      for (const call of [1, 2]) {
        const restore = failAt(failing, call);
        assert.throws(() => writeTogether(files), { name: "UserError", code: "ENOSPC" });
        restore();
        assert.deepEqual([filesIn(project.path), draftsIn(project.path)], [before, []], `${failing} ${call}`);
      }
    project.remove();
  });
});

/** Lets a function of node:fs fail at one call. @returns a function that ends this */
function failAt(name: "writeFileSync" | "fsyncSync" | "renameSync", call: number): () => void {
  const original = disk[name] as (...args: unknown[]) => unknown;
  let calls = 0;
  const replaced = (...args: unknown[]) => {
    if (++calls === call) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC", syscall: "write" });
    return original(...args);
  };
  Object.assign(disk, { [name]: replaced });
  return () => void Object.assign(disk, { [name]: original });
}

describe("writers", () => {
  it("all use the one function that writes a file whole", () => {
    const folders = ["cli", "cluster", "components", "config", "engine", "preflight", "report", "router"];
    const sources = folders
      .flatMap((folder) =>
        fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
      )
      .filter((file) => file.endsWith(".ts"));
    const writing = sources.filter((file) =>
      /\b((writeFile|appendFile|copyFile|cp|rename|link|symlink|truncate|write)Sync|createWriteStream)\(|fs\/promises/.test(
        fs.readFileSync(path.join(ROOT, file), "utf8"),
      ),
    );
    assert.deepEqual(writing, ["config/files.ts"]);
  });
});
