import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { checkArguments, findingsWithPools } from "../../../components/internal/arguments";
import { checkRouterArguments } from "../../../components/internal/router-arguments";
import { parsePoolsArgs } from "../../../config/network-args";
import { parseRoutesArgs } from "../../../config/routes-args";
import { route, router } from "../../support/own-program";

const parsing = { parse: parseRoutesArgs, lists: { routes: ["destination", "gateway"] } };

describe("arguments of a component", () => {
  before(() =>
    pulumi.runtime.setMocks({ call: ({ inputs }) => inputs as object, newResource: ({ inputs }) => ({ id: "", state: inputs as object }) }),
  );

  /** Returns the addresses of the pools in a component's arguments. */
  const addressesOf = (addresses: pulumi.Input<pulumi.Input<string>[]>[]) => {
    const pools = addresses.map((list, index) => ({ name: `pool-${index}`, addresses: list }));
    const component = { resource: new pulumi.ComponentResource("test:index:Pools", "pools"), label: "Pools lab" };
    const { shape, pick } = checkArguments(component, findingsWithPools({}, pools, parsePoolsArgs));
    const texts = pick((parsed) => parsed.pools.flatMap((pool) => pool.addresses.map(({ text }) => text)));
    return { shape, texts };
  };
  const later = <T>(value: T) => pulumi.output(Promise.resolve(value));
  const valueOf = (output: pulumi.Input<string[]>) => (output as unknown as { promise(): Promise<string[]> }).promise();

  it("are parsed at once if all are known", () => {
    assert.deepEqual(addressesOf([["10.5.0.0/24"], ["10.6.0.0/24"]]).texts, ["10.5.0.0/24", "10.6.0.0/24"]);
  });

  it("have their names at once, and addresses of other resources once these are known", async () => {
    const { shape, texts } = addressesOf([["10.5.0.0/24"], later(["10.6.0.0/24"]), ["10.7.0.0/24", later("10.8.0.0/24")]]);
    assert.deepEqual(
      shape.pools.map(({ name }) => name),
      ["pool-0", "pool-1", "pool-2"],
    );
    assert.deepEqual(await valueOf(texts), ["10.5.0.0/24", "10.6.0.0/24", "10.7.0.0/24", "10.8.0.0/24"]);
  });

  it("are refused once they are known and invalid", async () => {
    const { texts } = addressesOf([["10.5.0.0/24"], [later("10.5.0.128/25")], later(["10.6.0.1/24"])]);
    await assert.rejects(valueOf(texts), (error: Error) => {
      assert.ok(pulumi.ResourceError.isInstance(error));
      assert.deepEqual(error.message.split("\n"), [
        "Pools lab has a problem:",
        '  pools[2].addresses[0] = "10.6.0.1/24": the address has bits set beyond its /24 prefix; did you mean 10.6.0.0/24?',
      ]);
      return true;
    });
    const overlapping = addressesOf([["10.5.0.0/24"], [later("10.5.0.128/25")]]);
    await assert.rejects(
      valueOf(overlapping.texts),
      /pools\[1\]\.addresses\[0\] = "10\.5\.0\.128\/25": overlaps 10\.5\.0\.0\/24 of pool pool-0/,
    );
  });

  it("are reported as missing if another resource does not return them", async () => {
    const component = { resource: new pulumi.ComponentResource("test:index:Routes", "routes"), label: "Routes lab" };
    const given = { router: { ...router, hostKey: later(undefined) as never }, routes: [route] };
    const { pick } = checkRouterArguments(component, given, parsing);
    await assert.rejects(
      valueOf(pick(({ routes }) => routes.map(({ gateway }) => gateway))),
      /^ {2}router\.hostKey = nothing: missing; set it to what "ssh-keyscan /m,
    );
  });

  it("are refused if the secret of another resource is empty, because the provider would log in without it", async () => {
    for (const [path, secrets] of [
      ["router.privateKey", { privateKey: later(" \n") }],
      ["router.password", { privateKey: undefined as never, password: later("") }],
    ] as const) {
      const component = { resource: new pulumi.ComponentResource("test:index:Routes", "routes"), label: "Routes lab" };
      const { connection } = checkRouterArguments(component, { router: { ...router, ...secrets }, routes: [route] } as never, parsing);
      await assert.rejects(valueOf(connection as unknown as pulumi.Input<string[]>), (error: Error) => {
        assert.equal(
          error.message,
          `Routes lab has a problem:\n  ${path} = (not shown): an empty text; check the resource that it comes from`,
        );
        return true;
      });
    }
  });
});
