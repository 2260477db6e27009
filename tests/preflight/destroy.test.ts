import assert from "node:assert/strict";

import { checkDestroy } from "../../preflight/destroy";
import { NoResponse } from "../../cluster/api/kubeconfig";
import type { Survey } from "../../cluster/diagnosis/cluster-state";
import { foundObject } from "../support/pool-objects";
import { HOST_KEY } from "../support/host-key";
import { Home } from "../support/home";
import { listening, only, runProgram } from "../support/program";
import { kubeconfigFor } from "../support/api-server";
import { nothingLeft, routerStack, stateWith } from "../support/router-stack";
import { devConfig } from "../support/stack-files";
import { survey } from "../support/surveys";

const services = [{ name: "web/shop", pool: "lab-dev", addresses: ["10.5.0.1"] }];
const isProtected = { "pools[0].protect": true };
const check = (answer: () => Promise<Survey>, changes = {}) => listening(() => checkDestroy(routerStack(changes), answer));
const answering =
  (changes: Partial<Survey> = {}) =>
  () =>
    Promise.resolve(survey(changes));
const silent = () => Promise.reject(new NoResponse("it sleeps"));

describe("the checks before a stack is destroyed", () => {
  it("list the services that lose their address, and other deleted objects", async () => {
    const old = foundObject("IPAddressPool", "old", { addresses: ["10.9.0.0/24"] });
    const { result, warnings } = await check(answering({ services, objects: [old] }));
    assert.equal(result, false);
    assert.match(
      warnings[0] ?? "",
      /^warning: \[runtime\] Pulumi\.lab-dev\.yaml:\d+: pools = .*: destroy removes the address of 1 service: web\/shop \(10\.5\.0\.1\);/,
    );
    assert.match(warnings[1] ?? "", /^warning: \[runtime\] Pulumi\.lab-dev\.yaml:\d+: metallb = .*: old \(10\.9\.0\.0\/24, by helm\);/);
    assert.equal(warnings.length, 2);
  });

  it("name objects of others that are deleted with the definitions in the stack's state", async () => {
    const peer = { apiVersion: "metallb.io/v1beta2", kind: "BGPPeer", metadata: { name: "upstream", namespace: "metallb-system" } };
    const asked: unknown[] = [];
    const stack = { ...routerStack(), ...nothingLeft, state: stateWith(["CustomResourceDefinition", "bgppeers.metallb.io"]) };
    const kubeconfigContent = { text: kubeconfigFor({ server: "https://127.0.0.1:1" }), folder: "/" };
    const custom = (_: unknown, definitions: readonly string[]) => {
      asked.push(...definitions);
      return Promise.resolve([peer]);
    };
    const { warnings } = await listening(() => checkDestroy({ ...stack, kubeconfigContent }, answering(), custom));
    assert.deepEqual(asked, ["bgppeers.metallb.io"]);
    assert.match(
      warnings[0] ?? "",
      /metallb = .*: objects that this stack does not manage are deleted .*: BGPPeer metallb-system\/upstream \(by /,
    );
  });

  it("refuse nothing if no service has an address, protected or not", async () => {
    for (const changes of [{}, isProtected]) {
      const { result, warnings, notes } = await check(answering(), changes);
      assert.deepEqual([result, warnings, notes], [false, [], []]);
    }
  });

  it("stop the run if services have their address from a protected pool", async () => {
    await assert.rejects(check(answering({ services }), isProtected), ({ message, stack }: Error) => {
      assert.match(
        message,
        /^Nothing was changed:\n {2}Pulumi\.lab-dev\.yaml:\d+: pools\[0\]\.protect = true: services have addresses from it: web\/shop \(10\.5\.0\.1\);/,
      );
      assert.equal(stack, undefined, "Node may take half a minute to format it");
      return true;
    });
  });

  it("report in one line that the cluster does not answer, and leave a protected stack to the engine", async () => {
    const line = "info: [runtime] The services that will lose their address are unknown: it sleeps.";
    for (const [changes, refused] of [
      [{}, false],
      [isProtected, true],
    ] as const) {
      const { result, warnings, notes } = await check(silent, changes);
      assert.deepEqual([result, warnings, notes], [refused, [], [line]]);
    }
  });

  it("print no secret of a kubeconfig that cannot be read", async () => {
    const { notes } = await check(() => Promise.reject(new TypeError("se-cret")));
    assert.deepEqual(notes, ["info: [runtime] The services that will lose their address are unknown: it cannot be read (TypeError)."]);
  });
});

describe("the program in a destroy", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());

  it("reads no router, and registers all resources, so that the engine finds what it destroys", async () => {
    const config = devConfig({ "router.hostKey": HOST_KEY, ...isProtected });
    const query = () => assert.fail("the router was asked");
    const run = await runProgram("lab-dev", config, { command: { verb: "destroy", refresh: false }, router: { query } });
    assert.equal(run.resources.length, 11);
    assert.equal(only(run, "homelab:network:Protection").protect, true, "nobody knows who has an address");
    assert.match(run.notes.join("\n"), /^info: \[runtime\] The services that will lose their address are unknown: .*\.$/);
  });
});
