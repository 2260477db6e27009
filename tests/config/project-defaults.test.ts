import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { chosenStacks, planStack } from "../../cli/check/stacks";
import { newStack } from "../../cli/new-stack";
import { plansOf } from "../../config/plans";
import { PlanError } from "../../config/problem";
import { readProjectDefaults } from "../../config/project-defaults";
import { loadStack } from "../../config/stack-loader";
import { Project, printedBy } from "../cli/project";
import { inHome } from "../support/home";
import { devConfig, ROOT } from "../support/stack-files";

const head = "name: homelab-network\nruntime: nodejs\n";

describe("the defaults in Pulumi.yaml", () => {
  it("are read in each form that Pulumi accepts, with their lines", () => {
    const { values, lineOf } = readProjectDefaults(`${head}config:
  homelab-network:reserved:
    default:
      others: [10.0.0.0/8]
  router: { type: object, value: { host: 192.168.50.1 } }
  homelab-network:pools: [{ name: shared }]
  homelab-network:gateway: text
  metallb:
    type: object
    description: no default
  aws:region: us-west-2
`);
    assert.deepEqual(values, {
      reserved: { others: ["10.0.0.0/8"] },
      router: { host: "192.168.50.1" },
      pools: [{ name: "shared" }],
      gateway: "text",
    });
    const paths = ["reserved.others[0]", "router.host", "pools[0].name", "gateway.mode", "metallb.version", "reserved.dhcp"];
    assert.deepEqual(paths.map(lineOf), [6, 7, 8, 9, 10, 5]);
  });

  it("name the line of a YAML error in Pulumi.yaml", () => {
    assert.throws(
      () => readProjectDefaults(`${head}config: [\n`),
      /^PlanError: The stack files have a problem:\n {2}Pulumi\.yaml:\d+: config = .*: not YAML/,
    );
    for (const text of ["", "config: text", "config: []", "config:\n  reserved:\n"]) assert.deepEqual(readProjectDefaults(text).values, {});
  });

  it("are ignored if they equal the schema's defaults, as this project's do", () => {
    const [text] = chosenStacks(undefined, ROOT);
    assert.ok(text !== undefined);
    assert.deepEqual(text.defaults?.values, {});
  });

  describe("in a project", () => {
    const home = inHome();
    let project: Project;
    beforeEach(() => (project = new Project()));
    afterEach(() => project.remove());
    const router = (text: string) => /homelab-network:router:\n((?: {4}.*\n)+)/.exec(text)?.[1] ?? "";

    /** Moves the router of both stacks to Pulumi.yaml. */
    function shareRouter(): void {
      const section = router(project.read("Pulumi.lab-dev.yaml"));
      assert.notEqual(section, "");
      for (const stack of ["lab-dev", "lab-prod"])
        project.write(
          `Pulumi.${stack}.yaml`,
          project.read(`Pulumi.${stack}.yaml`).replace(/ {2}homelab-network:router:\n(?: {4}.*\n)+/, ""),
        );
      project.write("Pulumi.yaml", `${head}config:\n  homelab-network:router:\n    default:\n${section.replaceAll(/^ {4}/gm, "      ")}`);
    }
    const reserve = (network: string) =>
      project.write("Pulumi.yaml", `${head}config:\n  reserved:\n    type: object\n    default:\n      others: [${network}]\n`);

    it("set the router of each stack in plan, doctor, verify and drift", async () => {
      const before = plansOf(project.path).map(({ router: { host, lan } }) => [host, lan.text]);
      shareRouter();
      assert.deepEqual(
        plansOf(project.path).map(({ router: { host, lan } }) => [host, lan.text]),
        before,
      );
      const [text] = chosenStacks("lab-dev", project.path);
      assert.ok(text);
      const { plan } = await planStack(text, project.path);
      assert.equal(plan.router.host, "192.168.50.1");
    });

    it("are the location of findings about them", async () => {
      shareRouter();
      project.change("Pulumi.yaml", "192.168.50.0/24", "192.168.50.0/33");
      const line =
        project
          .read("Pulumi.yaml")
          .split("\n")
          .findIndex((text) => text.includes("lan:")) + 1;
      const place = new RegExp(`Pulumi\\.yaml:${line}: router\\.lan = "192\\.168\\.50\\.0/33": `);
      assert.throws(() => plansOf(project.path), place);
      const [text] = chosenStacks("lab-dev", project.path);
      assert.ok(text);
      await assert.rejects(planStack(text, project.path), ({ message }: PlanError) => place.test(message));
      assert.throws(() => loadStack("lab-dev", devConfig({ "router.lan": "192.168.50.0/33" }), project.path), place);
    });

    it("are compared with a stack's pools", () => {
      reserve("10.5.0.0/16");
      assert.throws(
        () => plansOf(project.path),
        /Pulumi\.lab-dev\.yaml:\d+: pools\[0\]\.addresses\[0\] = "10\.5\.0\.0\/24": overlaps 10\.5\.0\.0\/16/,
      );
    });

    it("are replaced as a whole by the same key of a stack file", () => {
      reserve("10.5.0.0/16");
      for (const stack of ["lab-dev", "lab-prod"]) {
        const file = `Pulumi.${stack}.yaml`;
        const without = project.read(file).replace(/ {2}homelab-network:reserved:\n(?: {4}.*\n)+/, "");
        project.write(file, `${without.trimEnd()}\n  homelab-network:reserved: { dhcp: [] }\n`);
      }
      assert.doesNotThrow(() => plansOf(project.path));
    });

    it("set the shared router of a new stack file", async () => {
      shareRouter();
      const printed = await printedBy(() => newStack("lab-edge", { pool: "auto", gateway: "auto" }, project.path));
      assert.doesNotMatch(printed, /id_ed25519/);
      assert.doesNotMatch(project.read("Pulumi.lab-edge.yaml"), /homelab-network:router:/);
      assert.equal(plansOf(project.path).length, 3);
    });

    it("leave a stack without a plan unchanged", () => {
      shareRouter();
      project.write("Pulumi.empty.yaml", "config: {}\n");
      assert.deepEqual(
        plansOf(project.path).map(({ stack }) => stack),
        ["lab-dev", "lab-prod"],
      );
    });

    it("do not hide the file of the CLI's --config-file", () => {
      const file = join(project.path, "config", "other.yaml");
      mkdirSync(join(file, ".."));
      writeFileSync(file, "config:\n  homelab-network:pools:\n    - name: lab-dev\n      addresses: [10.5.0.1/24]\n");
      const config = devConfig({ pools: [{ name: "lab-dev", addresses: ["10.5.0.1/24"] }] });
      assert.throws(
        () => loadStack("lab-dev", config, project.path, file),
        /^PlanError: The stack files have a problem:\n {2}config\/other\.yaml:4: pools\[0\]\.addresses\[0\] = "10\.5\.0\.1\/24": /,
      );
      assert.ok(home().path);
    });
  });
});
