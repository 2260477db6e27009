import assert from "node:assert/strict";

import { outputsIn, pendingIn, type Deployment, type PendingOperation } from "../../engine/deployment";
import { pendingRoutes } from "../../engine/state-contents";

const resource = (name: string) => ({ urn: `urn:pulumi:lab-dev::homelab-network::a:b:C::${name}`, type: "a:b:C" });
const pending = (type: PendingOperation["type"], name: string): PendingOperation => ({ type, resource: resource(name) });
const named = (resources: readonly { urn: string }[]) => resources.map(({ urn }) => urn.split("::").at(-1));
const creatingIn = (deployment: Deployment) => named(pendingIn(deployment).creating);

describe("the resources of a state", () => {
  it("are its current ones, without replaced ones that are pending deletion", () => {
    const current = { ...resource("a"), outputs: { is: "new" } };
    const replaced = { ...resource("a"), outputs: { is: "old" }, delete: true };
    const outputs = outputsIn({ resources: [resource("b"), current, replaced, { ...resource("gone"), delete: true }] });
    assert.deepEqual(Object.fromEntries(outputs), { [resource("b").urn]: {}, [current.urn]: { is: "new" } });
    assert.equal(outputsIn({}).size, 0);
  });
});

describe("the pending operations of an interrupted run", () => {
  it("are none in an empty state and in one without pending operations", () => {
    assert.deepEqual(creatingIn({ resources: [resource("a")] }), []);
    assert.deepEqual(creatingIn({}), []);
  });

  it("are the resources being created, each once, and nothing else", () => {
    const operations = [pending("creating", "a"), pending("deleting", "b"), pending("updating", "c"), pending("creating", "a")];
    assert.deepEqual(creatingIn({ resources: [resource("b"), resource("c")], pending_operations: operations }), ["a"]);
  });

  it("omit resources that a later run created, even if the engine still lists them", () =>
    assert.deepEqual(creatingIn({ resources: [resource("a")], pending_operations: [pending("creating", "a")] }), []));

  it("include the replacement of a deleted resource", () => {
    const resources = [{ ...resource("a"), pendingReplacement: true }];
    assert.deepEqual(creatingIn({ resources, pending_operations: [pending("creating", "a")] }), ["a"]);
  });

  it("include an update with its new inputs while the state still has the resource", () => {
    const changed = { ...resource("a"), inputs: { new: true } };
    const operations: PendingOperation[] = [{ type: "updating", resource: changed }, pending("updating", "gone")];
    assert.deepEqual(pendingIn({ resources: [resource("a")], pending_operations: operations }), { creating: [], updating: [changed] });
  });

  it("include new and changed routes", () => {
    const urn = "urn:pulumi:lab-dev::homelab-network::homelab:network:StaticRoute$command:remote:Command::route";
    const command = { urn, type: "command:remote:Command", inputs: { triggers: ["192.168.50.1"], stdin: "one two" } };
    const appliedBy = (stdin: string) => stdin.split(" ");
    const routes = { host: "192.168.50.1", routes: ["one", "two"], input: "one two" };
    assert.deepEqual(pendingRoutes({ creating: [resource("a"), command], updating: [] }, appliedBy), routes);
    assert.deepEqual(pendingRoutes({ creating: [], updating: [command] }, appliedBy), routes);
    assert.equal(pendingRoutes({ creating: [resource("a")], updating: [] }, appliedBy), undefined);
  });
});
