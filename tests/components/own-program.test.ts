/** The components in a program of somebody's own: without index.ts, without a stack file, and without its modules replaced. */
import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { AddressPools, ClusterNetwork, MetalLb, NextHop, Protection, StaticRoutes } from "../../components";
import { ROUTE_SCRIPT } from "../../router/asus/script";
import { listening, secretIn } from "../support/program";

/** A resource as the engine was asked for it. */
interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

const kubeconfig = JSON.stringify({ contexts: [{ name: "lab-dev" }, { name: "lab-prod" }] });
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuK";
const router = { host: "192.168.50.1", user: "homelab", privateKey: "key-secret", hostKey };
const primary = { name: "primary", addresses: ["10.5.0.0/24"] };
const network = { kubeconfig, context: "lab-dev", pools: [primary] };
const route = { destination: "10.5.0.0/24", gateway: "192.168.50.11" };

/** Runs a program against mocks, and gives what it registered and what it returned. */
async function run<T extends object>(program: () => T, preview = false): Promise<{ made: Made[]; outputs: pulumi.Unwrap<T> }> {
  const made: Made[] = [];
  await pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs as Record<string, unknown>,
      newResource: ({ type, name, inputs, custom, id }) => {
        made.push({ type, name, inputs: inputs as Record<string, unknown> });
        return { id: custom && !preview ? `${name}-id` : (id ?? ""), state: inputs as object };
      },
    },
    "own",
    "dev",
    preview,
  );
  const returned = program();
  const outputs = await new Promise<pulumi.Unwrap<T>>((resolve) => void pulumi.output(returned).apply(resolve));
  await pulumi.runtime.disconnect();
  return { made, outputs };
}

/** What is thrown by a program. */
async function refusal(program: () => object): Promise<string> {
  let message = "";
  await run(() => {
    assert.throws(program, (error: Error) => {
      assert.ok(pulumi.ResourceError.isInstance(error) && error.hideStack, error.message);
      message = error.message;
      return true;
    });
    return {};
  });
  return message;
}

const namesOf = (made: readonly Made[]) => made.map(({ type, name }) => `${type}::${name}`);
const inputsOf = (made: readonly Made[], type: string) => made.filter((one) => one.type === type).map(({ inputs }) => inputs);
const command = (made: readonly Made[]) => inputsOf(made, "command:remote:Command")[0] ?? {};

describe("the components in a program of one's own", () => {
  it("bring a cluster's network and its routes", async () => {
    const { made, outputs } = await run(() => {
      const lab = new ClusterNetwork("lab", network);
      const routes = new StaticRoutes("routes", { router, owner: "lab-dev", routes: [route] }, { dependsOn: lab });
      return { pools: lab.pools, chartVersion: lab.chartVersion, namespace: lab.namespace, routes: routes.routes };
    });
    assert.deepEqual(outputs, {
      pools: { primary: ["10.5.0.0/24"] },
      chartVersion: "0.15.3",
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
      [provider["clusterIdentifier"], provider["context"], secretIn(provider["kubeconfig"])],
      ["lab", "lab-dev", kubeconfig],
    );
    assert.equal(command(made)["stdin"], `set -- "$1" 552427561 0 0 '10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '0'\n${ROUTE_SCRIPT}`);
    const connection = { host: "192.168.50.1", port: 22, dialErrorLimit: 0, perDialTimeout: 15, user: "homelab", hostKey };
    assert.deepEqual(secretIn(command(made)["connection"]), { ...connection, privateKey: "key-secret" });
  });

  it("stand alone: MetalLB, pools, a next hop and the protection", async () => {
    const { made, outputs } = await run(() => {
      const metallb = new MetalLb("lb", { namespace: "lb" });
      const pools = new AddressPools("lan", { namespace: "lb", pools: [{ name: "lan", addresses: ["192.168.50.200-192.168.50.219"] }] });
      const hop = new NextHop("hop", { address: "192.168.50.240", namespace: "lb" }, { dependsOn: pools });
      new Protection("keep", { protect: true, over: [metallb, pools, hop], objects: pulumi.output([]) });
      return { namespace: metallb.namespace, pools: pools.pools, hop: hop.address };
    });
    assert.deepEqual(outputs, { namespace: "lb", pools: { lan: ["192.168.50.200-192.168.50.219"] }, hop: "192.168.50.240" });
    assert.ok(namesOf(made).includes("kubernetes:core/v1:Service::hop-192-168-50-240"), namesOf(made).join());
    assert.equal(inputsOf(made, "kubernetes:helm.sh/v4:Chart")[0]?.["name"], "metallb", "the release's name is not the component's");
  });

  it("stand twice in one program, under names of their own", async () => {
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

  it("take addresses, gateways and credentials of other resources", async () => {
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
    assert.match(command(made)["stdin"] as string, /^set -- "\$1" \d+ 0 0 '10\.5\.0\.0' '24' '255\.255\.255\.0' '192\.168\.50\.11' '0'\n/);
    assert.deepEqual(command(made)["triggers"], ["192.168.50.1", "10.5.0.0>255.255.255.0"]);
    assert.equal((secretIn(command(made)["connection"]) as Record<string, unknown>)["password"], "pass-secret");
    const [provider = {}] = inputsOf(made, "pulumi:providers:kubernetes");
    assert.equal(secretIn(provider["kubeconfig"]), kubeconfig);
  });

  it("show in a preview what they know, where an address is not known yet", async () => {
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

  it("warn where any host key is taken, and say what to enter on a router that somebody else sets", async () => {
    const open = { host: router.host, user: router.user, privateKey: router.privateKey };
    const { result, warnings, notes } = await listening(() =>
      run(() => {
        new StaticRoutes("any", { router: { ...open, acceptAnyHostKey: true }, routes: [route] });
        new StaticRoutes("hand", { router: { type: "manual", host: "192.168.50.1" }, routes: [route] });
        return {};
      }),
    );
    assert.deepEqual(warnings, [
      "warning: [runtime] router.hostKey = nothing: not pinned, so that whatever answers at 192.168.50.1 is trusted (router.acceptAnyHostKey); " +
        "remove router.acceptAnyHostKey to be shown the key to pin",
    ]);
    assert.ok(
      notes.some((note) =>
        note.endsWith("Enter on the router 192.168.50.1 (network, netmask, gateway): 10.5.0.0, 255.255.255.0, 192.168.50.11."),
      ),
      notes.join(),
    );
    assert.equal(inputsOf(result.made, "command:remote:Command").length, 1, "a router of type manual got a command");
  });

  describe("refuse, with everything that is wrong in one error of the component,", () => {
    const second = { name: "second", addresses: ["10.6.0.0/24", "10.97.0.0/24"] };
    const { host, user } = router;

    for (const { title, program, problems } of [
      {
        title: "values that are not of their kind",
        program: () =>
          new ClusterNetwork("lab", {
            ...network,
            context: "lab-edge",
            metallb: { version: "0.15" },
            pools: [{ name: "primary", addresses: ["10.5.0.7/24"] }],
            ...{ pool: [] },
          }),
        problems: [
          "ClusterNetwork lab has 4 problems:",
          '  metallb.version = "0.15": not an exact chart version; write one in quotes, such as "0.15.3"',
          '  pools[0].addresses[0] = "10.5.0.7/24": the address has bits set beyond its /24 prefix; did you mean 10.5.0.0/24?',
          "  pool = (not shown): unknown key; did you mean pools?",
          '  context = "lab-edge": no such context in the kubeconfig; use one of lab-dev, lab-prod',
        ],
      },
      {
        title: "pools and a next hop that are in each other's way",
        program: () =>
          new ClusterNetwork("lab", {
            ...network,
            pools: [primary, second, { name: "third", addresses: ["10.6.0.128/25"] }],
            advertisements: [{ name: "one", pools: ["primary", "secnd"] }],
            nextHop: "10.6.0.1",
          }),
        problems: [
          "ClusterNetwork lab has 6 problems:",
          '  pools[2].addresses[0] = "10.6.0.128/25": overlaps 10.6.0.0/24 of pool second (pools[1].addresses[0]); give each pool addresses of its own',
          '  pools[1].addresses[1] = "10.97.0.0/24": overlaps 10.96.0.0/12, the cluster\'s own service network (reserved.services[0]); ' +
            "use addresses that are free, or correct reserved.services",
          '  nextHop = "10.6.0.1": inside 10.6.0.0/24 of pool second (pools[1].addresses[0]), which must not hold the next hop; ' +
            "use an address outside of every pool",
          '  advertisements[0].pools[1] = "secnd": no pool has this name; did you mean second?',
          '  pools[1].name = "second": no advertisement has this pool, so that nobody would answer for its addresses; ' +
            "add it to the pools of an advertisement, or leave out the pools of one",
          '  pools[2].name = "third": no advertisement has this pool, so that nobody would answer for its addresses; ' +
            "add it to the pools of an advertisement, or leave out the pools of one",
        ],
      },
      {
        title: "what must not reach a router's shell",
        program: () =>
          new StaticRoutes("routes", {
            router,
            routes: [
              { destination: "10.5.0.0/24", gateway: "$(reboot)" },
              { destination: "10.7.0.0-10.7.0.9", gateway: "192.168.50.999", metric: 1000 },
            ],
          }),
        problems: [
          "StaticRoutes routes has 4 problems:",
          '  routes[0].gateway = "$(reboot)": not an IPv4 address; write four numbers from 0 to 255, such as 192.168.50.11',
          '  routes[1].destination = "10.7.0.0-10.7.0.9": not an IPv4 network; write one such as 10.5.0.0/24',
          '  routes[1].gateway = "192.168.50.999": not an IPv4 address; write four numbers from 0 to 255, such as 192.168.50.11',
          "  routes[1].metric = 1000: above 999; set it to the metric on the router's form, 0 to 999",
        ],
      },
      {
        title: "routes that lead nowhere, and a router without login and host key",
        program: () =>
          new StaticRoutes("routes", {
            router: { host: "192.168.50.1", user: "homelab", lan: "192.168.50.0/24" },
            routes: [
              { destination: "10.5.0.0/24", gateway: "192.168.51.1" },
              { destination: "10.5.0.128/25", gateway: "192.168.50.1" },
              { destination: "192.168.50.0/25", gateway: "192.168.50.11" },
            ],
          }),
        problems: [
          "StaticRoutes routes has 7 problems:",
          "  router = (not shown): neither key nor password nor agent to log in with; " +
            "set router.privateKeyFile or router.agent, or router.privateKey or router.password as a secret",
          '  router.hostKey = nothing: missing; set it to what "ssh-keyscan -t ed25519 -p 22 192.168.50.1" prints after the host',
          '  routes[1].destination = "10.5.0.128/25": overlaps 10.5.0.0/24 (routes[0].destination); give each route a destination of its own',
          '  routes[2].destination = "192.168.50.0/25": overlaps the LAN 192.168.50.0/24 (router.lan), where a static route would do harm; ' +
            "use a network outside the LAN, such as 10.5.0.0/24",
          '  routes[0].gateway = "192.168.51.1": outside the router\'s LAN 192.168.50.0/24 (router.lan); ' +
            "use an address of the LAN behind which the destination is, such as a node's",
          '  routes[1].gateway = "192.168.50.1": the router itself (router.host); ' +
            "use an address of the LAN behind which the destination is, such as a node's",
          '  routes[2].gateway = "192.168.50.11": inside 192.168.50.0/25 (routes[2].destination), so that the route would lead into itself; ' +
            "use an address outside of every destination",
        ],
      },
      {
        title: "two keys, one of which is not there",
        program: () => new StaticRoutes("routes", { router: { ...router, privateKeyFile: "/nowhere/id" }, routes: [route] }),
        problems: [
          "StaticRoutes routes has a problem:",
          '  router.privateKeyFile = "/nowhere/id": router.privateKey is set too; keep one of the two',
        ],
      },
      {
        title: "a key that is not there",
        program: () => new StaticRoutes("routes", { router: { host, user, hostKey, privateKeyFile: "/nowhere/id" }, routes: [route] }),
        problems: [
          "StaticRoutes routes has a problem:",
          '  router.privateKeyFile = "/nowhere/id": no such file as /nowhere/id; set it to the path of a private SSH key',
        ],
      },
      {
        title: "a gateway that is inside its destination, beside one that is not known yet",
        program: () =>
          new StaticRoutes("routes", {
            router: { ...router, host: pulumi.output(Promise.resolve("192.168.50.1")) },
            routes: [
              { destination: "10.5.0.0/24", gateway: "10.5.0.1" },
              { destination: "10.6.0.0/24", gateway: pulumi.output(Promise.resolve("10.6.0.1")) },
            ],
          }),
        problems: [
          "StaticRoutes routes has a problem:",
          '  routes[0].gateway = "10.5.0.1": inside 10.5.0.0/24 (routes[0].destination), so that the route would lead into itself; ' +
            "use an address outside of every destination",
        ],
      },
      {
        title: "a part's own arguments",
        program: () => new MetalLb("lb", { chart: "./metallb", repository: "https://example.org", namespace: "Lb" }),
        problems: [
          "MetalLb lb has a problem:",
          '  namespace = "Lb": not a name that Kubernetes accepts; use up to 63 lower-case letters, digits and inner dashes, such as lab-dev',
        ],
      },
    ]) {
      it(title, async () => {
        assert.deepEqual((await refusal(program)).split("\n"), problems);
      });
    }
  });
});
