import assert from "node:assert/strict";

import { parseStackConfig } from "../../network/config";
import { PlanError } from "../../network/problem";
import { devConfig, stackConfig, type Config } from "../support/stack-files";

/** The lines of the message after its head. */
function problems(config: Config): string[] {
  try {
    parseStackConfig("lab-dev", config);
  } catch (error) {
    assert.ok(error instanceof PlanError, String(error));
    const [head, ...lines] = error.message.split("\n");
    assert.equal(head, `Pulumi.lab-dev.yaml has ${lines.length === 1 ? "a problem" : `${lines.length} problems`}:`);
    return lines.map((line) => line.trim());
  }
  return [];
}

const pool = (name: string, ...addresses: string[]) => ({ name, addresses });

/** Each configuration has one defect; its message is quoted whole. */
const defects: [defect: string, changes: Record<string, unknown>, message: string][] = [
  [
    "a pool with host bits",
    { "pools[0].addresses": ["10.5.0.7/24"] },
    'pools[0].addresses[0] = "10.5.0.7/24": the address has bits set beyond its /24 prefix; did you mean 10.5.0.0/24?',
  ],
  [
    "a range",
    { "pools[0].addresses": ["10.5.0.10-10.5.0.20"] },
    'pools[0].addresses[0] = "10.5.0.10-10.5.0.20": the router\'s static route needs a network, not a range; write a network such as 10.5.0.0/27',
  ],
  [
    "an IPv6 pool",
    { "pools[0].addresses": ["fd00::/64"] },
    'pools[0].addresses[0] = "fd00::/64": IPv6 has no place in the router\'s rule list; write an IPv4 address such as 192.168.50.11',
  ],
  ["no pool", { pools: [] }, "pools = a list: empty; set it to a list of pools, each with name and addresses"],
  ["pools missing", { pools: undefined }, "pools: missing; set it to a list of pools, each with name and addresses"],
  [
    "a pool without addresses",
    { "pools[0].addresses": [] },
    "pools[0].addresses = a list: empty; set it to a list of networks, such as [10.5.0.0/24]",
  ],
  [
    "addresses that are no list",
    { "pools[0].addresses": "10.5.0.0/24" },
    'pools[0].addresses = "10.5.0.0/24": not a list; set it to a list of networks, such as [10.5.0.0/24]',
  ],
  [
    "a pool name that Kubernetes refuses",
    { "pools[0].name": "Lab_Dev" },
    'pools[0].name = "Lab_Dev": not a name that Kubernetes accepts; use up to 63 lower-case letters, digits and inner dashes, such as lab-dev',
  ],
  [
    "two pools of one name",
    { pools: [pool("web", "10.5.0.0/24"), pool("web", "10.5.1.0/24")] },
    'pools[1].name = "web": pools[0] has the same name; give each pool a name of its own',
  ],
  [
    "pools that overlap",
    { pools: [pool("web", "10.5.0.0/24"), pool("dns", "10.5.0.128/25")] },
    'pools[1].addresses[0] = "10.5.0.128/25": overlaps 10.5.0.0/24 of pool web (pools[0].addresses[0]); give each pool addresses of its own',
  ],
  [
    "a pool that overlaps itself",
    { "pools[0].addresses": ["10.5.0.0/24", "10.5.0.0/24"] },
    'pools[0].addresses[1] = "10.5.0.0/24": overlaps 10.5.0.0/24 of pool lab-dev (pools[0].addresses[0]); give each pool addresses of its own',
  ],
  [
    "a pool inside the LAN",
    { "pools[0].addresses": ["192.168.50.128/25"] },
    'pools[0].addresses[0] = "192.168.50.128/25": overlaps the LAN 192.168.50.0/24 (router.lan), where a static route would do harm; ' +
      "use a network outside the LAN, such as 10.5.0.0/24",
  ],
  [
    "a gateway outside the LAN",
    { "gateway.addresses": ["192.168.51.11"] },
    'gateway.addresses[0] = "192.168.51.11": outside the router\'s LAN 192.168.50.0/24 (router.lan); use the address of a master node in 192.168.50.0/24',
  ],
  [
    "the router as the gateway",
    { "gateway.addresses": ["192.168.50.1"] },
    'gateway.addresses[0] = "192.168.50.1": the router itself (router.host); use the address of a master node in 192.168.50.0/24',
  ],
  [
    "the LAN's last address as the gateway",
    { "gateway.addresses": ["192.168.50.255"] },
    'gateway.addresses[0] = "192.168.50.255": the first or last address of 192.168.50.0/24, which no host has; ' +
      "use the address of a master node in 192.168.50.0/24",
  ],
  [
    "a gateway that is no address",
    { "gateway.addresses": ["master-1"] },
    'gateway.addresses[0] = "master-1": not an IPv4 address; write four numbers from 0 to 255, such as 192.168.50.11',
  ],
  [
    "two gateways",
    { "gateway.addresses": ["192.168.50.11", "192.168.50.12"] },
    "gateway.addresses = a list: more than one entry; set it to a list of one address, the master's, such as [192.168.50.11]",
  ],
  [
    "no gateway",
    { "gateway.addresses": [] },
    "gateway.addresses = a list: empty; set it to a list of one address, the master's, such as [192.168.50.11]",
  ],
  [
    "an unknown gateway mode",
    { "gateway.mode": "vrrp" },
    'gateway.mode = "vrrp": only node is known; set it to node: one master\'s address',
  ],
  ["an unknown key at the top", { rooter: {} }, "rooter: unknown key; did you mean router?"],
  ["an unknown key further in", { "pools[0].autoassign": true }, "pools[0].autoassign: unknown key; did you mean autoAssign?"],
  ["an unknown key like no other", { "gateway.colour": "red" }, "gateway.colour: unknown key; known here are mode, addresses"],
  ["a misspelt password, unquoted", { "router.passwrod": "hunter2" }, "router.passwrod: unknown key; did you mean password?"],
  [
    "a password that is no text, unquoted",
    { "router.password": 12345 },
    "router.password: not a string; set it to the user's password, as a secret",
  ],
  [
    "no credential",
    { "router.privateKeyFile": undefined },
    "router: neither key nor password to log in with; set router.privateKeyFile, or router.privateKey or router.password as a secret",
  ],
  [
    "two keys",
    { "router.privateKey": "secret" },
    'router.privateKeyFile = "~/.ssh/id_ed25519": router.privateKey is set too; keep one of the two',
  ],
  ["a port that is text", { "router.port": "22" }, 'router.port = "22": not a number; set it to the router\'s SSH port, 1 to 65535'],
  ["a port out of bounds", { "router.port": 65536 }, "router.port = 65536: above 65535; set it to the router's SSH port, 1 to 65535"],
  ["a metric below none", { "router.metric": -1 }, "router.metric = -1: below 0; set it to the metric on the router's form, 0 to 999"],
  [
    "a LAN with host bits",
    { "router.lan": "192.168.50.1/24" },
    'router.lan = "192.168.50.1/24": the address has bits set beyond its /24 prefix; did you mean 192.168.50.0/24?',
  ],
  [
    "a host with shell in it",
    { "router.host": "192.168.50.1;reboot" },
    'router.host = "192.168.50.1;reboot": neither an address nor a host name; write one such as 192.168.50.1',
  ],
  [
    "an RSA host key",
    { "router.hostKey": "ssh-rsa AAAAB3" },
    'router.hostKey = "ssh-rsa AAAAB3": not an ed25519 or ecdsa host key; ' +
      "write the key's type and text, such as ssh-ed25519 AAAA..., as ssh-keyscan prints them after the host",
  ],
  [
    "no context",
    { "cluster.context": undefined },
    "cluster.context: missing; set it to the kubeconfig's context for this cluster, such as lab-dev",
  ],
  [
    "a chart version that is not exact",
    { "metallb.version": "^0.15" },
    'metallb.version = "^0.15": not an exact chart version; write one in quotes, such as "0.15.3"',
  ],
  [
    "a chart version that YAML takes for a number",
    { "metallb.version": 0.15 },
    'metallb.version = 0.15: not a string; set it to an exact chart version in quotes, such as "0.15.3"',
  ],
  [
    "a repository for a path",
    { metallb: { chart: "./metallb", repository: "https://example.org" } },
    'metallb.repository = "https://example.org": metallb.chart is ./metallb, which needs no repository; remove the repository, or give the chart by name',
  ],
];

describe("stack configuration", () => {
  for (const [defect, changes, message] of defects) {
    it(`refuses ${defect}`, () => assert.deepEqual(problems(devConfig(changes)), [message]));
  }

  it("reports every problem at once, those between sections included", () => {
    const config = devConfig({
      "cluster.kontext": "x",
      "gateway.addresses": ["10.5.0.1"],
      "router.metric": 1000,
      pools: [pool("web", "10.5.0.0/24"), pool("dns", "10.5.0.0/25")],
    });
    assert.deepEqual(problems(config), [
      "cluster.kontext: unknown key; did you mean context?",
      "router.metric = 1000: above 999; set it to the metric on the router's form, 0 to 999",
      'pools[1].addresses[0] = "10.5.0.0/25": overlaps 10.5.0.0/24 of pool web (pools[0].addresses[0]); give each pool addresses of its own',
      'gateway.addresses[0] = "10.5.0.1": inside 10.5.0.0/24 of pool web (pools[0].addresses[0]), so that the route would lead into itself; ' +
        "use the address of a master node",
      'gateway.addresses[0] = "10.5.0.1": inside 10.5.0.0/25 of pool dns (pools[1].addresses[0]), so that the route would lead into itself; ' +
        "use the address of a master node",
    ]);
  });

  it("fills in every default", () => {
    const { plan } = parseStackConfig("lab-prod", stackConfig("lab-prod"));
    assert.deepEqual(plan.cluster, { name: "lab-prod", context: "lab-prod" });
    assert.deepEqual(plan.metallb, {
      version: "0.15.3",
      chart: "metallb",
      repository: "https://metallb.github.io/metallb",
      namespace: "metallb-system",
      values: {},
    });
    assert.deepEqual([plan.router.port, plan.router.metric, plan.router.hostKey], [22, 0, undefined]);
  });

  it("gives one route per network of a pool, all to the gateway", () => {
    const pools = [pool("web", "10.5.0.0/25", "10.5.1.0/24"), pool("dns", "10.5.0.128/25")];
    const { plan } = parseStackConfig("lab-dev", devConfig({ pools, "router.metric": 3 }));
    assert.deepEqual(
      plan.routes.map(({ destination, gateway, metric }) => [destination.text, destination.netmask, gateway, metric]),
      [
        ["10.5.0.0/25", "255.255.255.128", "192.168.50.11", 3],
        ["10.5.1.0/24", "255.255.255.0", "192.168.50.11", 3],
        ["10.5.0.128/25", "255.255.255.128", "192.168.50.11", 3],
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
