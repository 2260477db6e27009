import assert from "node:assert/strict";

import { atOnce, pinnedDev, runDev } from "../support/dev-program";
import { Home } from "../support/home";
import { only } from "../support/program";
import { HOUSEHOLD } from "../support/stack-files";

describe("the program and the options of a stack file", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());

  it("applies the routes of all pools with one command", async () => {
    const pools = [
      { name: "web", addresses: ["10.5.0.0/25", "10.5.1.0/24"] },
      { name: "dns", addresses: ["10.5.0.128/25"] },
    ];
    const run = await runDev(pinnedDev({ pools, "router.metric": 7 }));
    const { stdin, triggers } = only(run, "command:remote:Command").inputs as { stdin: string; triggers: string[] };
    // The state has another route, which the same command removes.
    assert.equal(
      stdin.split("\n")[0],
      `set -- "$1" 552427561 0 0 gone '10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '0'` +
        ` add '10.5.0.0' '25' '255.255.255.128' '192.168.50.11' '7' add '10.5.1.0' '24' '255.255.255.0' '192.168.50.11' '7'` +
        " add '10.5.0.128' '25' '255.255.255.128' '192.168.50.11' '7'",
    );
    assert.deepEqual(triggers, ["192.168.50.1"]);
  });

  it("merges the user's chart values over its own", async () => {
    const values = {
      speaker: { logLevel: "debug", ignoreExcludeLB: false, readinessProbe: { initialDelaySeconds: 20 } },
      controller: { tolerations: [], readinessProbe: { enabled: false } },
    };
    const run = await runDev(pinnedDev({ "metallb.values": values }));
    assert.deepEqual(only(run, "kubernetes:helm.sh/v4:Chart").inputs["values"], {
      speaker: {
        frr: { enabled: false },
        ignoreExcludeLB: false,
        logLevel: "debug",
        readinessProbe: { initialDelaySeconds: 20, periodSeconds: 2, failureThreshold: 15 },
      },
      frrk8s: { enabled: false },
      controller: {
        tolerations: [],
        readinessProbe: { enabled: false, initialDelaySeconds: 1, periodSeconds: 2, failureThreshold: 15 },
      },
    });
  });

  it("installs the chart from a path or from OCI without a repository", async () => {
    const relative = only(await runDev(pinnedDev({ "metallb.chart": "./charts/metallb" })), "kubernetes:helm.sh/v4:Chart");
    assert.equal(relative.inputs["chart"], `${HOUSEHOLD}/charts/metallb`);
    const fromPath = only(await runDev(pinnedDev({ "metallb.chart": "~/metallb" })), "kubernetes:helm.sh/v4:Chart").inputs;
    assert.equal(fromPath["chart"], `${home.path}/metallb`);
    assert.ok(!("version" in fromPath) && !("repositoryOpts" in fromPath));
    const chart = "oci://quay.io/metallb/chart/metallb";
    const fromOci = only(await runDev(pinnedDev({ "metallb.chart": chart })), "kubernetes:helm.sh/v4:Chart").inputs;
    assert.deepEqual([fromOci["chart"], fromOci["version"], "repositoryOpts" in fromOci], [chart, "0.16.2", false]);
  });

  it("creates no route for a pool with route: false, and no router command if no pool has a route", async () => {
    const lan = { name: "lan", addresses: ["192.168.50.200-192.168.50.219"], route: false };
    const both = await runDev(pinnedDev({ "pools[1]": lan }));
    assert.deepEqual(both.outputs["route"], [{ network: "10.5.0.0", netmask: "255.255.255.0", gateway: "192.168.50.11", metric: 0 }]);
    const alone = await runDev(pinnedDev({ pools: [lan] }));
    assert.deepEqual(
      alone.resources.filter(({ type }) => /StaticRoute|command/.test(type)),
      [],
    );
  });

  it("creates an object for each pool and each advertisement", async () => {
    const serviceAllocation = { priority: 10, namespaces: ["media"] };
    const run = await runDev(
      pinnedDev({
        "pools[0].serviceAllocation": serviceAllocation,
        "pools[1]": { name: "web", addresses: ["10.5.1.0/24"] },
        advertisements: [{ name: "all" }, { name: "wifi", pools: ["web"], nodeSelectors: [{}], interfaces: ["wlan0"] }],
      }),
    );
    const specs = (kind: string) =>
      Object.fromEntries(
        run.resources
          .filter(({ type }) => type === `kubernetes:metallb.io/v1beta1:${kind}`)
          .map(({ name, inputs }) => [name, inputs["spec"]] as const),
      );
    assert.deepEqual(specs("IPAddressPool"), {
      "lab-dev": { addresses: ["10.5.0.0/24"], autoAssign: true, avoidBuggyIPs: true, serviceAllocation },
      web: { addresses: ["10.5.1.0/24"], autoAssign: true, avoidBuggyIPs: true },
    });
    const masters = [{ matchExpressions: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] }];
    assert.deepEqual(specs("L2Advertisement"), {
      all: { ipAddressPools: ["lab-dev", "web"], nodeSelectors: masters },
      wifi: { ipAddressPools: ["web"], nodeSelectors: [{}], interfaces: ["wlan0"] },
    });
  });

  it("creates a floating next hop before its route", async () => {
    const address = "192.168.50.240";
    const hop = "next-hop-192-168-50-240";
    const run = await runDev(pinnedDev({ "gateway.mode": "floating", "gateway.addresses": [address] }));
    const ofHop = run.resources.filter(({ parent }) => parent === "homelab:network:NextHop::next-hop");
    assert.deepEqual(
      ofHop.map(({ type, name, dependsOn }) => [type, name, dependsOn]),
      [
        ["kubernetes:metallb.io/v1beta1:IPAddressPool", hop, ["metallb"]],
        ["kubernetes:metallb.io/v1beta1:L2Advertisement", `${hop}-advertisement`, ["metallb"]],
        ["kubernetes:core/v1:Service", hop, [hop, `${hop}-advertisement`]],
      ],
    );
    const { spec, metadata } = (ofHop[2]?.inputs ?? {}) as { spec: { selector: object }; metadata: object };
    assert.deepEqual(spec.selector, { "app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "speaker" });
    assert.deepEqual(metadata, {
      ...metadata,
      namespace: "metallb-system",
      annotations: {
        ...atOnce,
        "metallb.io/loadBalancerIPs": address,
        "pulumi.com/waitFor": "jsonpath={.status.loadBalancer.ingress[0].ip}",
      },
    });
    assert.deepEqual(only(run, "command:remote:Command").dependsOn, ["lab-dev", hop, "pools"]);
    assert.equal(run.outputs["nextHop"], address);
  });
});
