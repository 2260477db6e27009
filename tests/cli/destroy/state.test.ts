import assert from "node:assert/strict";

import { stateOf, assumeCreated, withoutRoutes } from "../../../cli/destroy/state";
import type { PendingOperation, StateResource } from "../../../engine/deployment";

const base = "urn:pulumi:lab-dev::homelab-network::";
const COMMAND = `${base}homelab:network:StaticRoute$command:remote:Command::route`;
/** Stands for a driver's reader. */
const appliedBy = (stdin: string) => stdin.split(" ");
const stack: StateResource = { urn: `${base}pulumi:pulumi:Stack::homelab-network-lab-dev`, type: "pulumi:pulumi:Stack" };
const command: StateResource = {
  urn: COMMAND,
  type: "command:remote:Command",
  custom: true,
  inputs: { triggers: ["192.168.50.1"], stdin: "a b", delete: "remove" },
};
const role: StateResource = {
  urn: `${base}a$kubernetes:rbac.authorization.k8s.io/v1:ClusterRole::metallb:metallb:speaker`,
  type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
  custom: true,
  inputs: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "metallb:speaker" } },
};
const account: StateResource = {
  urn: `${base}a$kubernetes:core/v1:ServiceAccount::metallb:metallb-system/speaker`,
  type: "kubernetes:core/v1:ServiceAccount",
  custom: true,
  inputs: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "speaker", namespace: "metallb-system" } },
};
const protection = (protect: boolean): StateResource => ({
  urn: `${base}homelab:network:Protection::pools.protect`,
  type: "homelab:network:Protection",
  protect,
});
const creating = (...resources: StateResource[]): PendingOperation[] => resources.map((resource) => ({ type: "creating", resource }));

describe("a state, before its stack is destroyed", () => {
  it("can forget the routes, with what depends on them and what an interrupted run was changing", () => {
    const dependent = { ...protection(false), dependencies: [COMMAND, stack.urn], propertyDependencies: { a: [COMMAND] } };
    const state = {
      resources: [stack, command, dependent],
      pending_operations: creating(role, { ...command, urn: `${COMMAND}-as-changed` }),
    };
    assert.deepEqual(withoutRoutes(state), {
      resources: [stack, { ...dependent, dependencies: [stack.urn], propertyDependencies: { a: [] } }],
      pending_operations: creating(role),
    });
  });

  it("is empty without resources", () => {
    assert.deepEqual(stateOf({}, appliedBy), { size: 0, pending: [] });
    const operations: PendingOperation[] = [{ type: "deleting", resource: stack }];
    assert.deepEqual(stateOf({ resources: [stack], pending_operations: operations }, appliedBy), { size: 1, pending: [] });
  });

  it("names the routes on the router, and the protection", () => {
    const routes = { host: "192.168.50.1", texts: ["a", "b"] };
    assert.deepEqual(stateOf({ resources: [stack, command, protection(true)] }, appliedBy), {
      size: 3,
      routes,
      protection: `${base}homelab:network:Protection::pools.protect`,
      pending: [],
    });
    assert.equal(stateOf({ resources: [protection(false)] }, appliedBy).protection, undefined);
  });

  it("names the pending operations of an interrupted run, whose routes may be on the router too", () => {
    assert.deepEqual(stateOf({ resources: [stack], pending_operations: creating(command, role) }, appliedBy), {
      size: 3,
      routes: { host: "192.168.50.1", texts: ["a", "b"] },
      pending: ["Command route", "ClusterRole metallb:metallb:speaker"],
    });
    const changed = { ...command, inputs: { ...command.inputs, stdin: "b c" } };
    const operations: PendingOperation[] = [changed, role].map((resource) => ({ type: "updating", resource }));
    assert.deepEqual(stateOf({ resources: [stack, command, role], pending_operations: operations }, appliedBy), {
      size: 4,
      routes: { host: "192.168.50.1", texts: ["a", "b", "c"] },
      pending: ["Command route"],
    });
  });
});

describe("a pending operation, before its stack is destroyed", () => {
  it("becomes a resource with the provider's id, after its dependencies, and is no longer pending", () => {
    const deployment = { metadata: { kept: true }, resources: [stack], pending_operations: creating(command, role, account) };
    assert.deepEqual(assumeCreated(deployment), {
      metadata: { kept: true },
      resources: [
        stack,
        { ...command, id: "route", outputs: { ...command.inputs, stdout: "", stderr: "" } },
        {
          ...role,
          id: "metallb:speaker",
          outputs: { ...role.inputs, __inputs: role.inputs, __initialApiVersion: "rbac.authorization.k8s.io/v1" },
        },
        { ...account, id: "metallb-system/speaker", outputs: { ...account.inputs, __inputs: account.inputs, __initialApiVersion: "v1" } },
      ],
      pending_operations: [],
    });
  });

  it("replaces a resource that was deleted for it, and is not added again if a later run has created it", () => {
    const replaced = { ...role, id: "former", pendingReplacement: true };
    const { resources } = assumeCreated({ resources: [stack, replaced, account], pending_operations: creating(role, account) });
    assert.deepEqual(
      resources?.map(({ urn, id }) => [urn, id]),
      [
        [stack.urn, undefined],
        [role.urn, "metallb:speaker"],
        [account.urn, undefined],
      ],
    );
  });

  it("is added beside the old resource if it is a command that was being changed", () => {
    const changed = { ...command, inputs: { ...command.inputs, stdin: "b c" } };
    const operations: PendingOperation[] = [changed, role].map((resource) => ({ type: "updating", resource }));
    const made = { ...command, id: "route" };
    assert.deepEqual(assumeCreated({ resources: [made, role], pending_operations: operations }).resources, [
      made,
      role,
      { ...changed, urn: `${COMMAND}-as-changed`, id: "route-as-changed", outputs: { ...changed.inputs, stdout: "", stderr: "" } },
    ]);
  });

  it("gets no id if it is a component", () => {
    const component = { ...stack, urn: `${base}homelab:network:StaticRoute::route`, custom: false };
    assert.deepEqual(assumeCreated({ resources: [], pending_operations: creating(component) }).resources, [component]);
  });
});
