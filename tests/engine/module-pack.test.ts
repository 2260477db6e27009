import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import execa from "execa";

import { repository } from "../../config/project";

const pack = path.join(repository, "engine", "module-pack.js");

describe("the pack of a program's modules", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "pack-"));
    write("preload.js", preload);
    write("main.js", `console.log(require("./part"));\n`);
    write("part.js", `module.exports = "one";\n`);
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Prints how many modules Node.js compiles itself, besides the preload's. */
  const preload = [
    `const Module = require("node:module");`,
    `const { usePack } = require(${JSON.stringify(pack)});`,
    `let read = 0;`,
    `const load = Module._extensions[".js"];`,
    `Module._extensions[".js"] = (...args) => (read++, load(...args));`,
    `process.once("exit", () => console.log("read", read));`,
    `usePack(__dirname, "program", [__dirname + "/installed"]);\n`,
  ].join("\n");
  const write = (name: string, content: string) => fs.writeFileSync(path.join(folder, name), content);
  const packs = () => fs.readdirSync(folder).filter((name) => name.includes(".pack"));

  /** Runs the program. @returns the lines of its output, and how many files it read */
  async function run(...args: string[]): Promise<string[]> {
    const argv = [...args, "--require", path.join(folder, "preload.js"), path.join(folder, "main.js")];
    return (await execa(process.execPath, argv, { all: true, reject: false })).stdout.split("\n");
  }

  it("spares the next run from reading and compiling them", async () => {
    assert.deepEqual(await run(), ["one", "read 2"]);
    assert.deepEqual(await run(), ["one", "read 0"]);
    assert.match(packs().join(), /^program-[0-9a-f]{16}\.pack$/);
  });

  it("has a changed module no more, and the others still", async () => {
    await run();
    write("part.js", `module.exports = "two";\n`);
    assert.deepEqual(await run(), ["two", "read 1"]);
    assert.deepEqual(await run(), ["two", "read 0"]);
  });

  it("follows a module that moved, and one that only a later run loads", async () => {
    await run();
    fs.rmSync(path.join(folder, "part.js"));
    fs.mkdirSync(path.join(folder, "part"));
    write("part/index.js", `module.exports = process.execArgv.length > 2 ? require("../more.js") : "moved";\n`);
    write("more.js", `module.exports = "more";\n`);
    assert.deepEqual(await run(), ["moved", "read 1"]);
    assert.deepEqual(await run("--no-warnings"), ["more", "read 1"]);
    assert.deepEqual(await run("--no-warnings"), ["more", "read 0"]);
    assert.deepEqual(await run(), ["moved", "read 0"]);
  });

  it("is written again after another installation, and if it is damaged", async () => {
    await run();
    write("installed", "other packages");
    assert.deepEqual(await run(), ["one", "read 2"]);
    const [name = ""] = packs();
    const whole = fs.readFileSync(path.join(folder, name));
    const altered = Buffer.from(whole);
    altered.write("two", altered.indexOf('"one"') + 1);
    for (const damaged of [Buffer.alloc(0), whole.subarray(0, whole.length / 2), altered, Buffer.alloc(whole.length)]) {
      fs.writeFileSync(path.join(folder, name), damaged);
      assert.deepEqual(await run(), ["one", "read 2"]);
      assert.deepEqual(await run(), ["one", "read 0"]);
    }
  });

  it("keeps lines and names in stack traces, texts of any characters, and what require offers", async () => {
    write(
      "part.js",
      `const at = /part\\.js:(\\d+:\\d+)/, first = at.exec(new Error().stack)[1];\n\nmodule.exports = ["“…” 中", first, at.exec(new Error().stack)[1], require.main.filename === __dirname + "/main.js",\n` +
        `  require.resolve("./main"), this === exports, Object.keys(require.cache).length > 1, require.resolve.paths("x").length > 0].join(" ");\n`,
    );
    const [first = ""] = await run();
    assert.equal(first, `“…” 中 1:50 3:43 true ${path.join(folder, "main.js")} true true true`);
    assert.deepEqual(await run(), [first, "read 0"]);
  });

  it("leaves a dynamic import, an ES module and code with an error to Node.js", async () => {
    write(
      "main.js",
      `import("./part.mjs").then((part) => console.log(part.default)); try { require("./part"); } catch (error) { console.log(error.name); }\n`,
    );
    write("part.mjs", `export default "module";\n`);
    write("part.js", `const = 1;\n`);
    for (let round = 0; round < 2; round++) assert.deepEqual(await run(), ["SyntaxError", "module", "read 2"]);
  });

  it("is not used under a debugger, and leaves no partial file where it cannot be written", async () => {
    await run();
    assert.deepEqual(await run("--inspect=127.0.0.1:0"), ["one", "read 2"]);
    const [name = ""] = packs();
    fs.rmSync(path.join(folder, name));
    fs.mkdirSync(path.join(folder, name));
    assert.deepEqual(await run(), ["one", "read 2"]);
    assert.deepEqual(packs(), [name]);
  });
});
