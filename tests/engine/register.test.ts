import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import execa from "execa";

import { repository } from "../../config/project";

const register = path.join(repository, "engine", "register.js");

describe("what is loaded before the program", () => {
  let folder: string;
  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "register-"))));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Runs a program with it, in the project's folder. */
  async function run(program: string): Promise<string> {
    const file = path.join(folder, "program.ts");
    fs.writeFileSync(file, program);
    return (await execa(process.execPath, ["--require", register, file], { cwd: repository })).stdout;
  }
  const load = `import { createRequire } from "node:module";\nconst load: NodeJS.Require = createRequire(${JSON.stringify(register)});\n`;

  it("strips types, keeps lines where they were, and does so anew for a file that changed", async () => {
    const program = (text: string): string =>
      `interface Unused {\n  readonly a: string;\n}\nconst at: string = new Error().stack ?? "";\nconsole.log(${JSON.stringify(text)}, /program.ts:(\\d+)/.exec(at)?.[1]);\n`;
    assert.equal(await run(program("one")), "one 4");
    assert.equal(await run(program("one")), "one 4");
    assert.equal(await run(program("two")), "two 4");
  });

  it("spares the SDK the compiler and the resolver, and gives them to who asks", async () => {
    const loaded = `const loaded = (): string[] => ["/typescript/lib/", "/pacote/"].filter((part) => Object.keys(load.cache).some((file) => file.includes(part)));\n`;
    const serialise = `load("@pulumi/pulumi").runtime.serializeFunction(() => 42).then(({ text }: { text: string }) => {\n  console.log(loaded(), text.includes("42"), typeof sdk("@npmcli/arborist").Arborist, loaded().length);\n});\n`;
    const sdk = `const sdk: NodeJS.Require = createRequire(load.resolve("@pulumi/pulumi/package.json"));\n`;
    const [first, second] = (
      await run(`${load}${sdk}${loaded}load("../components/cluster-network");\nconsole.log(loaded());\n${serialise}`)
    ).split("\n");
    assert.equal(first, "[]");
    assert.equal(second, `[ '/typescript/lib/' ] true function 2`);
  });
});
