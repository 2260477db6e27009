import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import execa from "execa";

import { repository } from "../../config/project";

const register = path.join(repository, "engine", "register.js");

describe("the loader of the program", () => {
  let folder: string;
  const cache = path.join(repository, "node_modules", ".cache", "homelab-network");
  const packs = (): string[] => fs.readdirSync(cache).filter((file) => file.endsWith(".pack"));
  let packsBefore: readonly string[];
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "register-"));
    packsBefore = packs();
  });
  after(() => {
    fs.rmSync(folder, { recursive: true, force: true });
    for (const pack of packs()) if (!packsBefore.includes(pack)) fs.rmSync(path.join(cache, pack), { force: true });
  });

  /** Runs a program with the loader, in the project's folder. */
  async function run(program: string, preload = register): Promise<string> {
    const file = path.join(folder, "program.ts");
    fs.writeFileSync(file, program);
    return (await execa(process.execPath, ["--require", preload, file], { cwd: repository })).stdout;
  }
  const load = (from: string): string =>
    `import { createRequire } from "node:module";\nconst load: NodeJS.Require = createRequire(${JSON.stringify(from)});\n`;

  it("strips types, keeps line numbers, and compiles a changed file again", async () => {
    const program = (text: string): string =>
      `interface Unused {\n  readonly a: string;\n}\nconst at: string = new Error().stack ?? "";\nconsole.log(${JSON.stringify(text)}, /program.ts:(\\d+)/.exec(at)?.[1]);\n`;
    assert.equal(await run(program("one")), "one 4");
    assert.equal(await run(program("one")), "one 4");
    assert.equal(await run(program("two")), "two 4");
  });

  it("compiles again if a cached file is damaged", async () => {
    const program = `const text: string = ${JSON.stringify(`kept by ${folder}`)};\nconsole.log(text);\n`;
    const keptFiles = (): string[] =>
      fs.readdirSync(cache).flatMap((name) => {
        const file = path.join(cache, name);
        return fs.readFileSync(file, "utf8").includes(folder) ? [file] : [];
      });
    await run(program);
    const [kept = "", ...more] = keptFiles();
    assert.deepEqual(more, []);
    const whole = fs.readFileSync(kept, "utf8");
    for (const damaged of ["", whole.slice(0, whole.length / 2), whole.replace("kept by", "written over"), "\0".repeat(whole.length)]) {
      fs.writeFileSync(kept, damaged);
      assert.equal(await run(program), `kept by ${folder}`);
      assert.equal(fs.readFileSync(kept, "utf8"), whole);
    }
    fs.rmSync(kept);
  });

  /** Returns a function that lists which of these parts of paths are in a loaded file. */
  const loaded = (...parts: string[]): string =>
    `const loaded = (): string => ${JSON.stringify(parts)}.filter((part) => Object.keys(load.cache).some((file) => file.includes(part))).join();\n`;

  it("keeps the SDK from loading the compiler, and loads it for a program that serializes a function", async () => {
    const serialize = `load("@pulumi/pulumi").runtime.serializeFunction(() => 42).then(({ text }: { text: string }) => console.log(text.includes("42"), loaded()));\n`;
    const start = `load("../components/cluster-network");\nconsole.log("loaded:", loaded());\n`;
    const lines = (await run(`${load(register)}${loaded("/typescript/lib/")}${start}${serialize}`)).split("\n");
    assert.deepEqual(lines, ["loaded: ", "true /typescript/lib/"]);
  });

  it("keeps the SDK from loading OpenTelemetry's exporters, and loads them for a traced run", async () => {
    const tracing = `const tracing = createRequire(load.resolve("@pulumi/pulumi/package.json"))("./cmd/run/tracing");\nconsole.log("loaded:", loaded());\n`;
    const trace = `tracing.start("http://127.0.0.1:1/api");\nconsole.log(tracing.newSpan("test").isRecording(), loaded());\nprocess.exit();\n`;
    const lines = (await run(`${load(register)}${loaded("/detectors/", "/zipkin.js")}${tracing}${trace}`)).split("\n");
    assert.deepEqual(lines, ["loaded: ", "true /detectors/,/zipkin.js"]);
  });

  it("loads the SDK's other parts for a program that uses them", async () => {
    const use = `const { automation, dynamic, provider, iterable, runtime } = load("@pulumi/pulumi");\n`;
    const values = "automation.LocalWorkspace, dynamic.Resource, provider.main, iterable.toObject, runtime.computeCodePaths";
    assert.equal(
      await run(`${load(register)}${use}console.log([${values}].map((value) => typeof value).join());\n`),
      Array(5).fill("function").join(),
    );
  });

  it("keeps the SDK from attaching a debugger to the program", async () => {
    const hooks = `createRequire(load.resolve("@pulumi/pulumi/package.json"))("./runtime/closure/v8Hooks")`;
    const native = `try { new Function("%IsSmi(1)"); console.log("attached"); } catch { console.log("without"); }\n`;
    assert.equal(await run(`${load(register)}${hooks}.isInitializedAsync().then(() => {\n${native}});\n`), "without");
  });

  it("keeps the SDK from translating stack traces, which have the right lines already", async () => {
    const sdk = `createRequire(load.resolve("@pulumi/pulumi/package.json"))("source-map-support/register");\n`;
    const mapped = `console.log(Object.keys(load.cache).filter((file) => /source-map-support/.test(file) && load.cache[file]?.children.length).length);\n`;
    const fail = `interface Unused {\n  readonly a: string;\n}\nconsole.log(/program.ts:(\\d+)/.exec(new Error().stack ?? "")?.[1]);\n`;
    assert.equal(await run(`${load(register)}${sdk}${mapped}${fail}`), "0\n8");
  });

  /** Returns a folder with a copy of the loader, and the packages. */
  function copy(): string {
    const root = fs.mkdtempSync(path.join(folder, "copy-"));
    for (const name of ["engine", "cli"]) fs.mkdirSync(path.join(root, name));
    fs.symlinkSync(path.join(repository, "node_modules"), path.join(root, "node_modules"));
    for (const name of ["register.js", "module-pack.js"])
      fs.copyFileSync(path.join(path.dirname(register), name), path.join(root, "engine", name));
    return root;
  }

  for (const [main, name] of [
    ["node_modules/@pulumi/pulumi/cmd/run", "run"],
    ["node_modules/@pulumi/pulumi/cmd/run/index.js", "run"],
    ["cli/main.ts", "main"],
  ] as const)
    it(`keeps the modules of ${main}`, async () => {
      const before = packs();
      const root = copy();
      fs.writeFileSync(path.join(root, "cli", "main.ts"), "export const program = 1;\n");
      // The language host starts the SDK by its real path.
      const file = main.startsWith("cli") ? path.join(root, main) : fs.realpathSync(path.join(repository, main));
      await execa(process.execPath, ["--require", path.join(root, "engine", "register.js"), file], { reject: false });
      const added = packs().filter((pack) => !before.includes(pack));
      assert.deepEqual([added.length, added[0]?.startsWith(`${name}-`)], [1, true]);
    });

  for (const [file, content] of [
    ["index.ts", ""],
    ["index.ts", "import * as path from 'node:path';\n"],
    ["index.ts", "export const cluster = 'lab-dev';\n"],
    ["cli/main.ts", ""],
    ["cli/main.ts", "import { Command } from 'commander';\n"],
  ] as const)
    it(`refuses to run ${file} with ${JSON.stringify(content)}, which would do nothing and pass for a success`, async () => {
      const root = copy();
      const preload = path.join(root, "engine", "register.js");
      fs.writeFileSync(path.join(root, file), content);
      const { exitCode, stderr } = await execa(process.execPath, ["--require", preload, path.join(root, file)], { reject: false });
      assert.equal(exitCode, 1);
      assert.match(stderr, /has no program, so it is damaged: restore it with git restore\./);
    });
});
