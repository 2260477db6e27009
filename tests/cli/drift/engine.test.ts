import assert from "node:assert/strict";

import { readPreview } from "../../../cli/drift/engine";
import { text } from "../../support/stacks";

const URN = "urn:pulumi:lab-dev::homelab-network::homelab:network:ClusterNetwork";
const pools = `${URN}$homelab:network:AddressPools$kubernetes:metallb.io/v1beta1`;
const route = "urn:pulumi:lab-dev::homelab-network::homelab:network:StaticRoute$command:remote:Command::route";
const same = { op: "refresh", urn: `${pools}:IPAddressPool::lab-dev`, detailedDiff: null };

const reported = (digest: object, exitCode = 0) =>
  readPreview("lab-dev", { exitCode, stdout: JSON.stringify(digest), reason: "the reason" }).map(text);

describe("the lines about a preview", () => {
  it("are one line if there is nothing to do", () => {
    assert.deepEqual(reported({ steps: [same], changeSummary: { same: 37 } }), [
      "ok preview: no changes, plan, state and cluster agree: 37 resources",
    ]);
  });

  it("have one line for each change, with the names of fields and without values", () => {
    const steps = [
      same,
      { op: "update", urn: same.urn, detailedDiff: { "spec.addresses[0]": { kind: "update" } }, newState: { inputs: { a: "se-cret" } } },
      { op: "create", urn: `${pools}:L2Advertisement::pools` },
      { op: "replace", urn: route, detailedDiff: { triggers: {} } },
      { op: "create-replacement", urn: route },
      { op: "delete-replaced", urn: route },
      {
        op: "delete",
        urn: `${URN}$homelab:network:MetalLb$kubernetes:helm.sh/v4:Chart$kubernetes:apps/v1:Deployment::metallb:metallb-system/c`,
      },
    ];
    const does = "pulumi up --refresh --stack lab-dev does that";
    assert.deepEqual(reported({ steps }), [
      `differs preview: IPAddressPool lab-dev would be changed: spec.addresses[0]; ${does}`,
      `differs preview: L2Advertisement pools would be created; ${does}`,
      `differs preview: the route on the router would be replaced; ${does}`,
      `differs preview: Deployment metallb-system/c would be removed; ${does}`,
    ]);
  });

  it("report a field that another manager wrote with the program's words, without the placeholder of the preview", () => {
    const annotation = 'metadata.annotations["pulumi.com/deletionPropagationPolicy"]';
    const about = (id: string, field: string) => ({
      severity: "warning",
      message: `warning: ${id} was changed by kubectl-patch: ${field} is "x", which the stack did not set; up restores it.\n`,
    });
    const steps = [
      { op: "update", urn: same.urn, detailedDiff: { [annotation]: {}, "spec.addresses[0]": {} } },
      { op: "update", urn: `${pools}:L2Advertisement::pools`, detailedDiff: { [annotation]: {} } },
      { op: "update", urn: `${pools}:L2Advertisement::others`, detailedDiff: { [annotation]: {} } },
    ];
    const diagnostics = [
      about("IPAddressPool metallb-system/lab-dev", "spec.addresses"),
      about("L2Advertisement metallb-system/pools", "spec.interfaces"),
    ];
    const does = "pulumi up --refresh --stack lab-dev does that";
    assert.deepEqual(reported({ steps, diagnostics }), [
      `differs preview: IPAddressPool lab-dev would be changed: spec.addresses[0]; ${does}`,
      `differs preview: L2Advertisement others would be changed: ${annotation}; ${does}`,
      'differs preview: IPAddressPool metallb-system/lab-dev was changed by kubectl-patch: spec.addresses is "x", which the stack did not set; pulumi up --stack lab-dev restores it',
      'differs preview: L2Advertisement metallb-system/pools was changed by kubectl-patch: spec.interfaces is "x", which the stack did not set; pulumi up --stack lab-dev restores it',
    ]);
  });

  it("name the manager of a field that up cannot set, and otherwise why up would fail", () => {
    const step = { op: "update", urn: same.urn, detailedDiff: { "spec.autoAssign": {} } };
    const error = (message: string) => reported({ steps: [step], diagnostics: [{ urn: same.urn, severity: "error", message }] }, 255);
    const printed = "differs preview: IPAddressPool lab-dev would be changed: spec.autoAssign; the preview of pulumi up fails there";
    assert.deepEqual(
      error(
        'error: Preview failed: 1 error occurred:\n\t* conflict with "kubectl-patch" using v1\nconflicts with "kubectl-patch" using v1',
      ),
      [`${printed}: kubectl-patch manages that field; see docs/how-to/metallb-troubleshooting.md`],
    );
    assert.deepEqual(error("error: Preview failed:\n  * the webhook is deaf\n\n"), [`${printed}: the webhook is deaf`]);
  });

  it("say why there is no preview: a rejected plan, the CLI's error, or a missing CLI", () => {
    const message = "error: lab-dev cannot be deployed:\n  Pulumi.lab-dev.yaml:22: router.hostKey: another; write this one\n";
    const diagnostics = [
      { severity: "error", message },
      { severity: "error", message: "error: preview failed\n" },
    ];
    assert.deepEqual(reported({ steps: [same], diagnostics }, 255), [
      "failed preview: pulumi preview fails: Pulumi.lab-dev.yaml:22: router.hostKey: another; write this one",
    ]);
    assert.deepEqual(reported({}, 255), ["failed preview: pulumi preview fails: the reason"]);
    const [silent] = readPreview("lab-dev", { exitCode: 255, stdout: "", reason: "it did not answer within 300 s" });
    assert.equal(silent && text(silent), "failed preview: pulumi preview fails: it did not answer within 300 s");
    const [none] = readPreview("lab-dev", undefined);
    assert.equal(none && text(none), "failed preview: the Pulumi CLI is not on PATH; install it");
  });

  it("is one line for a cluster that the provider alone cannot reach", () => {
    const reason = 'Get "https://192.168.50.11:6443/version": dial tcp: connection refused';
    const diagnostics = Array.from({ length: 28 }, (_, index) => ({
      urn: `${pools}:IPAddressPool::pool-${index}`,
      severity: "error",
      message:
        `error: Preview failed: configured Kubernetes cluster is unreachable: unable to load schema information from the API server: ${reason}\n` +
        "If the cluster was deleted, set PULUMI_K8S_DELETE_UNREACHABLE to true\n",
    }));
    const steps = [{ op: "update", urn: `${pools}:IPAddressPool::pool-0`, detailedDiff: {} }];
    assert.deepEqual(reported({ steps, diagnostics }, 255), [
      `failed preview: the Kubernetes provider cannot reach the cluster, which answers this command: ${reason}; ` +
        'the provider reads the kubeconfig itself: compare with "kubectl get nodes", and try "pulumi preview --stack lab-dev"',
    ]);
  });

  it("does not repeat that the engine ended after the real error", () => {
    const diagnostics = [
      "error: the webhook does not answer",
      "error: kubernetes:helm.sh/v4:Chart resource 'metallb' has a problem: grpc: the client connection is closing",
      "error: Error: failed to register new resource metallb [kubernetes:helm.sh/v4:Chart]: 2 UNKNOWN: resource monitor shut down\n    at x",
      "error: preview failed",
    ].map((message) => ({ urn: "a", severity: "error", message }));
    assert.deepEqual(reported({ diagnostics }, 255), ["failed preview: pulumi preview fails: the webhook does not answer"]);
  });

  it("is one line for errors that are the same", () => {
    const diagnostics = ["a", "b"].map((urn) => ({ urn, severity: "error", message: "error: the webhook does not answer" }));
    assert.deepEqual(reported({ diagnostics }, 255), ["failed preview: pulumi preview fails: the webhook does not answer"]);
  });

  it("warn of unhealthy objects, and omit the program's other warnings", () => {
    const urn = `${URN}$homelab:network:MetalLb$kubernetes:helm.sh/v4:Chart$kubernetes:apps/v1:Deployment::metallb:metallb-system/controller`;
    const diagnostics = [
      { urn, severity: "warning", message: "warning: Refreshed resource is in an unhealthy state:\n* [Minimum] no live pods\n" },
      { severity: "warning", message: "warning: Pulumi.lab-dev.yaml:10: something else\n" },
    ];
    assert.deepEqual(reported({ steps: [same], diagnostics }), [
      "warning preview: Deployment metallb-system/controller exists, but is unhealthy: [Minimum] no live pods",
    ]);
  });
});
