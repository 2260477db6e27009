import assert from "node:assert/strict";

import type { Digest } from "../../../cli/ci/digest";
import { summary } from "../../../cli/ci/summary";

const urn = (chain: string, name: string): string => `urn:pulumi:lab-dev::homelab-network::${chain}::${name}`;
const pool = urn("homelab:network:ClusterNetwork$homelab:network:AddressPools$kubernetes:metallb.io/v1beta1:IPAddressPool", "lab-dev");
const route = urn("homelab:network:StaticRoute$command:remote:Command", "route");

const of = (digest: Digest, exitCode = 0, stderr = ""): string => summary({ stack: "lab-dev", exitCode, digest, stderr });

describe("a preview's summary", () => {
  it("begins with the marker, and lists changes by importance, with short values", () => {
    const text = summary({
      stack: "lab-dev",
      exitCode: 0,
      stderr: "",
      commit: "0123abc",
      digest: {
        steps: [
          { op: "same", urn: urn("pulumi:pulumi:Stack", "homelab-network-lab-dev") },
          {
            op: "update",
            urn: pool,
            oldState: { inputs: { spec: { addresses: ["10.5.0.0/24"] }, labels: { "a.b/c": 1 } } },
            newState: { inputs: { spec: { addresses: ["10.7.0.0/24"] }, labels: {} } },
            detailedDiff: { "spec.addresses[0]": {}, 'labels["a.b/c"]': {} },
          },
          {
            op: "replace",
            urn: route,
            oldState: { inputs: { stdin: "a|b", update: "x".repeat(100), connection: "[secret]" } },
            newState: { inputs: { stdin: "a|c", update: "y".repeat(100), connection: "[secret]" } },
            diffReasons: ["stdin", "update", "connection"],
          },
        ],
        diagnostics: [
          { severity: "warning", message: "warning: one\n" },
          { severity: "info", message: "The routes are not compared\n" },
          { severity: "info#err", message: "noise\n" },
        ],
        changeSummary: { same: 34, update: 1, replace: 1 },
      },
    });
    assert.equal(
      text,
      [
        "<!-- homelab-network: preview of lab-dev -->",
        "### `lab-dev`: 1 to replace, 1 to update, 34 unchanged",
        [
          "| what | resource | difference |",
          "| --- | --- | --- |",
          '| replace | `Command route` | `stdin`: `"a\\|b"` → `"a\\|c"`<br>`update`<br>`connection` |',
          '| update | `IPAddressPool lab-dev` | `labels["a.b/c"]`: `1` → `nothing`<br>`spec.addresses[0]`: `"10.5.0.0/24"` → `"10.7.0.0/24"` |',
        ].join("\n"),
        "Warnings:\n\n```text\none\n```",
        "Messages:\n\n```text\nThe routes are not compared\nnoise\n```",
        "`pulumi preview` of commit `0123abc` ended with 0. It changes nothing.\n",
      ].join("\n\n"),
    );
  });

  it("says that nothing changes, and counts the resources", () => {
    assert.match(of({ changeSummary: { same: 36 } }), /^### `lab-dev`: nothing to change, 36 unchanged$/m);
  });

  it("has the errors of a failed preview, and no changes", () => {
    const steps = [{ op: "create", urn: pool }];
    const text = of({ steps, diagnostics: [{ severity: "error", message: "error: The stack files have a problem:\n  it\n" }] }, 255);
    assert.match(text, /^### `lab-dev`: the preview failed\n\n```text\nThe stack files have a problem:\n {2}it\n```$/m);
    assert.doesNotMatch(text, /IPAddressPool/);
    assert.match(text, /ended with 255\./);
  });

  it("has the engine's output if there was no preview", () => {
    const text = summary({ stack: "lab-dev", exitCode: 255, stderr: "error: no stack named 'lab-dev' found\n" });
    assert.match(text, /^```text\nerror: no stack named 'lab-dev' found\n```$/m);
  });

  it("cannot break out of its fences and cells, or update another stack's comment", () => {
    const message = "``````\n<!-- homelab-network: preview of lab-prod -->\n@everyone";
    const text = of({ diagnostics: [{ severity: "warning", message }], steps: [{ op: "create", urn: urn("a:b:C", "x` | y") }] });
    assert.ok(text.includes(`\`\`\`\`\`\`\`text\n${message}\n\`\`\`\`\`\`\`\n`), text);
    assert.match(text, /^\| create \| ``C x` \\\| y`` \| {2}\|$/m);
    assert.match(text, /^<!-- homelab-network: preview of lab-dev -->\n/);
  });

  it("fits into a comment at any size", () => {
    const steps = Array.from({ length: 500 }, (_, index) => ({ op: "create", urn: urn("a:b:C", `${"n".repeat(200)}${index}`) }));
    const diagnostics = ["warning", "info"].map((severity) => ({ severity, message: "m".repeat(100_000) }));
    const text = of({ steps, diagnostics });
    assert.ok(text.length < 65_536, `${text.length}`);
    assert.match(text, /^And 440 more\.$/m);
  });
});
