/** Tests the components as a user's build has them: compiled, in another folder, and without this project's loader. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import execa from "execa";
import { transpileModule, ModuleKind, ScriptTarget } from "typescript";

import { ROOT } from "../support/stack-files";

/** The folders of the components and of everything that they import. */
const FOLDERS = ["components", "config", "cluster", "router", "engine"];

/** Registers a network against mocks, and prints what orders its chart. */
const program = `
const pulumi = require("@pulumi/pulumi");
const { ClusterNetwork, StaticRoutes } = require("./components");
let renderer;
const newResource = ({ type, name, inputs }) => {
  if (type.endsWith(":Chart")) renderer = inputs.postRenderer;
  return { id: name, state: inputs };
};
(async () => {
  await pulumi.runtime.setMocks({ call: ({ inputs }) => inputs, newResource });
  const kubeconfig = JSON.stringify({ contexts: [{ name: "dev" }] });
  const network = new ClusterNetwork("lab", { kubeconfig, context: "dev", pools: [{ name: "primary", addresses: ["10.5.0.0/24"] }] });
  const router = { host: "192.168.50.1", user: "homelab", password: "p", acceptAnyHostKey: true };
  new StaticRoutes("routes", { router, routes: [{ destination: "10.5.0.0/24", gateway: "192.168.50.11" }] }, { dependsOn: network });
  await pulumi.runtime.disconnect();
  console.log(JSON.stringify(renderer));
})();
`;

describe("the compiled components", () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(tmpdir(), "homelab-network-test-"));
    for (const name of FOLDERS.flatMap((one) =>
      fs.readdirSync(path.join(ROOT, one), { recursive: true, encoding: "utf8" }).map((file) => path.join(one, file)),
    )) {
      const text = () => fs.readFileSync(path.join(ROOT, name), "utf8");
      const target = path.join(folder, name.replace(/\.ts$/, ".js"));
      if (!/\.(ts|sh)$/.test(name)) continue;
      fs.mkdirSync(path.dirname(target), { recursive: true });
      const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true };
      fs.writeFileSync(target, name.endsWith(".ts") ? transpileModule(text(), { compilerOptions }).outputText : text());
    }
    fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
    fs.writeFileSync(path.join(folder, "program.js"), program);
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  it("run with their post-renderer", async () => {
    const { stdout } = await execa("node", [path.join(folder, "program.js")], { cwd: tmpdir() });
    const { command, args } = JSON.parse(stdout.split("\n").at(-1) ?? "") as { command: string; args: string[] };
    assert.deepEqual([command, ...args], ["node", path.join(fs.realpathSync(folder), "components", "internal", "order-chart.js"), "300"]);
    const ordered = await execa(command, args, {
      cwd: tmpdir(),
      input: "---\napiVersion: v1\nkind: Namespace\nmetadata: { name: there }\n",
    });
    assert.match(ordered.stdout, /kind: Namespace/);
  });
});
