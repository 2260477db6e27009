import assert from "node:assert/strict";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { ROUTE_SCRIPT } from "../../router/asus/script";
import { HOST_KEY } from "../support/host-key";
import { Home, PRIVATE_KEY } from "../support/home";
import { stackText } from "../support/plans";
import { only, runProgram, secretIn, type Circumstances, type Registered, type Run } from "../support/program";
import { devConfig, HOUSEHOLD, ROOT, stackConfig, type Config } from "../support/stack-files";

const stacks = [
  { stack: "lab-dev", network: "10.5.0.0", master: "192.168.50.11" },
  { stack: "lab-prod", network: "10.6.0.0", master: "192.168.50.21" },
];

const privileged = {
  "pod-security.kubernetes.io/enforce": "privileged",
  "pod-security.kubernetes.io/audit": "privileged",
  "pod-security.kubernetes.io/warn": "privileged",
};

const atOnce = { "pulumi.com/deletionPropagationPolicy": "background" };
const metadata = (name: string) => ({ name, namespace: "metallb-system", annotations: atOnce });

const sshCommand = (action: string) => `PATH=/bin:/usr/bin:/sbin:/usr/sbin sh -s -- ${action}`;

/** An example stack file with the router's host key, which it does not have, and a state in which its routes are. */
const pinned = (config: Config): Config => ({ ...config, router: { hostKey: HOST_KEY, ...(config["router"] as Config) } });
const pinnedDev = (changes: Record<string, unknown> = {}) => pinned(devConfig(changes));
const stateOf = (network: string, master: string) => ["192.168.50.1", `${network}>255.255.255.0>${master}>0>LAN`] as const;
const up = { state: stateOf("10.5.0.0", "192.168.50.11") };
const runDev = (config: Config, circumstances: Circumstances = up) => runProgram("lab-dev", config, circumstances);
/** What a run says of a router that does not answer. */
const SILENT = "The routes are not compared with the router: 192.168.50.1:22 does not answer (ECONNREFUSED).";

/** What every run of an example stack file registers, by type and name. */
function expected({ stack, network, master }: (typeof stacks)[number], home: string): Record<string, Registered> {
  const resource = (type: string, name: string, rest: Partial<Registered>): [string, Registered] => [
    `${type}::${name}`,
    {
      type,
      name,
      inputs: {},
      parent: "",
      dependsOn: [],
      provider: "",
      deleteBeforeReplace: false,
      ignoreChanges: [],
      aliases: [],
      protect: false,
      beforeDelete: [],
      ...rest,
    },
  ];
  const inCluster = (parent: string) => ({ parent, provider: "kubernetes" });
  const ofPools = inCluster("homelab:network:AddressPools::pools");
  const login = { user: "homelab", privateKey: PRIVATE_KEY, hostKey: HOST_KEY };
  const connection = { host: "192.168.50.1", port: 22, ...login, dialErrorLimit: 0, perDialTimeout: 15 };
  return Object.fromEntries([
    resource("homelab:network:ClusterNetwork", "cluster", {}),
    resource("pulumi:providers:kubernetes", "kubernetes", {
      parent: "homelab:network:ClusterNetwork::cluster",
      inputs: { clusterIdentifier: stack, context: stack, kubeconfig: `${home}/.kube/config` },
    }),
    resource("homelab:network:MetalLb", "metallb", { parent: "homelab:network:ClusterNetwork::cluster" }),
    resource("kubernetes:core/v1:Namespace", "metallb-system", {
      ...inCluster("homelab:network:MetalLb::metallb"),
      inputs: { apiVersion: "v1", kind: "Namespace", metadata: { name: "metallb-system", labels: privileged } },
    }),
    resource("kubernetes:helm.sh/v4:Chart", "metallb", {
      ...inCluster("homelab:network:MetalLb::metallb"),
      dependsOn: ["metallb-system"],
      inputs: {
        chart: "metallb",
        version: "0.15.3",
        namespace: "metallb-system",
        repositoryOpts: { repo: "https://metallb.github.io/metallb" },
        values: { speaker: { frr: { enabled: false }, ignoreExcludeLB: true }, frrk8s: { enabled: false } },
        postRenderer: {
          command: "node",
          args: ["--require", join(ROOT, "engine/register.js"), join(ROOT, "components/internal/order-chart.ts"), "300"],
        },
      },
    }),
    resource("homelab:network:AddressPools", "pools", { parent: "homelab:network:ClusterNetwork::cluster", dependsOn: ["metallb"] }),
    resource("kubernetes:metallb.io/v1beta1:IPAddressPool", stack, {
      ...ofPools,
      dependsOn: ["metallb"],
      deleteBeforeReplace: true,
      inputs: {
        apiVersion: "metallb.io/v1beta1",
        kind: "IPAddressPool",
        metadata: metadata(stack),
        spec: { addresses: [`${network}/24`], autoAssign: true, avoidBuggyIPs: true },
      },
    }),
    resource("kubernetes:metallb.io/v1beta1:L2Advertisement", "pools", {
      ...ofPools,
      dependsOn: ["metallb"],
      inputs: {
        apiVersion: "metallb.io/v1beta1",
        kind: "L2Advertisement",
        metadata: metadata("pools"),
        spec: {
          ipAddressPools: [stack],
          nodeSelectors: [{ matchExpressions: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] }],
        },
      },
    }),
    resource("homelab:network:StaticRoute", "route", {}),
    resource("command:remote:Command", "route", {
      parent: "homelab:network:StaticRoute::route",
      deleteBeforeReplace: true,
      ignoreChanges: ["update"],
      inputs: {
        connection,
        create: sshCommand("create"),
        update: sshCommand("update"),
        delete: sshCommand("remove"),
        stdin: `set -- "$1" ${stack === "lab-dev" ? 552427561 : 887623089} 0 0 '${network}' '24' '255.255.255.0' '${master}' '0'\n${ROUTE_SCRIPT}`,
        triggers: ["192.168.50.1", `${network}>255.255.255.0`],
        addPreviousOutputInEnv: false,
      },
    }),
    // On all of it: whatever it does not depend on would be destroyed beside it.
    resource("homelab:network:Protection", "pools.protect", {
      dependsOn: ["kubernetes", "metallb", "metallb-system", stack, "pools", "route"].sort(),
      protect: stack === "lab-prod",
      beforeDelete: ["destroy-guard"],
    }),
  ]);
}

/** A run's resources by type and name, with the connection taken out of its secret. */
function registered({ resources }: Run): Record<string, Registered> {
  const open = (inputs: Record<string, unknown>) =>
    "connection" in inputs ? { ...inputs, connection: secretIn(inputs["connection"]) ?? "NOT A SECRET" } : inputs;
  return Object.fromEntries(
    resources.map((resource) => [`${resource.type}::${resource.name}`, { ...resource, inputs: open(resource.inputs) }]),
  );
}

describe("the program", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());

  for (const stack of stacks) {
    for (const preview of [false, true]) {
      it(`registers exactly this for ${stack.stack}, ${preview ? "in preview" : "for real"}`, async () => {
        const state = stateOf(stack.network, stack.master);
        const run = await runProgram(stack.stack, pinned(stackConfig(stack.stack)), { preview, state });
        assert.deepEqual(registered(run), expected(stack, home.path));
        assert.equal(run.resources.length, 11, "a resource was registered twice");
        const components = run.resources.map(({ type }) => type).filter((type) => type.startsWith("homelab:"));
        assert.deepEqual([...run.completed].sort(), components.sort(), "a component did not call registerOutputs");
      });
    }

    it(`exports cluster, pools, next hop, route and chart version of ${stack.stack}`, async () => {
      const { outputs } = await runProgram(stack.stack, pinned(stackConfig(stack.stack)), { preview: true });
      assert.deepEqual(outputs, {
        // No cluster has answered.
        cluster: { name: stack.stack, identity: undefined },
        pools: { [stack.stack]: [`${stack.network}/24`] },
        nextHop: stack.master,
        route: [{ network: stack.network, netmask: "255.255.255.0", gateway: stack.master, metric: 0 }],
        chartVersion: "0.15.3",
      });
    });
  }

  it("brings the routes of all pools with one command", async () => {
    const pools = [
      { name: "web", addresses: ["10.5.0.0/25", "10.5.1.0/24"] },
      { name: "dns", addresses: ["10.5.0.128/25"] },
    ];
    const run = await runDev(pinnedDev({ pools, "router.metric": 7 }));
    const { stdin, triggers } = only(run, "command:remote:Command").inputs as { stdin: string; triggers: string[] };
    assert.equal(
      stdin.split("\n")[0],
      `set -- "$1" 552427561 0 0 '10.5.0.0' '25' '255.255.255.128' '192.168.50.11' '7' '10.5.1.0' '24' '255.255.255.0' '192.168.50.11' '7'` +
        " '10.5.0.128' '25' '255.255.255.128' '192.168.50.11' '7'",
    );
    assert.equal(triggers.length, 4);
  });

  it("merges the user's chart values over its own", async () => {
    const values = { speaker: { logLevel: "debug", ignoreExcludeLB: false }, controller: { tolerations: [] } };
    const run = await runDev(pinnedDev({ "metallb.values": values }));
    assert.deepEqual(only(run, "kubernetes:helm.sh/v4:Chart").inputs["values"], {
      speaker: { frr: { enabled: false }, ignoreExcludeLB: false, logLevel: "debug" },
      frrk8s: { enabled: false },
      controller: { tolerations: [] },
    });
  });

  it("takes the chart from a path or from OCI without a repository", async () => {
    const relative = only(await runDev(pinnedDev({ "metallb.chart": "./charts/metallb" })), "kubernetes:helm.sh/v4:Chart");
    assert.equal(relative.inputs["chart"], `${HOUSEHOLD}/charts/metallb`);
    const fromPath = only(await runDev(pinnedDev({ "metallb.chart": "~/metallb" })), "kubernetes:helm.sh/v4:Chart").inputs;
    assert.equal(fromPath["chart"], `${home.path}/metallb`);
    assert.ok(!("version" in fromPath) && !("repositoryOpts" in fromPath));
    const chart = "oci://quay.io/metallb/chart/metallb";
    const fromOci = only(await runDev(pinnedDev({ "metallb.chart": chart })), "kubernetes:helm.sh/v4:Chart").inputs;
    assert.deepEqual([fromOci["chart"], fromOci["version"], "repositoryOpts" in fromOci], [chart, "0.15.3", false]);
  });

  it("gives no route to a pool with route: false, and no command to the router where no pool has one", async () => {
    const lan = { name: "lan", addresses: ["192.168.50.200-192.168.50.219"], route: false };
    const both = await runDev(pinnedDev({ "pools[1]": lan }));
    assert.deepEqual(both.outputs["route"], [{ network: "10.5.0.0", netmask: "255.255.255.0", gateway: "192.168.50.11", metric: 0 }]);
    const alone = await runDev(pinnedDev({ pools: [lan] }));
    assert.deepEqual(
      alone.resources.filter(({ type }) => /StaticRoute|command/.test(type)),
      [],
    );
  });

  it("makes an object of each pool and each advertisement", async () => {
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

  it("makes a floating next hop before the route leads there", async () => {
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
      annotations: { ...atOnce, "metallb.io/loadBalancerIPs": address },
    });
    assert.deepEqual(only(run, "command:remote:Command").dependsOn, [hop]);
    assert.equal(run.outputs["nextHop"], address);
  });

  it("logs in with the SSH agent where it is told to, and there is one", async () => {
    const before = process.env["SSH_AUTH_SOCK"];
    const config = pinnedDev({ "router.privateKeyFile": undefined, "router.agent": true });
    try {
      process.env["SSH_AUTH_SOCK"] = "/run/agent";
      const connection = secretIn(only(await runDev(config), "command:remote:Command").inputs["connection"]);
      assert.ok(!("privateKey" in (connection as object)) && !("password" in (connection as object)));
      delete process.env["SSH_AUTH_SOCK"];
      await assert.rejects(runDev(config), /:17: router\.agent = true: no SSH agent: the variable SSH_AUTH_SOCK is not set; start/);
    } finally {
      if (before === undefined) delete process.env["SSH_AUTH_SOCK"];
      else process.env["SSH_AUTH_SOCK"] = before;
    }
  });

  describe("reads every stack file of its folder", () => {
    const runHere = (config: Config) => runDev(config, { ...up, folder: home.path });
    const write = ({ file, text }: { file: string; text: string }) => home.write(file, text);

    it("and refuses a stack that clashes with another", async () => {
      write(stackText("lab-dev", devConfig()));
      write(stackText("lab-prod", { ...stackConfig("lab-prod"), pools: [{ name: "lab-prod", addresses: ["10.5.0.128/25"] }] }));
      await assert.rejects(runHere(pinnedDev()), {
        message:
          "The stack files have a problem:\n" +
          '  Pulumi.lab-prod.yaml:8: pools[0].addresses[0] = "10.5.0.128/25": overlaps 10.5.0.0/24 of pool lab-dev in stack lab-dev ' +
          "(Pulumi.lab-dev.yaml:8: pools[0].addresses[0]); give each cluster addresses of its own",
      });
    });

    it("and goes by the values that Pulumi gives for its own stack, whatever stands in the file", async () => {
      write(stackText("lab-dev", devConfig({ "pools[0].addresses": ["10.6.0.0/24"] })));
      write(stackText("lab-prod", stackConfig("lab-prod")));
      assert.deepEqual((await runHere(pinnedDev())).outputs["pools"], { "lab-dev": ["10.5.0.0/24"] });
    });

    it("and only warns of another that is wrong in itself", async () => {
      write(stackText("lab-dev", devConfig()));
      write(stackText("lab-prod", { ...stackConfig("lab-prod"), gateway: {}, rooter: {} }));
      home.write("Pulumi.lab-edge.yaml", "config: [");
      const { warnings } = await runHere(pinnedDev({ "router.hostKey": "ssh-ed25519 AAAA" }));
      assert.deepEqual(warnings, [
        'warning: [runtime] Pulumi.lab-edge.yaml has a problem, so a clash with it may go unseen; "make plan" says which',
        'warning: [runtime] Pulumi.lab-prod.yaml has 3 problems, so a clash with it may go unseen; "make plan" says which',
      ]);
    });
  });

  describe("without a pinned host key", () => {
    const sees = (see: () => Promise<string>): Circumstances => ({ preview: true, router: { see } });
    const missing = "The stack files have a problem:\n  Pulumi.lab-dev.yaml:17: router.hostKey = nothing: missing";

    it("ends, with the key that the router shows and the line to add", async () => {
      await assert.rejects(
        runDev(
          devConfig(),
          sees(() => Promise.resolve(HOST_KEY)),
        ),
        {
          message: `${missing}, and 192.168.50.1 shows ${HOST_KEY}; if that is your router's key, add the line "hostKey: ${HOST_KEY}"`,
        },
      );
    });

    it("ends, with the way to see it where nobody answers or nobody may ask", async () => {
      const scan = 'set it to what "ssh-keyscan -t ed25519 -p 22 192.168.50.1" prints after the host';
      await assert.rejects(runDev(devConfig(), { preview: true }), {
        message: `${missing}, and 192.168.50.1:22 does not answer (ECONNREFUSED); ${scan}`,
      });
      await assert.rejects(runDev(devConfig({ "router.observe": false }), { preview: true }), { message: `${missing}; ${scan}` });
    });

    it("warns every time where any key is accepted, and gives the provider none", async () => {
      const run = await runDev(devConfig({ "router.acceptAnyHostKey": true }));
      assert.deepEqual(run.warnings, [
        "warning: [runtime] Pulumi.lab-dev.yaml:17: router.hostKey = nothing: not pinned, so that whatever answers at 192.168.50.1 is trusted " +
          "(router.acceptAnyHostKey); remove router.acceptAnyHostKey to be shown the key to pin",
      ]);
      assert.ok(!("hostKey" in (secretIn(only(run, "command:remote:Command").inputs["connection"]) as object)));
    });
  });

  it("says in one line that the router does not answer, and goes on; not before the first up, when its list is to be saved", async () => {
    const run = await runDev(pinnedDev());
    assert.ok(
      run.notes.some((note) => note.endsWith(SILENT)),
      run.notes.join(),
    );
    await assert.rejects(runDev(pinnedDev(), {}), {
      message:
        'The stack files have a problem:\n  Pulumi.lab-dev.yaml:18: router.host = "192.168.50.1": 192.168.50.1:22 does not answer (ECONNREFUSED); ' +
        "switch it on, with SSH for its LAN",
    });
  });

  it("asks no router where a preview is not to, and leaves the update's text as it is in the state", async () => {
    const router = { ask: () => Promise.reject(new Error("was asked")) };
    const run = await runDev(pinnedDev({ "router.observe": false }), { ...up, preview: true, router });
    assert.deepEqual(only(run, "command:remote:Command").ignoreChanges, ["update"]);
  });

  it("registers no command for a router of type manual, and says what to enter", async () => {
    const router = { type: "manual", host: "192.168.50.1", lan: "192.168.50.0/24" };
    const run = await runDev(devConfig({ router }), {});
    assert.deepEqual(
      run.resources.filter(({ type }) => type.startsWith("command")),
      [],
    );
    assert.ok(
      run.notes.some((note) =>
        note.endsWith("Enter on the router 192.168.50.1 (network, netmask, gateway): 10.5.0.0, 255.255.255.0, 192.168.50.11."),
      ),
    );
    assert.deepEqual(run.outputs["route"], [{ network: "10.5.0.0", netmask: "255.255.255.0", gateway: "192.168.50.11", metric: 0 }]);
  });

  it("gives the provider, as a secret, a kubeconfig with absolute paths where it has relative ones", async () => {
    const kubeconfig = {
      contexts: [{ name: "lab-dev" }],
      users: [{ name: "u", user: { "client-key": "keys/lab", token: "kube-secret" } }],
    };
    home.write("other/config", JSON.stringify(kubeconfig));
    const run = await runDev(pinnedDev({ "cluster.kubeconfig": "~/other/config" }));
    const given = secretIn(only(run, "pulumi:providers:kubernetes").inputs["kubeconfig"]) as string;
    const { users } = JSON.parse(given) as typeof kubeconfig;
    assert.deepEqual(users, [{ name: "u", user: { "client-key": `${home.path}/other/keys/lab`, token: "kube-secret" } }]);
  });

  it("keeps every secret out of plain inputs and outputs", async () => {
    const kubeconfig = JSON.stringify({ contexts: [{ name: "lab-dev" }], users: [{ user: { token: "kube-secret" } }] });
    const changes = { "router.privateKeyFile": undefined, "router.privateKey": "key-secret", "router.password": "pass-secret" };
    const run = await runDev(pinnedDev({ ...changes, "cluster.kubeconfig": kubeconfig }));
    const hideSecrets = (_: string, value: unknown) => (secretIn(value) === undefined ? value : "hidden");
    assert.doesNotMatch(JSON.stringify(run, hideSecrets), /-secret/);
    assert.equal(secretIn(only(run, "pulumi:providers:kubernetes").inputs["kubeconfig"]), kubeconfig);
    const connection = secretIn(only(run, "command:remote:Command").inputs["connection"]) as Record<string, unknown>;
    assert.deepEqual([connection["privateKey"], connection["password"]], ["key-secret", "pass-secret"]);
  });

  it("ends with all problems in one message, without a stack trace and without a resource", async () => {
    const config = devConfig({ "pools[0].addresses": ["10.5.0.7/24"], "router.hots": "192.168.50.1" });
    await assert.rejects(runDev(config), (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error), "Pulumi prints the stack trace of any other error");
      assert.equal(
        error.message,
        [
          "The stack files have 2 problems:",
          '  Pulumi.lab-dev.yaml:10: pools[0].addresses[0] = "10.5.0.7/24": the address has bits set beyond its /24 prefix; did you mean 10.5.0.0/24?',
          "  Pulumi.lab-dev.yaml:17: router.hots = (not shown): unknown key; did you mean host?",
        ].join("\n"),
      );
      return true;
    });
  });

  it("says which file or context is missing", async () => {
    const config = devConfig({ "cluster.context": "lab-edge", "router.privateKeyFile": "~/.ssh/none" });
    await assert.rejects(runDev(config), {
      message: [
        "The stack files have 2 problems:",
        `  Pulumi.lab-dev.yaml:6: cluster.context = "lab-edge": no such context in ${home.path}/.kube/config; use one of lab-dev, lab-prod`,
        `  Pulumi.lab-dev.yaml:21: router.privateKeyFile = "~/.ssh/none": no such file as ${home.path}/.ssh/none; set it to the path of a private SSH key`,
      ].join("\n"),
    });
    await assert.rejects(runDev(pinnedDev({ "cluster.kubeconfig": "~/kubeconfig" })), {
      message: [
        "The stack files have a problem:",
        `  Pulumi.lab-dev.yaml:5: cluster.kubeconfig = "~/kubeconfig": no such file as ${home.path}/kubeconfig; set it to the path of the cluster's kubeconfig`,
      ].join("\n"),
    });
    home.write("kubeconfig", "nothing of that kind");
    await assert.rejects(runDev(pinnedDev({ "cluster.kubeconfig": "~/kubeconfig" })), {
      message: [
        "The stack files have a problem:",
        '  Pulumi.lab-dev.yaml:5: cluster.kubeconfig = "~/kubeconfig": not a kubeconfig; set it to the path of a kubeconfig file, or to its content',
      ].join("\n"),
    });
  });
});
