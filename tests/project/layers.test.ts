/** Checks the layers of the source: a file imports from its own folder or from lower layers. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

import { ROOT } from "../support/stack-files";

/** The folders by layer, top to bottom. `index` is the program's file. */
const FLOORS = [["cli", "lab"], ["index"], ["components", "preflight", "report"], ["cluster", "router"], ["config", "engine"]];

/** What a folder's files may import from another folder of the same layer. */
const BESIDE: Readonly<Record<string, RegExp>> = {
  "cli -> lab": /^lab\/entry\.ts$/,
  "engine -> config": /^config\/printable\.ts$/,
  "lab -> cli": /^cli\/(pulumi|all\/(outcome|slots))\.ts$/,
};

/** The file that reads the text of the router's script when it is loaded. */
const SCRIPT_READER = /^router\/asus\/script\.ts$/;

/** Folders whose files only compute, except for the named ones. */
const PURE: readonly (readonly [folder: string, but: RegExp])[] = [
  ["config", /^config\/(stack-loader|stack-files|files|read-file|local-path|project|plans)\.ts$/],
  ["cluster/manifests", /^$/],
  ["cluster/diagnosis", /^$/],
  ["router/asus", SCRIPT_READER],
  ["report", /^$/],
];
const EFFECTS = /^(@pulumi\/|node:|execa$|ssh2$|@kubernetes\/)/;

interface Import {
  readonly file: string;
  /** A file of the project, or an imported package. */
  readonly to: string;
}

const sources = FLOORS.flat()
  .flatMap((name) =>
    name === "index" ? ["index.ts"] : readdirSync(join(ROOT, name), { recursive: true, encoding: "utf8" }).map((file) => `${name}/${file}`),
  )
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.replaceAll("\\", "/"));

const imports: readonly Import[] = sources.flatMap((file) =>
  [...readFileSync(join(ROOT, file), "utf8").matchAll(/(?:\bfrom|\brequire\(|\bimport\(|^import) ?"([^"]+)"/gm)].map(([, from = ""]) => ({
    file,
    to: from.startsWith(".") ? sourceOf(normalize(join(dirname(file), from))) : from,
  })),
);

function sourceOf(path: string): string {
  return [`${path}.ts`, `${path}/index.ts`, path].find((file) => existsSync(join(ROOT, file)) && /\.\w+$/.test(file)) ?? path;
}

const isOurs = (to: string) => existsSync(join(ROOT, to)) && !to.startsWith("node_modules");
const folderOf = (file: string) => file.split("/")[0]?.replace(/\.ts$/, "") ?? "";
const floorOf = (folder: string) => FLOORS.findIndex((floor) => floor.includes(folder));
const words = ({ file, to }: Import) => `${file} imports ${to}`;

const edges = new Map(sources.map((file) => [file, imports.filter((one) => one.file === file && isOurs(one.to)).map(({ to }) => to)]));

describe("layers", () => {
  it("include every source file", () => {
    const inFolders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !/^(node_modules|tests|docs|schema|bin|examples|\..*)$/.test(entry.name))
      .map(({ name }) => name);
    assert.deepEqual([...inFolders, "index"].sort(), FLOORS.flat().sort());
    assert.ok(imports.length > 500, `${imports.length} imports`);
  });

  it("are imported downwards: no file imports from a layer above, or from another folder of its layer", () => {
    const wrong = imports.filter(({ file, to }) => {
      const [from, into] = [folderOf(file), folderOf(to)];
      if (!isOurs(to) || from === into || to === "package.json") return false;
      if (floorOf(into) === floorOf(from)) return !(BESIDE[`${from} -> ${into}`]?.test(to) ?? false);
      return floorOf(into) < floorOf(from);
    });
    assert.deepEqual(wrong.map(words), []);
  });

  it("read the file of a state only in engine, which falls back to the engine's API", () => {
    const readers = imports.filter(({ to }) => to === "engine/state-file.ts").map(({ file }) => file);
    assert.deepEqual(readers.sort(), ["engine/identity-file.ts", "engine/other-stacks.ts", "engine/stack-state.ts"]);
  });

  for (const [folder, but] of PURE) {
    it(`${folder} is pure: no Pulumi, no files, no processes, no network, neither by what it imports`, () => {
      const pure = sources.filter((file) => file.startsWith(`${folder}/`) && !but.test(file));
      assert.notEqual(pure.length, 0);
      const reached = new Set(pure);
      for (const file of reached) for (const to of edges.get(file) ?? []) if (!SCRIPT_READER.test(to)) reached.add(to);
      assert.deepEqual(imports.filter(({ file, to }) => reached.has(file) && EFFECTS.test(to)).map(words), []);
    });
  }

  it("have no import cycle, type imports included", () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      assert.ok(!path.includes(file), [...path.slice(path.indexOf(file)), file].join(" -> "));
      if (done.has(file)) return;
      for (const to of edges.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of sources) visit(file, []);
  });

  it("end at the components for a user's own program: examples import nothing else of the project", () => {
    const programs = readdirSync(join(ROOT, "examples")).map((name) => `examples/${name}/index.ts`);
    assert.notEqual(programs.length, 0);
    const ours = programs.flatMap((file) =>
      [...readFileSync(join(ROOT, file), "utf8").matchAll(/from "(\.[^"]+)"/g)].map(([, from = ""]) =>
        normalize(join(dirname(file), from)),
      ),
    );
    assert.deepEqual([...new Set(ours)], ["components"]);
  });

  it("import the Kubernetes SDK by file, because loading all of it takes seconds", () => {
    const program = imports.filter(({ file }) => !/^(cli|lab)\//.test(file));
    assert.deepEqual(program.filter(({ to }) => /^@pulumi\/(kubernetes|command)$/.test(to)).map(words), []);
  });
});
