import assert from "node:assert/strict";

import * as fs from "node:fs";
import * as path from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { readStackState, routeUrn } from "../../engine/stack-state";
import { nextHopIn, objectsIn, routesIn } from "../../engine/state-contents";
import { Home } from "../support/home";
import { PROJECT } from "../support/stack-files";

const URN = "urn:pulumi:lab-dev::homelab-network::homelab:network:StaticRoute$command:remote:Command::route";
const routes = ["10.5.0.0>255.255.255.0>192.168.50.11>0>LAN", "10.7.0.0>255.255.255.0>192.168.50.11>0>LAN"];
const triggers = ["192.168.50.1", "10.5.0.0>255.255.255.0", "10.7.0.0>255.255.255.0"];
/** Stands for a driver's reader. */
const appliedBy = (stdin: string) => stdin.split(" ").filter((word) => word !== "");

describe("the state of the stack", () => {
  const from = process.cwd();
  const { PULUMI_BACKEND_URL: url } = process.env;
  let home: Home;
  beforeEach(() => {
    home = new Home();
    process.chdir(home.path);
    delete process.env["PULUMI_BACKEND_URL"];
  });
  afterEach(() => {
    process.chdir(from);
    if (url !== undefined) process.env["PULUMI_BACKEND_URL"] = url;
    home.remove();
  });

  /** Returns the requests to the engine, and the result of its answer. */
  async function reading(answer: object) {
    const asked: unknown[] = [];
    const call = ({ token, inputs }: pulumi.runtime.MockCallArgs) => (asked.push([token, inputs]), answer as Record<string, unknown>);
    await pulumi.runtime.setMocks(
      { call, newResource: ({ name }) => ({ id: name, state: {} }) },
      PROJECT,
      "lab-dev",
      false,
      "organization",
    );
    return { asked, ...(await readStackState()) };
  }

  it("is read from the engine by the stack's full name", async () => {
    const { asked } = await reading({ outputs: {} });
    assert.deepEqual(asked, [["pulumi:pulumi:readStackResourceOutputs", { stackName: "organization/homelab-network/lab-dev" }]]);
  });

  it("has the host, the routes and the input of the last run", async () => {
    const other = { outputs: { triggers: ["another"] } };
    const outputs = {
      "urn:pulumi:lab-dev::homelab-network::homelab:network:StaticRoute::route": {},
      "urn:pulumi:lab-dev::homelab-network::homelab:network:StaticRoute$command:remote:Command::route2": other,
      "urn:pulumi:lab-dev::homelab-network::command:remote:Command::route": other,
      [URN]: { id: "route", outputs: { triggers, stdin: routes.join(" "), stdout: "static routes in place" } },
    };
    const { state } = await reading({ outputs });
    assert.deepEqual(routesIn(state, appliedBy), { host: "192.168.50.1", routes, input: routes.join(" ") });
  });

  it("is empty before the first run and for a stack without routes", async () => {
    for (const answer of [{}, { outputs: {} }, { outputs: { [URN]: {} } }, { outputs: { [URN]: { outputs: { triggers: [] } } } }]) {
      const { state } = await reading(answer);
      assert.deepEqual([routesIn(state, appliedBy), nextHopIn(state), objectsIn(state)], [undefined, undefined, new Set()]);
    }
  });

  it("is read from the state file if there is one, with pending operations and without the engine", async () => {
    const resource = (urn: string, rest: object = {}) => ({ urn, type: "some", outputs: { of: urn }, ...rest });
    const latest = {
      resources: [resource("a"), resource("b", { delete: true })],
      pending_operations: [{ type: "creating", resource: resource("c") }],
    };
    const file = path.join(home.path, "kept", ".pulumi", "stacks", PROJECT, "lab-dev.json");
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, JSON.stringify({ version: 3, checkpoint: { latest } }));
    fs.writeFileSync(path.join(home.path, "Pulumi.yaml"), "backend: {url: file://./kept}");
    const { asked, state, pending } = await reading({});
    assert.deepEqual([asked, [...state]], [[], [["a", { of: "a" }]]]);
    assert.deepEqual(
      (await pending).creating.map(({ urn }) => urn),
      ["c"],
    );
  });

  it("has a URN by which the user can delete a resource", async () => {
    await reading({});
    assert.equal(routeUrn(), URN);
  });
});
