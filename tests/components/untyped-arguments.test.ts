/** Tests arguments that the types exclude, but that a program in JavaScript, or one with `any` or values of YAML, may pass. */
import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { AddressPools, ClusterNetwork, MetalLb, NextHop, StaticRoutes } from "../../components";
import { network, primary, refusal, route, router } from "../support/own-program";

const later = <T>(value: T) => pulumi.output(Promise.resolve(value));
const cluster = (args: unknown) => () => new ClusterNetwork("lab", args as never);
const routes = (args: unknown) => () => new StaticRoutes("routes", args as never);
const noPlain = "an output: not a plain value, which is needed here before any resource exists";

/** Returns the lines of an error after its heading. */
const problemsOf = async (program: () => object) => (await refusal(program)).split("\n").slice(1);

describe("the components refuse, in an error of their own,", () => {
  for (const [label, program] of Object.entries({
    "ClusterNetwork lab": cluster(undefined),
    "AddressPools pools": () => new AddressPools("pools", undefined as never),
    "NextHop hop": () => new NextHop("hop", undefined as never),
    "StaticRoutes routes": routes(undefined),
  })) {
    it(`no arguments: ${label}`, async () => {
      const problem = "  arguments = undefined: not an object; give the component an object with its arguments";
      assert.equal(await refusal(program), `${label} has a problem:\n${problem}`);
    });
  }

  it("arguments that are null, a list or an output", async () => {
    const of = (args: unknown) => problemsOf(() => new MetalLb("lb", args as never));
    const rest = "not an object; give the component an object with its arguments";
    assert.deepEqual(
      [await of(null), await of([]), await of(later({}))],
      [[`  arguments = null: ${rest}`], [`  arguments = a list: ${rest}`], [`  arguments = an output: ${rest}`]],
    );
  });

  for (const { title, program, problems } of [
    {
      title: "pools that are no objects, together with the problem of a valid one",
      program: cluster({ ...network, pools: [null, "10.5.0.0/24", { name: "second", addresses: "10.6.0.0/24" }] }),
      problems: [
        "  pools[0] = null: not an object; set it to a pool: name and addresses",
        '  pools[1] = "10.5.0.0/24": not an object; set it to a pool: name and addresses',
        '  pools[2].addresses = "10.6.0.0/24": not a list; set it to a list of networks and ranges, such as ["10.5.0.0/24"]',
      ],
    },
    {
      title: "routes that are no objects, and a misspelt key",
      // cspell:ignore metrik ownr
      program: routes({ router: { ...router, toString: "x" }, routes: [null, { ...route, metrik: 1 }], ownr: "me" }),
      problems: [
        "  router.toString = (not shown): unknown key; known here are type, host, lan, user, port, privateKeyFile, privateKey, password, agent, " +
          "hostKey, acceptAnyHostKey, adopt, enableDormant",
        "  routes[0] = null: not an object; set it to a route: destination and gateway",
        "  routes[1].metrik = (not shown): unknown key; did you mean metric?",
        "  ownr = (not shown): unknown key; did you mean owner?",
      ],
    },
    {
      title: "a missing router",
      program: routes({ routes: [route] }),
      problems: [
        "  router = nothing: missing; set it to the router: host, and for type asus user, hostKey and a key, a password or the agent",
      ],
    },
    {
      title: "outputs for which a plain value is required, each once",
      program: cluster({ ...network, nextHop: later("192.168.50.240"), metallb: { version: later("0.16.2") }, pools: later([primary]) }),
      problems: [
        `  metallb.version = ${noPlain}; set it to an exact chart version in quotes, such as "0.16.2"`,
        `  pools = ${noPlain}; set it to a list of pools, each with name and addresses`,
        `  nextHop = ${noPlain}; set it to a free address of the LAN, such as 192.168.50.240, which MetalLB announces`,
      ],
    },
    {
      title: "an output for the whole router",
      program: routes({ router: later(router), routes: [route] }),
      problems: [`  router = ${noPlain}; set it to the router: host, and for type asus user, hostKey and a key, a password or the agent`],
    },
    {
      title: "an output for the path of a key",
      program: routes({
        router: { host: router.host, user: "homelab", hostKey: router.hostKey, privateKeyFile: later("id") },
        routes: [route],
      }),
      problems: [
        `  router.privateKeyFile = ${noPlain}; set it to the path of a private SSH key, such as ~/.ssh/id_ed25519 ` +
          "(default: none; a key, a password or the agent is needed)",
      ],
    },
    {
      title: "an empty kubeconfig, once",
      program: cluster({ ...network, kubeconfig: "" }),
      problems: ["  kubeconfig = (not shown): empty; write a value or remove the key"],
    },
    {
      title: "a next hop that is no host address",
      program: cluster({ ...network, nextHop: "255.255.255.255" }),
      problems: ['  nextHop = "255.255.255.255": 240.0.0.0/4 is reserved; write the address of a host on the LAN, such as 192.168.50.11'],
    },
    {
      title: "more routes than the router's list can hold",
      program: routes({ router, routes: Array.from({ length: 20 }, (_, index) => ({ ...route, destination: `10.7.${index}.0/24` })) }),
      problems: [
        '  router.host = "192.168.50.1": its list would hold 20 routes in 870 bytes, and from 20 routes or 1000 bytes on the firmware may ' +
          "crash at boot; merge pools or remove routes",
      ],
    },
    {
      title: "gateways that are no host addresses, without a known LAN",
      program: routes({
        router,
        routes: [
          { destination: "10.5.0.0/24", gateway: "0.0.0.0" },
          { destination: "10.6.0.0/24", gateway: "127.0.0.1" },
          { destination: "10.7.0.0/24", gateway: "224.0.0.1" },
        ],
      }),
      problems: [
        '  routes[0].gateway = "0.0.0.0": 0.0.0.0/8 means this very host; write the address of a host on the LAN, such as 192.168.50.11',
        '  routes[1].gateway = "127.0.0.1": 127.0.0.0/8 never leaves a host; write the address of a host on the LAN, such as 192.168.50.11',
        '  routes[2].gateway = "224.0.0.1": 224.0.0.0/4 is for multicast; write the address of a host on the LAN, such as 192.168.50.11',
      ],
    },
  ]) {
    it(title, async () => {
      assert.deepEqual(await problemsOf(program), problems);
    });
  }

  it("hostile text in every field, with no line break of it in the message", async () => {
    for (const text of ["$(reboot)", "a'b\"c\n; reboot", "`reboot`"]) {
      const found = await problemsOf(
        routes({
          router: { ...router, type: text, host: text, hostKey: text, lan: text, port: text, agent: text },
          routes: [{ destination: text, gateway: text, metric: text }],
        }),
      );
      assert.deepEqual(
        found.map((line) => /^ {2}(\S+) = ".+": .+; .+$/.exec(line)?.[1]),
        [
          ...["type", "host", "lan", "port", "agent", "hostKey"].map((key) => `router.${key}`),
          ...["destination", "gateway", "metric"].map((key) => `routes[0].${key}`),
        ],
        found.join("\n"),
      );
    }
  });
});
