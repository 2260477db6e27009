/** Tests the program in examples/ as a user without a stack file of this project runs it. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { repository } from "../../config/project";
import type { Engine } from "../../lab/engine";
import { kubeconfigOf } from "../../lab/folders";
import type { Lab } from "../../lab/lab";
import { demoNamespace, deployDemo, get } from "../../lab/proof";
import { FOREIGN } from "../../lab/rounds";
import { until } from "../../lab/wait";
import { pulumi } from "../support/lab";
import { sharedLab } from "../support/shared-lab";

const cluster = "lab-dev";

/** A pool that no stack file has. */
const pool = "10.5.32.0/24";

describe("the example of a program with the components", () => {
  let lab: Lab;
  let engine: Engine;

  const run = (...args: string[]) => pulumi(lab, "dev", args, engine);
  const router = async (command: string) => (await lab.router.host.exec(["sh", "-c", command])).stdout;
  const list = () => router("nvram get sr_rulelist");
  let isDeployed = false;
  /** Deploys the program, unless an earlier test has done so. */
  const deploy = async () => {
    if (!isDeployed) await run("up", "--yes", "--skip-preview");
    isDeployed = true;
  };

  before(async () => {
    lab = await sharedLab(__filename);
    await router(`nvram set 'sr_rulelist=${FOREIGN}'; nvram set sr_enable_x=1; nvram commit`);
    // A copy, because the engine writes the stack file beside the program. Its imports lead to this project.
    const folder = path.join(lab.folders.root, "checkout");
    const example = path.join(folder, "examples", "own-program");
    fs.cpSync(path.join(repository, "examples", "own-program"), example, { recursive: true });
    for (const entry of ["components", "node_modules", "tsconfig.json"])
      fs.symlinkSync(path.join(repository, entry), path.join(folder, entry));
    engine = lab.engine.in(example);
    await engine.prepare();
    await run("stack", "init");
    const [plan] = lab.plans;
    assert.ok(plan);
    const values = {
      kubeconfig: kubeconfigOf(lab.folders, cluster),
      context: cluster,
      gateway: plan.gateway.address,
      pool,
      routerHost: plan.router.host,
      routerUser: plan.router.user ?? "",
      routerHostKey: lab.router.hostKey(),
    };
    for (const [key, value] of Object.entries(values)) await run("config", "set", key, value);
    await run("config", "set", "--path", "metallb.chart", lab.chart);
    // On standard input, as on the example's page, because it has more than one line.
    const input = fs.readFileSync(lab.folders.sshKey, "utf8");
    await engine.pulumi(["config", "set", "--secret", "routerKey", "--stack", "dev", "--non-interactive"], { stdio: "pipe", input });
  });
  after(async () => {
    await router("nvram unset sr_rulelist unset sr_enable_x commit");
    await lab.cluster(cluster).kubectl(["delete", "namespace", demoNamespace, "--ignore-not-found", "--wait=false"]);
  });

  it("previews every resource, and changes nothing", async () => {
    const printed = await run("preview", "--diff");
    assert.match(printed, /IPAddressPool/);
    assert.match(printed, /remote:Command/);
    assert.equal(await list(), FOREIGN);
  });

  it("deploys MetalLB, the pool and the route, and a client's request takes the route", async () => {
    await deploy();
    assert.deepEqual(JSON.parse(await run("stack", "output", "--json")), {
      pools: { primary: [pool] },
      route: [{ network: "10.5.32.0", netmask: "255.255.255.0", gateway: lab.plans[0]?.gateway.address, metric: 0 }],
    });
    assert.match(await list(), /<10\.5\.32\.0>255\.255\.255\.0>/);
    await deployDemo(lab.cluster(cluster), { pools: [{ name: "primary" }] });
    const path = "jsonpath={.status.loadBalancer.ingress[0].ip}";
    const address = await until("the service's address", async () => {
      const found = await lab.cluster(cluster).kubectl(["get", "service", "whoami", "-n", "demo", "-o", path]);
      return found.startsWith("10.5.32.") && found;
    });
    const { status } = await until("an answer", () => get(lab.client, address));
    assert.equal(status, 200);
    assert.match(await router(`ip route get ${address}`), new RegExp(`via ${lab.plans[0]?.gateway.address}`));
  });

  it("changes nothing in a second run, and keeps the post-renderer's path out of the state", async () => {
    await deploy();
    await run("preview", "--expect-no-changes");
    assert.doesNotMatch(await run("stack", "export"), /order-chart/);
  });

  it("reports an invalid pool as an error of the component, without a stack trace", async () => {
    await run("config", "set", "pool", "10.5.32.7/24");
    const printed = await run("preview")
      .then(
        () => assert.fail("it was taken"),
        (error: Error) => error.message,
      )
      .finally(() => run("config", "set", "pool", pool));
    assert.match(
      printed,
      /ClusterNetwork lab has a problem:\s+pools\[0\]\.addresses\[0\] = "10\.5\.32\.7\/24": the address has bits set beyond its \/24/,
    );
    assert.doesNotMatch(printed, /\.ts:\d+/, "a stack trace");
  });

  it("is refreshed with the program after somebody deleted the pool, which the next run creates again", async () => {
    await deploy();
    await lab.cluster(cluster).kubectl(["delete", "ipaddresspool", "--all", "--namespace", "metallb-system"]);
    await run("refresh", "--yes", "--run-program");
    assert.doesNotMatch(await run("stack", "export"), /:IPAddressPool"/);
    await run("up", "--yes", "--skip-preview");
    await run("preview", "--expect-no-changes");
  });

  it("restores the router's list and removes MetalLB from the cluster when it is destroyed", async () => {
    await deploy();
    isDeployed = false;
    await run("destroy", "--yes", "--skip-preview");
    assert.equal(await list(), FOREIGN);
    assert.doesNotMatch(await lab.cluster(cluster).kubectl(["get", "namespaces", "-o", "name"]), /metallb/);
  });
});
