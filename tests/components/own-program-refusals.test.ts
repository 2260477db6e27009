/** Tests what the components reject in a user's own program. */
import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { ClusterNetwork, MetalLb, StaticRoutes } from "../../components";
import { hostKey, network, primary, refusal, route, router } from "../support/own-program";

describe("the components in an own program refuse, with every problem in one error of the component,", () => {
  const second = { name: "second", addresses: ["10.6.0.0/24", "10.97.0.0/24"] };
  const { host, user } = router;

  for (const { title, program, problems } of [
    {
      title: "values of another type",
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
        '  metallb.version = "0.15": not an exact chart version; write one in quotes, such as "0.16.2"',
        '  pools[0].addresses[0] = "10.5.0.7/24": the address has bits set beyond its /24 prefix; did you mean 10.5.0.0/24?',
        "  pool = (not shown): unknown key; did you mean pools?",
        '  context = "lab-edge": no such context in the kubeconfig; use one of lab-dev, lab-prod',
      ],
    },
    {
      title: "pools and a next hop that conflict",
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
        '  pools[1].name = "second": no advertisement has this pool, so no node would answer for its addresses; ' +
          "add it to the pools of an advertisement, or leave out the pools of one",
        '  pools[2].name = "third": no advertisement has this pool, so no node would answer for its addresses; ' +
          "add it to the pools of an advertisement, or leave out the pools of one",
      ],
    },
    {
      title: "texts that must not reach a router's shell",
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
      title: "routes with an unusable gateway, and a router without login and host key",
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
        '  routes[2].destination = "192.168.50.0/25": overlaps the LAN 192.168.50.0/24 (router.lan), where a static route breaks the LAN; ' +
          "use a network outside the LAN, such as 10.5.0.0/24",
        '  routes[0].gateway = "192.168.51.1": outside the router\'s LAN 192.168.50.0/24 (router.lan); ' +
          "use an address of the LAN behind which the destination is, such as a node's",
        '  routes[1].gateway = "192.168.50.1": the router itself (router.host); ' +
          "use an address of the LAN behind which the destination is, such as a node's",
        '  routes[2].gateway = "192.168.50.11": inside 192.168.50.0/25 (routes[2].destination), so the route would lead into itself; ' +
          "use an address outside of every destination",
      ],
    },
    {
      title: "two keys, one of which does not exist",
      program: () => new StaticRoutes("routes", { router: { ...router, privateKeyFile: "/nowhere/id" }, routes: [route] }),
      problems: [
        "StaticRoutes routes has a problem:",
        '  router.privateKeyFile = "/nowhere/id": router.privateKey is set too; keep one of the two',
      ],
    },
    {
      title: "a key that does not exist",
      program: () => new StaticRoutes("routes", { router: { host, user, hostKey, privateKeyFile: "/nowhere/id" }, routes: [route] }),
      problems: [
        "StaticRoutes routes has a problem:",
        '  router.privateKeyFile = "/nowhere/id": no such file as /nowhere/id; set it to the path of a private SSH key',
      ],
    },
    {
      title: "a gateway inside its destination, and a gateway that is not known yet",
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
        '  routes[0].gateway = "10.5.0.1": inside 10.5.0.0/24 (routes[0].destination), so the route would lead into itself; ' +
          "use an address outside of every destination",
      ],
    },
    {
      title: "a second network in the same namespace of a cluster",
      program: () => [
        new ClusterNetwork("lab", network),
        new ClusterNetwork("again", { ...network, pools: [{ name: "second", addresses: ["10.6.0.0/24"] }] }),
      ],
      problems: [
        "ClusterNetwork again has a problem:",
        '  context = "lab-dev": ClusterNetwork lab installs MetalLB in namespace metallb-system of the same cluster; ' +
          "list the pools of both in one ClusterNetwork",
      ],
    },
    {
      title: "a component's own arguments",
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
