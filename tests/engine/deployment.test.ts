import assert from "node:assert/strict";

import { outputsIn, pendingIn, type Deployment, type PendingOperation } from "../../engine/deployment";
import { pendingRoutes } from "../../engine/state-contents";

const resource = (name: string) => ({ urn: `urn:pulumi:lab-dev::homelab-network::a:b:C::${name}`, type: "a:b:C" });
const pending = (type: PendingOperation["type"], name: string): PendingOperation => ({ type, resource: resource(name) });
const named = (resources: readonly { urn: string }[]) => resources.map(({ urn }) => urn.split("::").at(-1));
const creatingIn = (deployment: Deployment) => named(pendingIn(deployment).creating);

describe("the resources of a state", () => {
  it("are its current ones, not those that were replaced and are still to be deleted", () => {
    const current = { ...resource("a"), outputs: { is: "new" } };
    const replaced = { ...resource("a"), outputs: { is: "old" }, delete: true };
    const outputs = outputsIn({ resources: [resource("b"), current, replaced, { ...resource("gone"), delete: true }] });
    assert.deepEqual(Object.fromEntries(outputs), { [resource("b").urn]: {}, [current.urn]: { is: "new" } });
    assert.equal(outputsIn({}).size, 0);
  });
});

describe("the pending operations of an interrupted run", () => {
  it("is nothing in a state without pending operations, and in an empty one", () => {
    assert.deepEqual(creatingIn({ resources: [resource("a")] }), []);
    assert.deepEqual(creatingIn({}), []);
  });

  it("is what was being created, each once, and nothing else", () => {
    const operations = [pending("creating", "a"), pending("deleting", "b"), pending("updating", "c"), pending("creating", "a")];
    assert.deepEqual(creatingIn({ resources: [resource("b"), resource("c")], pending_operations: operations }), ["a"]);
  });

  it("is not what a later run has made, whatever the engine keeps of it", () =>
    assert.deepEqual(creatingIn({ resources: [resource("a")], pending_operations: [pending("creating", "a")] }), []));

  it("is what was to come in the place of one that is gone", () => {
    const resources = [{ ...resource("a"), pendingReplacement: true }];
    assert.deepEqual(creatingIn({ resources, pending_operations: [pending("creating", "a")] }), ["a"]);
  });

  it("is also what it was changing, as it was to become, as long as the state has it", () => {
    const changed = { ...resource("a"), inputs: { new: true } };
    const operations: PendingOperation[] = [{ type: "updating", resource: changed }, pending("updating", "gone")];
    assert.deepEqual(pendingIn({ resources: [resource("a")], pending_operations: operations }), { creating: [], updating: [changed] });
  });

  it("may be the routes, new or changed", () => {
    const urn = "urn:pulumi:lab-dev::homelab-network::homelab:network:StaticRoute$command:remote:Command::route";
    const command = { urn, type: "command:remote:Command", inputs: { triggers: ["192.168.50.1"], stdin: "one two" } };
    const appliedBy = (stdin: string) => stdin.split(" ");
    const routes = { host: "192.168.50.1", routes: ["one", "two"], input: "one two" };
    assert.deepEqual(pendingRoutes({ creating: [resource("a"), command], updating: [] }, appliedBy), routes);
    assert.deepEqual(pendingRoutes({ creating: [], updating: [command] }, appliedBy), routes);
    assert.equal(pendingRoutes({ creating: [resource("a")], updating: [] }, appliedBy), undefined);
  });
});
