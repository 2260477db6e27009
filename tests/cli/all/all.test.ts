import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";

import { groupByCluster, serverOf } from "../../../cli/all/target-cluster";
import { asJson, toText, type Outcome } from "../../../cli/all/outcome";
import { Watch } from "../../../cli/all/progress";

const urn = "urn:pulumi:lab-dev::homelab-network::homelab:network:ClusterNetwork$kubernetes:metallb.io/v1beta1:IPAddressPool::lab-dev";
const type = "kubernetes:metallb.io/v1beta1:IPAddressPool";
const step = (op: string) => ({ metadata: { op, urn, type, new: { custom: true } } });
const diagnostic = (severity: string, message: string, ephemeral = false) => ({ diagnosticEvent: { severity, message, ephemeral } });

/** Returns the printed lines and the collected results after some events. */
function watched(verb: "up" | "preview", events: readonly object[]) {
  const printed: string[] = [];
  const watch = new Watch(verb, (text) => printed.push(text.replace(/\d+\.\d s/, "N s")));
  for (const event of events) watch.onEvent(event as EngineEvent);
  return { printed, watch };
}

describe("the grouping of stacks", () => {
  it("runs stacks of different clusters side by side, and those of one cluster in turn", () => {
    const stacks = [
      { stack: "a", cluster: "https://one:6443" },
      { stack: "b", cluster: "https://two:6443" },
      { stack: "c", cluster: "https://one:6443" },
    ];
    assert.deepEqual(groupByCluster(stacks), [["a", "c"], ["b"]]);
  });

  it("identifies a cluster by the server of a kubeconfig's context, whatever its name", () => {
    const of = (name: string, server: string) => `
clusters: [{ name: ${name}, cluster: { server: "${server}" } }]
contexts: [{ name: x, context: { cluster: ${name}, user: u } }]`;
    assert.equal(serverOf(of("one", "https://192.168.50.11:6443"), "x"), "https://192.168.50.11:6443");
    assert.equal(serverOf(of("other", "https://192.168.50.11:6443/"), "x"), "https://192.168.50.11:6443");
    assert.equal(serverOf(of("one", "https://192.168.50.11:6443"), "y"), undefined);
    assert.equal(serverOf("{}", "x"), undefined);
  });
});

describe("the output of a running engine", () => {
  it("has finished operations with their duration, and keeps the current ones", () => {
    const { printed, watch } = watched("up", [
      { resourcePreEvent: step("same") },
      { resOutputsEvent: step("same") },
      { resourcePreEvent: step("update") },
      { resOutputsEvent: step("update") },
      { resourcePreEvent: step("delete") },
      { resOpFailedEvent: step("delete") },
      { resourcePreEvent: step("create") },
      { summaryEvent: { resourceChanges: { create: 1, same: 2 } } },
    ]);
    assert.deepEqual(printed, ["update IPAddressPool lab-dev (N s)", "failed: delete IPAddressPool lab-dev (N s)"]);
    assert.match(watch.now ?? "", /^create IPAddressPool lab-dev for \d/);
    assert.deepEqual(watch.changes, { create: 1, same: 2 });
  });

  it("omits components and providers, which exist only in the state", () => {
    const component = { metadata: { op: "create", urn, type: "homelab:network:AddressPools", new: {} } };
    const provider = { metadata: { op: "create", urn, type: "pulumi:providers:kubernetes", new: { custom: true } } };
    const { printed, watch } = watched("up", [
      { resourcePreEvent: component },
      { resOutputsEvent: provider },
      { resourcePreEvent: provider },
    ]);
    assert.deepEqual([printed, watch.now], [[], undefined]);
  });

  it("has what a preview would do", () => {
    const { printed, watch } = watched("preview", [{ resourcePreEvent: step("create") }, { resOutputsEvent: step("create") }]);
    assert.deepEqual(printed, ["create IPAddressPool lab-dev"]);
    assert.equal(watch.now, undefined);
  });

  it("has every warning at once and every error at the end, without colours, and no debug messages, which contain secrets", () => {
    const { printed, watch } = watched("up", [
      diagnostic("warning", "<{%fg 3%}>warning: <{%reset%}>two lines\nof it\n"),
      diagnostic("debug", "RegisterResource RPC prepared: se-cret"),
      diagnostic("info", "still waiting", true),
      diagnostic("info#err", "  \n"),
      diagnostic("error", "<{%reset%}>error: The stack files have a problem:\n  it<{%reset%}>\n"),
    ]);
    assert.deepEqual(printed, ["warning: two lines\nof it"]);
    assert.deepEqual(watch.errors, ["The stack files have a problem:\n  it"]);
  });
});

describe("the outcomes", () => {
  const outcomes: readonly Outcome[] = [
    { stack: "lab-dev", result: "done", changes: { same: 36 }, seconds: 4.24, errors: [] },
    { stack: "lab-edge", result: "stopped", changes: { same: 1, create: 2, update: 1 }, seconds: 61, errors: [] },
    { stack: "lab-prod", result: "failed", changes: {}, seconds: 12.6, errors: ["The cluster is silent:\nsince long"] },
    { stack: "lab-two", result: "not begun", changes: {}, seconds: 0, errors: [] },
  ];

  it("are printed as a table with the errors below it", () => {
    assert.equal(
      toText("up", outcomes),
      [
        "stack     up         resources                        time",
        "--------  ---------  -------------------------------  -----",
        "lab-dev   done       nothing changed, 36 unchanged    4.2 s",
        "lab-edge  stopped    1 update, 2 create, 1 unchanged  61 s",
        "lab-prod  failed                                      13 s",
        "lab-two   not begun                                   0.0 s",
        "",
        "lab-prod: The cluster is silent:",
        "  since long",
      ].join("\n"),
    );
    assert.match(toText("preview", outcomes), /lab-dev +done +nothing to change, 36 unchanged/);
  });

  it("are printed as JSON", () => {
    const { verb, stacks } = JSON.parse(asJson("up", outcomes)) as { verb: string; stacks: Outcome[] };
    assert.equal(verb, "up");
    assert.deepEqual(stacks[0], outcomes[0] && { ...outcomes[0], seconds: 4.2 });
    assert.deepEqual(stacks[2], outcomes[2]);
  });
});
