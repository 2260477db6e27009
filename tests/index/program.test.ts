import assert from "node:assert/strict";
import { join } from "node:path";

import { ROUTE_SCRIPT } from "../../router/asus/script";
import { atOnce, pinned, routedState } from "../support/dev-program";
import { HOST_KEY } from "../support/host-key";
import { Home, PRIVATE_KEY } from "../support/home";
import { runProgram, secretIn, type Registered, type Run } from "../support/program";
import { ROOT, stackConfig } from "../support/stack-files";

const stacks = [
  { stack: "lab-dev", network: "10.5.0.0", master: "192.168.50.11" },
  { stack: "lab-prod", network: "10.6.0.0", master: "192.168.50.21" },
];

const privileged = {
  "pod-security.kubernetes.io/enforce": "privileged",
  "pod-security.kubernetes.io/audit": "privileged",
  "pod-security.kubernetes.io/warn": "privileged",
};

const readinessProbe = { initialDelaySeconds: 1, periodSeconds: 2, failureThreshold: 15 };

const metadata = (name: string) => ({ name, namespace: "metallb-system", annotations: atOnce });

const sshCommand = (action: string) => `PATH=/bin:/usr/bin:/sbin:/usr/sbin sh -s -- ${action}`;

/** Returns the resources that every run of an example stack file registers, by type and name. */
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
      inputs: { clusterIdentifier: stack, context: stack, kubeconfig: `${home}/.kube/config`, upsertExistingObjects: "true" },
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
        version: "0.16.2",
        namespace: "metallb-system",
        repositoryOpts: { repo: "https://metallb.github.io/metallb" },
        values: {
          controller: { readinessProbe },
          speaker: { frr: { enabled: false }, ignoreExcludeLB: true, readinessProbe },
          frrk8s: { enabled: false },
        },
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
    resource("homelab:network:StaticRoute", "route", { dependsOn: [stack, "pools"].sort() }),
    resource("command:remote:Command", "route", {
      dependsOn: [stack, "pools"].sort(),
      parent: "homelab:network:StaticRoute::route",
      deleteBeforeReplace: true,
      ignoreChanges: ["update", "triggers"],
      inputs: {
        connection,
        create: sshCommand("create"),
        update: sshCommand("update"),
        delete: sshCommand("remove"),
        stdin: `set -- "$1" ${stack === "lab-dev" ? 552427561 : 887623089} 0 0 route '${network}' '24' '255.255.255.0' '${master}' '0'\n${ROUTE_SCRIPT}`,
        triggers: ["192.168.50.1"],
        addPreviousOutputInEnv: false,
      },
    }),
    // Depends on everything, because the engine could destroy any resource that it does not depend on before it.
    resource("homelab:network:Protection", "pools.protect", {
      dependsOn: ["kubernetes", "metallb", "metallb-system", stack, "pools", "route"].sort(),
      protect: stack === "lab-prod",
      beforeDelete: ["destroy-guard"],
    }),
  ]);
}

/** Returns a run's resources by type and name, with the connection unwrapped from its secret. */
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
      it(`registers exactly these resources for ${stack.stack}, ${preview ? "in a preview" : "in an update"}`, async () => {
        const state = routedState(stack.network, stack.master);
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
        chartVersion: "0.16.2",
      });
    });
  }
});
