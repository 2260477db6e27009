import assert from "node:assert/strict";

import { parseStackConfig } from "../../config/parse";
import { PlanError } from "../../config/problem";
import { devConfig, stackConfig, type Config } from "../support/stack-files";

/** Returns the lines of an error after its heading. */
function problems(config: Config): string[] {
  try {
    parseStackConfig("lab-dev", config);
  } catch (error) {
    assert.ok(error instanceof PlanError, String(error));
    const [head, ...lines] = error.message.split("\n");
    assert.equal(head, `The stack files have ${lines.length === 1 ? "a problem" : `${lines.length} problems`}:`);
    return lines.map((line) => line.replace(/^ {2}Pulumi\.lab-dev\.yaml: /, ""));
  }
  return [];
}

const pool = (name: string, ...addresses: string[]) => ({ name, addresses });

// tests/fixtures/invalid has the rejected stack files and their messages. Here is what a single file cannot show.
describe("stack configuration", () => {
  it("reports every problem at once, including those between sections", () => {
    const config = devConfig({
      "cluster.kontext": "x",
      "gateway.addresses": ["10.5.0.1"],
      "router.metric": 1000,
      pools: [pool("web", "10.5.0.0/24"), pool("dns", "10.5.0.0/25")],
    });
    assert.deepEqual(problems(config), [
      "cluster.kontext = (not shown): unknown key; did you mean context?",
      "router.metric = 1000: above 999; set it to the metric on the router's form, 0 to 999",
      'pools[1].addresses[0] = "10.5.0.0/25": overlaps 10.5.0.0/24 of pool web (pools[0].addresses[0]); give each pool addresses of its own',
      'gateway.addresses[0] = "10.5.0.1": inside 10.5.0.0/24 of pool web (pools[0].addresses[0]), so the route would lead into itself; ' +
        "use the address of a master node, outside of every pool",
      'gateway.addresses[0] = "10.5.0.1": inside 10.5.0.0/25 of pool dns (pools[1].addresses[0]), so the route would lead into itself; ' +
        "use the address of a master node, outside of every pool",
    ]);
  });

  it("shows no secret in any message", () => {
    for (const key of ["router.password", "router.privateKey", "cluster.kubeconfig"]) {
      assert.match(problems(devConfig({ [key]: 12345, "router.privateKeyFile": undefined })).join(), /\(not shown\): not a string/);
      assert.doesNotMatch(problems(devConfig({ [key]: 12345 })).join(), /12345/);
    }
  });

  it("says what a missing key is for, and says it once if the key is misspelt", () => {
    assert.deepEqual(problems(devConfig({ gateway: undefined })), [
      "gateway = nothing: missing; set it to the router's next hop: mode and addresses",
    ]);
    assert.deepEqual(problems(devConfig({ gateway: undefined, getaway: {} })), [
      "getaway = (not shown): unknown key; did you mean gateway?",
    ]);
    assert.deepEqual(problems(devConfig({ "gateway.colour": "red" })), [
      "gateway.colour = (not shown): unknown key; known here are mode, addresses, mustBeMaster, reserve",
    ]);
  });

  it("sets every default", () => {
    const { plan } = parseStackConfig("lab-prod", stackConfig("lab-prod"));
    assert.deepEqual(plan.cluster, { name: "lab-prod", context: "lab-prod" });
    assert.deepEqual(plan.metallb, {
      version: "0.16.2",
      chart: "metallb",
      repository: "https://metallb.github.io/metallb",
      namespace: "metallb-system",
      timeout: 300,
      values: {},
    });
    assert.deepEqual([plan.router.type, plan.router.port, plan.router.metric, plan.router.hostKey], ["asus", 22, 0, undefined]);
    assert.deepEqual(plan.advertisements, [
      {
        name: "pools",
        pools: ["lab-prod"],
        nodeSelectors: [{ matchExpressions: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] }],
        interfaces: [],
      },
    ]);
    assert.deepEqual(plan.gateway, { mode: "node", address: "192.168.50.21", mustBeMaster: false, reserve: false });
    assert.deepEqual(
      plan.pools.map(({ autoAssign, avoidBuggyIPs, route, serviceAllocation }) => [autoAssign, avoidBuggyIPs, route, serviceAllocation]),
      [[true, true, true, undefined]],
    );
    const { dhcp, nodes, pods, services, others } = plan.reserved;
    assert.deepEqual(
      [dhcp, nodes, pods.map(({ text }) => text), services.map(({ text }) => text), others],
      [[], [], ["10.244.0.0/16"], ["10.96.0.0/12"], []],
    );
  });

  it("sorts names and domains as the engine does, so that every command expects the same lines on the router", () => {
    const names = { wiki: "10.5.0.11", "grafana.home.arpa": "10.5.0.10", grafana: "10.5.0.10" };
    const { plan } = parseStackConfig("lab-dev", devConfig({ names, domains: { "k8s.example": "10.5.0.53", "a.example": "10.5.0.54" } }));
    assert.deepEqual(
      plan.names.map(({ name }) => name),
      ["grafana", "grafana.home.arpa", "wiki", "a.example", "k8s.example"],
    );
  });

  it("creates one route per network of a routed pool, all to the gateway", () => {
    const pools = [
      pool("web", "10.5.0.0/25", "10.5.1.0/24"),
      pool("dns", "10.5.0.128/25"),
      { ...pool("lan", "10.5.2.0/24"), route: false },
    ];
    const { plan } = parseStackConfig("lab-dev", devConfig({ pools, "router.metric": 3 }));
    assert.deepEqual(
      plan.routes.map(({ pool, destination, gateway, metric }) => [pool, destination.text, destination.netmask, gateway, metric]),
      [
        ["web", "10.5.0.0/25", "255.255.255.128", "192.168.50.11", 3],
        ["web", "10.5.1.0/24", "255.255.255.0", "192.168.50.11", 3],
        ["dns", "10.5.0.128/25", "255.255.255.128", "192.168.50.11", 3],
      ],
    );
  });

  it("keeps secrets out of the plan", () => {
    const config = devConfig({ "router.password": "pass-secret", "cluster.kubeconfig": '{"token": "kube-secret"}' });
    const { plan, credentials, kubeconfig } = parseStackConfig("lab-dev", config);
    assert.doesNotMatch(JSON.stringify(plan), /-secret/);
    assert.deepEqual(credentials, { password: "pass-secret", privateKeyFile: "~/.ssh/id_ed25519" });
    assert.equal(kubeconfig, '{"token": "kube-secret"}');
  });
});
