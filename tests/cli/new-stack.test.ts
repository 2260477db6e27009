import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { newStack } from "../../cli/new-stack";
import { plan } from "../../cli/plan";
import { Project, printedBy } from "./project";

describe("homelab new-stack", () => {
  let project: Project;
  beforeEach(() => (project = new Project()));
  afterEach(() => project.remove());
  const make = (name: string, pool = "auto", gateway = "auto") => newStack(name, { pool, gateway }, project.path);

  /** Asserts that the call is rejected, and creates no file. */
  function refused(call: () => void, message: RegExp): void {
    const files = fs.readdirSync(project.path);
    assert.throws(call, message);
    assert.deepEqual(fs.readdirSync(project.path), files);
  }

  it("keeps the mode of the next hop, and says what its address needs", async () => {
    project.change("Pulumi.lab-prod.yaml", "mode: node", "mode: floating");
    project.change("Pulumi.lab-prod.yaml", "[192.168.50.21]", "[192.168.50.241]");
    const printed = await printedBy(() => make("lab-edge"));
    assert.match(printed, /^ {2}gateway {2}192\.168\.50\.242 {3}the next free address: MetalLB will announce it$/m);
    assert.match(fs.readFileSync(path.join(project.path, "Pulumi.lab-edge.yaml"), "utf8"), /mode: floating/);
  });

  it("writes a valid stack, and prints what it chose", async () => {
    const printed = await printedBy(() => make("lab-edge"));
    assert.match(
      printed,
      /^Wrote Pulumi\.lab-edge\.yaml after Pulumi\.lab-prod\.yaml:\n {2}pool {5}10\.7\.0\.0\/24 {3}the next free \/24\n {2}gateway {2}192\.168\.50\.31 /,
    );
    assert.match(
      await printedBy(() => plan({}, project.path)),
      /^10\.7\.0\.0\/24 +yes +lab-edge +lab-edge +255\.255\.255\.0 +192\.168\.50\.31 +254$/m,
    );
    await printedBy(() => make("lab-fourth"));
    assert.match(await printedBy(() => plan({}, project.path)), /^10\.8\.0\.0\/24 +yes +lab-fourth .* 192\.168\.50\.41 /m);
  });

  it("gives the new stack's pool the name that the other stacks' pools share", async () => {
    project.namePools("primary");
    await printedBy(() => make("lab-edge"));
    assert.match(await printedBy(() => plan({}, project.path)), /^10\.7\.0\.0\/24 +yes +lab-edge +primary /m);
  });

  it("uses the given pool and gateway", async () => {
    await printedBy(() => make("lab-edge", "10.9.0.0/24", "192.168.50.99"));
    assert.match(await printedBy(() => plan({}, project.path)), /^10\.9\.0\.0\/24 +yes +lab-edge .* 192\.168\.50\.99 /m);
  });

  it("refuses a name that is taken, and leaves the file unchanged", () => {
    const old = project.read("Pulumi.lab-dev.yaml");
    refused(() => make("lab-dev"), /^UserError: NAME: Pulumi\.lab-dev\.yaml exists already: choose another name\.$/);
    assert.equal(project.read("Pulumi.lab-dev.yaml"), old);
  });

  for (const name of ["", "Lab", "lab_edge", "../lab", "-lab", "a".repeat(64)]) {
    it(`refuses the name ${JSON.stringify(name)}`, () => refused(() => make(name), /^UserError: NAME: ".*" is not a valid stack name: /));
  }

  it("refuses conflicts and invalid addresses, with every problem", () => {
    refused(() => make("lab-edge", "10.6.0.0/16"), /pools\[0\]\.addresses\[0\] = "10\.6\.0\.0\/16": overlaps 10\.6\.0\.0\/24/);
    refused(
      () => make("lab-edge", "auto", "192.168.50.21"),
      /gateway\.addresses\[0\] = "192\.168\.50\.21": another stack has the same next hop/,
    );
    refused(
      () => make("lab-edge", "10.7.0.1/24", "here"),
      /^UserError: The stack files have 2 problems:\n.*did you mean 10\.7\.0\.0\/24\?\n.*not an IPv4 address/,
    );
  });

  it("requires a pool if none is free, and a gateway", () => {
    project.change("Pulumi.lab-prod.yaml", "10.6.0.0", "10.255.0.0");
    refused(
      () => make("lab-edge"),
      /^UserError: POOL: no \/24 is free after the highest one: name a network, such as POOL=10\.9\.0\.0\/24\.$/,
    );
    project.change("Pulumi.lab-prod.yaml", "192.168.50.21", "192.168.50.254");
    refused(() => make("lab-edge", "10.7.0.0/24"), /^UserError: GATEWAY: no address of the LAN is free /);
  });

  it("keeps auto as the gateway", async () => {
    project.change("Pulumi.lab-prod.yaml", "[192.168.50.21]", "[auto]");
    await printedBy(() => make("lab-edge"));
    assert.match(project.read("Pulumi.lab-edge.yaml"), /addresses: \[auto\]/);
  });

  it("writes aliases out, and copies neither kubeconfig nor password", async () => {
    project.change("Pulumi.lab-prod.yaml", "kubeconfig: ~/.kube/config", 'kubeconfig: "{token: hunter2secret}"');
    project.change(
      "Pulumi.lab-prod.yaml",
      "host: 192.168.50.1",
      "host: &router 192.168.50.1\n    user: *router\n    password: hunter2secret",
    );
    project.change("Pulumi.lab-prod.yaml", /\n {4}user: (?!\*).*/.exec(project.read("Pulumi.lab-prod.yaml"))?.[0] ?? "?", "");
    const printed = await printedBy(() => make("lab-edge"));
    assert.match(printed, /^The kubeconfig in Pulumi\.lab-prod\.yaml is a secret and was not copied: /m);
    assert.doesNotMatch(project.read("Pulumi.lab-edge.yaml"), /hunter2secret|[&*]router/);
  });

  it("requires an existing stack file as an example", () => {
    for (const stack of ["lab-dev", "lab-prod"]) fs.rmSync(path.join(project.path, `Pulumi.${stack}.yaml`));
    refused(() => make("lab-edge"), /^UserError: There is no stack file to copy the router from: /);
  });
});
