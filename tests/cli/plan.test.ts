import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { plan } from "../../cli/plan";
import type { ClusterConnection } from "../../cluster/survey/reader";
import { NoResponse } from "../../cluster/api/kubeconfig";
import { HOUSEHOLD } from "../support/stack-files";
import { Project, printedBy } from "./project";

describe("homelab plan", () => {
  let project: Project;
  beforeEach(() => (project = new Project()));
  afterEach(() => project.remove());
  const check = () => plan({ check: true }, project.path);

  it("finds the documents of the plan up to date", () => printedBy(check));

  it("writes table and picture once, and nothing the second time", async () => {
    project.write("docs/plan.md", "# The plan\n\n<!-- begin: written by make plan -->\n<!-- end -->\n");
    fs.rmSync(path.join(project.path, "docs/plan.svg"));
    assert.match(
      await printedBy(() => plan({}, project.path)),
      /^10\.5\.0\.0\/24 +yes +lab-dev .*\nWrote docs\/plan\.md and docs\/plan\.svg\.$/ms,
    );
    assert.match(project.read("docs/plan.md"), /^\| 10\.6\.0\.0\/24 \| yes {4}\| lab-prod /m);
    assert.equal(project.read("docs/plan.svg"), fs.readFileSync(path.join(HOUSEHOLD, "docs", "plan.svg"), "utf8"));
    assert.match(await printedBy(() => plan({}, project.path)), /are up to date\.$/);
    await printedBy(check);
  });

  it("fails the check if a stack file has changed, and writes nothing", async () => {
    await printedBy(() => plan({}, project.path));
    project.change("Pulumi.lab-dev.yaml", "192.168.50.11", "192.168.50.12");
    const old = project.read("docs/plan.md");
    const message = 'docs/plan.md and docs/plan.svg: out of date with the stack files; "make plan" updates them.';
    await assert.rejects(check, { name: "UserError", message });
    assert.equal(project.read("docs/plan.md"), old);
  });

  it("fails the check with --json too", async () => {
    project.change("Pulumi.lab-dev.yaml", "192.168.50.11", "192.168.50.12");
    await printedBy(() => assert.rejects(() => plan({ check: true, json: true }, project.path), /out of date/));
  });

  it("fails the check if the picture is missing or different", async () => {
    await printedBy(() => plan({}, project.path));
    project.change("docs/plan.svg", "lab-dev", "lab-box");
    await assert.rejects(check, /^UserError: docs\/plan\.svg: out of date/);
    fs.rmSync(path.join(project.path, "docs/plan.svg"));
    await assert.rejects(check, /^UserError: docs\/plan\.svg: out of date/);
  });

  it("reports missing markers", async () => {
    project.write("docs/plan.md", "# The plan\n");
    await assert.rejects(() => plan({}, project.path), /^UserError: docs\/plan\.md: the markers around the table are missing; /);
  });

  it("reports the problems of the stack files", async () => {
    project.change("Pulumi.lab-prod.yaml", "10.6.0.0/24", "10.5.0.0/25");
    await assert.rejects(
      check,
      /^UserError: The stack files have a problem:\n {2}Pulumi\.lab-prod\.yaml:10: pools\[0\]\.addresses\[0\] = "10\.5\.0\.0\/25": overlaps/,
    );
  });

  it("prints JSON, and writes nothing", async () => {
    project.change("Pulumi.lab-dev.yaml", "192.168.50.11", "192.168.50.12");
    const old = project.read("docs/plan.md");
    const { table, stacks } = JSON.parse(await printedBy(() => plan({ json: true }, project.path))) as {
      table: unknown[];
      stacks: { stack: string }[];
    };
    assert.deepEqual(table[0], {
      cidr: "10.5.0.0/24",
      inUse: true,
      cluster: "lab-dev",
      pool: "lab-dev",
      capacity: 254,
      form: { network: "10.5.0.0", netmask: "255.255.255.0", gateway: "192.168.50.12", metric: 0 },
    });
    assert.deepEqual(
      stacks.map(({ stack }) => stack),
      ["lab-dev", "lab-prod"],
    );
    assert.equal(project.read("docs/plan.md"), old);
  });

  it("accepts pools of the same name in two stacks, and prints each with its stack, as a table and as JSON", async () => {
    project.namePools("primary");
    assert.match(
      await printedBy(() => plan({}, project.path)),
      /^10\.5\.0\.0\/24 +yes +lab-dev +primary .* 192\.168\.50\.11 .*\n10\.6\.0\.0\/24 +yes +lab-prod +primary .* 192\.168\.50\.21 /m,
    );
    const { table, stacks } = JSON.parse(await printedBy(() => plan({ json: true }, project.path))) as {
      table: { cidr: string; cluster?: string; pool?: string }[];
      stacks: { stack: string; pools: { name: string }[]; routes: { pool: string; gateway: string }[] }[];
    };
    assert.deepEqual(
      table.filter(({ pool }) => pool !== undefined).map(({ cidr, cluster, pool }) => [cidr, cluster, pool]),
      [
        ["10.5.0.0/24", "lab-dev", "primary"],
        ["10.6.0.0/24", "lab-prod", "primary"],
      ],
    );
    assert.deepEqual(
      stacks.map(({ stack, pools, routes }) => [stack, pools.map(({ name }) => name), routes.map(({ pool, gateway }) => [pool, gateway])]),
      [
        ["lab-dev", ["primary"], [["primary", "192.168.50.11"]]],
        ["lab-prod", ["primary"], [["primary", "192.168.50.21"]]],
      ],
    );
  });
});

describe("homelab plan --live", () => {
  let project: Project;
  beforeEach(() => (project = new Project()));
  afterEach(() => project.remove());
  const kubeconfig = () => project.write("kubeconfig", "clusters: []\n");
  const nodes = [{ name: "dev-master", addresses: ["192.168.50.11"], isMaster: true, isReady: true }];
  const services = [{ name: "demo/whoami", addresses: ["10.5.0.1"], pool: "lab-dev" }];

  it("prints and draws the services of the clusters that answer, and says which do not, and why", async () => {
    kubeconfig();
    for (const stack of ["lab-dev", "lab-prod"])
      project.change(`Pulumi.${stack}.yaml`, "~/.kube/config", path.join(project.path, "kubeconfig"));
    const asked: string[] = [];
    const read = ({ context, namespace, kubeconfig: { text } }: ClusterConnection) => {
      asked.push([context, namespace, text].join(" "));
      return context === "lab-dev" ? Promise.resolve({ nodes, services, pools: [] }) : Promise.reject(new NoResponse("silent for 2 s"));
    };
    const file = path.join(project.path, "live.svg");
    const printed = await printedBy(() => plan({ live: file }, project.path, read));
    assert.deepEqual(asked, ["lab-dev metallb-system clusters: []\n", "lab-prod metallb-system clusters: []\n"]);
    assert.match(printed, /^The cluster of lab-prod cannot be read: silent for 2 s\.$/m);
    assert.match(printed, /^10\.5\.0\.1 +demo\/whoami +lab-dev +lab-dev$/m);
    const svg = project.read("live.svg");
    for (const text of ["10.5.0.1", "demo/whoami", "dev-master"]) assert.ok(svg.includes(`>${text}<`), text);
    assert.doesNotMatch(project.read("docs/plan.svg"), /whoami/);
  });

  it("assigns each service to its own cluster if two clusters have a pool of the same name", async () => {
    kubeconfig();
    project.namePools("primary");
    for (const stack of ["lab-dev", "lab-prod"])
      project.change(`Pulumi.${stack}.yaml`, "~/.kube/config", path.join(project.path, "kubeconfig"));
    const read = ({ context }: ClusterConnection) => {
      const address = context === "lab-dev" ? "10.5.0.1" : "10.6.0.1";
      return Promise.resolve({ nodes: [], services: [{ name: `demo/of-${context}`, addresses: [address], pool: "primary" }], pools: [] });
    };
    const printed = await printedBy(() => plan({ live: path.join(project.path, "live.svg") }, project.path, read));
    assert.match(printed, /^10\.5\.0\.1 +demo\/of-lab-dev +primary +lab-dev\n10\.6\.0\.1 +demo\/of-lab-prod +primary +lab-prod$/m);
    const shown = [...project.read("live.svg").matchAll(/>(lab-\w+|demo\/of-lab-\w+)</g)].map(([, text]) => text);
    assert.deepEqual(shown, ["lab-dev", "demo/of-lab-dev", "lab-prod", "demo/of-lab-prod"]);
  });

  it("draws the picture if no cluster can be read", async () => {
    for (const stack of ["lab-dev", "lab-prod"])
      project.change(`Pulumi.${stack}.yaml`, "~/.kube/config", path.join(project.path, "kubeconfig"));
    const printed = await printedBy(() => plan({ live: path.join(project.path, "live.svg") }, project.path));
    assert.match(printed, /^The cluster of lab-dev cannot be read: its kubeconfig cannot be read \(ENOENT\)\.$/m);
    assert.equal(project.read("live.svg"), project.read("docs/plan.svg"));
  });
});
