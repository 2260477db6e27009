import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { ApiServer, base64, kubeconfigFor, oneMaster } from "../support/api-server";
import { Home } from "../support/home";
import { runProgram } from "../support/program";
import { devConfig } from "../support/stack-files";

type Pools = Readonly<Record<string, readonly string[]>>;

const [first, low, high, next] = ["10.5.0.0/24", "10.5.0.0/25", "10.5.0.128/25", "10.5.1.0/24"] as const;

/** Returns how each pool is registered when the pools of a cluster change. */
async function registered(before: Pools, after: Pools, preview: boolean) {
  const home = new Home();
  const server = await ApiServer.start({
    ...oneMaster,
    "/api/v1/services": [],
    "/apis/metallb.io/v1beta1/ipaddresspools": Object.entries(before).map(([name, addresses]) => ({
      metadata: { name, namespace: "metallb-system", managedFields: [{ manager: "pulumi-kubernetes-61ab4141" }] },
      spec: { addresses },
    })),
  });
  try {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    home.write(".kube/config", kubeconfigFor(cluster, { token: "token" }));
    const pools = Object.entries(after).map(([name, addresses]) => ({ name, addresses, route: false }));
    const { resources } = await runProgram("lab-dev", devConfig({ pools, "router.observe": false }), { preview });
    return resources
      .filter(({ type }) => type.endsWith(":IPAddressPool"))
      .map(({ name, dependsOn, aliases, deleteBeforeReplace, inputs }) => {
        const { metadata } = inputs as { metadata: { annotations?: unknown } };
        return { name, dependsOn, aliases, deleteBeforeReplace, validated: metadata.annotations !== pulumi.unknown };
      });
  } finally {
    await server.stop();
    home.remove();
  }
}

describe("the pools of a cluster with existing pools", () => {
  const plain = { dependsOn: ["metallb"], aliases: [], deleteBeforeReplace: true, validated: true };

  for (const { title, before, after, expected } of [
    {
      title: "depend on no other pool if no address moves",
      before: { a: [first], b: [next] },
      after: { a: [low], b: [next] },
      expected: [
        { ...plain, name: "a" },
        { ...plain, name: "b" },
      ],
    },
    {
      title: "depend on the pool that gives up their addresses, also if it is listed later",
      before: { a: [next], b: [first] },
      after: { a: [next, high], b: [low] },
      expected: [
        { ...plain, name: "b" },
        { ...plain, name: "a", dependsOn: ["b", "metallb"], validated: false },
      ],
    },
    {
      title: "replace a removed pool, with an alias to it",
      before: { a: [first] },
      after: { b: [first] },
      expected: [{ ...plain, name: "b", aliases: ["a"], validated: false }],
    },
    {
      title: "depend on the pool that replaces a removed one, if they get part of its addresses",
      before: { a: [first] },
      after: { b: [low], c: [high] },
      expected: [
        { ...plain, name: "b", aliases: ["a"], validated: false },
        { ...plain, name: "c", dependsOn: ["b", "metallb"], validated: false },
      ],
    },
  ]) {
    // A preview omits the server's own validation of pools that still conflict with existing ones.
    it(`${title}, in a preview`, async () => assert.deepEqual(await registered(before, after, true), expected));
    it(`${title}, in an update`, async () => {
      const validated = expected.map((pool) => ({ ...pool, validated: true }));
      assert.deepEqual(await registered(before, after, false), validated);
    });
  }
});
