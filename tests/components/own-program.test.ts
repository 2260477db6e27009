/** Tests the components in a user's own program. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { AddressPools, ClusterNetwork, MetalLb, NextHop, Protection, StaticRoutes } from "../../components";
import type { Kubeconfig } from "../../config/kubeconfig";
import { ROUTE_SCRIPT } from "../../router/asus/script";
import { kubeconfigFor } from "../support/api-server";
import { command, hostKey, inputsOf, kubeconfig, namesOf, network, primary, route, router, run } from "../support/own-program";
import { listening, secretIn } from "../support/program";

describe("the components in an own program", () => {
  it("deploy a cluster's network and its routes", async () => {
    const { made, outputs } = await run(() => {
      const lab = new ClusterNetwork("lab", network);
      const routes = new StaticRoutes("routes", { router, owner: "lab-dev", routes: [route] }, { dependsOn: lab });
      return { pools: lab.pools, chartVersion: lab.chartVersion, namespace: lab.namespace, routes: routes.routes };
    });
    assert.deepEqual(outputs, {
      pools: { primary: ["10.5.0.0/24"] },
      chartVersion: "0.16.2",
      namespace: "metallb-system",
      routes: [{ network: "10.5.0.0", netmask: "255.255.255.0", gateway: "192.168.50.11", metric: 0 }],
    });
    assert.deepEqual(
      namesOf(made).sort(),
      [
        "homelab:network:ClusterNetwork::lab",
        "pulumi:providers:kubernetes::lab-kubernetes",
        "homelab:network:MetalLb::lab-metallb",
        "kubernetes:core/v1:Namespace::lab-metallb-metallb-system",
        "kubernetes:helm.sh/v4:Chart::lab-metallb",
        "homelab:network:AddressPools::lab-pools",
        "kubernetes:metallb.io/v1beta1:IPAddressPool::lab-pools-primary",
        "kubernetes:metallb.io/v1beta1:L2Advertisement::lab-pools-pools",
        "homelab:network:StaticRoute::routes",
        "command:remote:Command::routes",
      ].sort(),
    );
    const [provider = {}] = inputsOf(made, "pulumi:providers:kubernetes");
    assert.deepEqual(
      [provider["clusterIdentifier"], provider["context"], secretIn(provider["kubeconfig"]), provider["upsertExistingObjects"]],
      ["lab", "lab-dev", kubeconfig, "true"],
    );
    assert.equal(
      command(made)["stdin"],
      `set -- "$1" 552427561 0 0 route '10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '0'\n${ROUTE_SCRIPT}`,
    );
    const connection = { host: "192.168.50.1", port: 22, dialErrorLimit: 0, perDialTimeout: 15, user: "homelab", hostKey };
    assert.deepEqual(secretIn(command(made)["connection"]), { ...connection, privateKey: "key-secret" });
  });

  it("leave a forced apply to the environment of the provider, so that it is not in the state", async () => {
    process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"] = "true";
    try {
      const { made } = await run(() => new ClusterNetwork("lab", network));
      const [provider = {}] = inputsOf(made, "pulumi:providers:kubernetes");
      assert.equal(provider["enablePatchForce"], undefined);
    } finally {
      delete process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"];
    }
  });

  it("give the provider a kubeconfig whose relative paths start at the kubeconfig's folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "homelab-network-test-"));
    const file = join(folder, "config");
    const cluster = { server: "https://127.0.0.1:1", "certificate-authority": "ca.crt" };
    const user = { tokenFile: "token", exec: { command: "./login" } };
    writeFileSync(file, kubeconfigFor(cluster, user));
    const inputs = async (kubeconfig: pulumi.Input<string>) =>
      inputsOf((await run(() => new ClusterNetwork("lab", { ...network, kubeconfig }))).made, "pulumi:providers:kubernetes")[0];
    try {
      for (const kubeconfig of [file, pulumi.output(Promise.resolve(file))]) {
        const { clusters, users } = JSON.parse(secretIn((await inputs(kubeconfig))?.["kubeconfig"]) as string) as Kubeconfig;
        assert.equal(clusters?.[1]?.cluster?.["certificate-authority"], join(folder, "ca.crt"));
        assert.deepEqual(users?.[0]?.user, { tokenFile: join(folder, "token"), exec: { command: `${folder}/./login` } });
      }
      writeFileSync(file, kubeconfigFor({ server: "https://127.0.0.1:1" }));
      assert.equal((await inputs(file))?.["kubeconfig"], file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("work alone: MetalLB, pools, a next hop and the protection", async () => {
    const { made, outputs } = await run(() => {
      const metallb = new MetalLb("lb", { namespace: "lb" });
      const pools = new AddressPools("lan", { namespace: "lb", pools: [{ name: "lan", addresses: ["192.168.50.200-192.168.50.219"] }] });
      const hop = new NextHop("hop", { address: "192.168.50.240", namespace: "lb" }, { dependsOn: pools });
      new Protection("keep", { protect: true, dependents: [metallb, pools, hop], objects: pulumi.output([]) });
      return { namespace: metallb.namespace, pools: pools.pools, hop: hop.address };
    });
    assert.deepEqual(outputs, { namespace: "lb", pools: { lan: ["192.168.50.200-192.168.50.219"] }, hop: "192.168.50.240" });
    assert.ok(namesOf(made).includes("kubernetes:core/v1:Service::hop-192-168-50-240"), namesOf(made).join());
    assert.equal(inputsOf(made, "kubernetes:helm.sh/v4:Chart")[0]?.["name"], "metallb", "the release's name is not the component's");
  });

  it("work twice in one program, under different names", async () => {
    const { made, outputs } = await run(() => {
      const dev = new ClusterNetwork("dev", { ...network, nextHop: "192.168.50.240" });
      const prod = new ClusterNetwork("prod", { ...network, context: "lab-prod", nextHop: "192.168.50.240" });
      new StaticRoutes("to-dev", { router, routes: [route] }, { dependsOn: dev });
      new StaticRoutes("to-prod", { router, routes: [{ ...route, destination: "10.6.0.0/24" }] }, { dependsOn: prod });
      return { dev: dev.nextHop, prod: prod.nextHop };
    });
    assert.deepEqual(outputs, { dev: "192.168.50.240", prod: "192.168.50.240" });
    assert.equal(new Set(namesOf(made)).size, made.length, namesOf(made).sort().join("\n"));
    const owners = inputsOf(made, "command:remote:Command").map(({ stdin }) => (stdin as string).split(" ")[3]);
    assert.notEqual(owners[0], owners[1], "both would be taken for one on the router");
  });

  it("accept addresses, gateways and credentials of other resources", async () => {
    const later = <T>(value: T) => pulumi.output(Promise.resolve(value));
    const { made, outputs } = await run(() => {
      const lab = new ClusterNetwork("lab", {
        kubeconfig: later(kubeconfig),
        context: later("lab-dev"),
        pools: [
          { name: "primary", addresses: [later("10.5.0.0/24")] },
          { name: "second", addresses: later(["10.6.0.0/24"]) },
        ],
      });
      new StaticRoutes("routes", {
        router: { host: later("192.168.50.1"), user: later("homelab"), password: later("pass-secret"), hostKey: later(hostKey) },
        routes: [{ destination: lab.pools.apply((pools) => pools["primary"]?.[0] ?? ""), gateway: later("192.168.50.11") }],
      });
      return { pools: lab.pools };
    });
    assert.deepEqual(outputs.pools, { primary: ["10.5.0.0/24"], second: ["10.6.0.0/24"] });
    const specs = inputsOf(made, "kubernetes:metallb.io/v1beta1:IPAddressPool").map(
      ({ spec }) => (spec as { addresses: string[] }).addresses,
    );
    assert.deepEqual(specs, [["10.5.0.0/24"], ["10.6.0.0/24"]]);
    assert.match(
      command(made)["stdin"] as string,
      /^set -- "\$1" \d+ 0 0 route '10\.5\.0\.0' '24' '255\.255\.255\.0' '192\.168\.50\.11' '0'\n/,
    );
    assert.deepEqual(command(made)["triggers"], ["192.168.50.1", "10.5.0.0>255.255.255.0"]);
    assert.equal((secretIn(command(made)["connection"]) as Record<string, unknown>)["password"], "pass-secret");
    const [provider = {}] = inputsOf(made, "pulumi:providers:kubernetes");
    assert.equal(secretIn(provider["kubeconfig"]), kubeconfig);
  });

  it("show the known values in a preview with an unknown address", async () => {
    const unknown = pulumi.output(pulumi.unknown) as unknown as pulumi.Output<string>;
    const { made } = await run(() => {
      new ClusterNetwork("lab", { ...network, kubeconfig: unknown, pools: [primary, { name: "second", addresses: [unknown] }] });
      new StaticRoutes("routes", { router: { ...router, host: unknown }, routes: [{ ...route, gateway: unknown }] });
      return {};
    }, true);
    const specs = inputsOf(made, "kubernetes:metallb.io/v1beta1:IPAddressPool");
    assert.deepEqual((specs[1]?.["metadata"] as { name: string }).name, "second");
    assert.match(command(made)["create"] as string, /sh -s -- create$/);
    assert.equal(command(made)["stdin"], pulumi.unknown);
  });

  it("warn if any host key is accepted, and print the routes to enter on a router of type manual", async () => {
    const open = { host: router.host, user: router.user, privateKey: router.privateKey };
    const { result, warnings, notes } = await listening(() =>
      run(() => {
        new StaticRoutes("any", { router: { ...open, acceptAnyHostKey: true }, routes: [route] });
        new StaticRoutes("hand", { router: { type: "manual", host: "192.168.50.1" }, routes: [route] });
        return {};
      }),
    );
    assert.deepEqual(warnings, [
      "warning: [runtime] router.hostKey = nothing: not pinned, so any host that answers at 192.168.50.1 is trusted (router.acceptAnyHostKey); " +
        "remove router.acceptAnyHostKey, and run again to see the key to pin",
    ]);
    assert.ok(
      notes.some((note) =>
        note.endsWith("Enter on the router 192.168.50.1 (network, netmask, gateway): 10.5.0.0, 255.255.255.0, 192.168.50.11."),
      ),
      notes.join(),
    );
    assert.equal(inputsOf(result.made, "command:remote:Command").length, 1, "a router of type manual got a command");
  });
});
