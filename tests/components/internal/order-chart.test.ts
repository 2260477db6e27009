import assert from "node:assert/strict";
import * as path from "node:path";

import execa from "execa";
import { parseAllDocuments } from "yaml";

import { ROOT } from "../../support/stack-files";

/** A definition whose text a parser would not give back as it is. */
const definition = `# Source: metallb/crds.yaml
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    controller-gen.kubebuilder.io/version: v0.16.3
  name: things.metallb.io
spec: {group:    metallb.io}`;

describe("the chart's post-renderer", () => {
  const order = async (input: string): Promise<string> => {
    const args = ["--require", "./engine/register.js", path.join("components", "internal", "order-chart.ts"), "300"];
    return (await execa("node", args, { cwd: ROOT, input })).stdout;
  };

  it("gives workloads what they need, and passes on the text of definitions as it is", async () => {
    const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: controller, namespace: there }\n";
    const output = await order(`---\n# only a remark\n---\n${definition}\n---\n${deployment}`);
    assert.ok(output.includes("spec: {group:    metallb.io}"), output);
    const objects = parseAllDocuments(output).map((document) => document.toJS() as { kind: string; metadata: object });
    assert.deepEqual(
      objects.map(({ kind }) => kind),
      ["CustomResourceDefinition", "Deployment"],
    );
    assert.deepEqual(objects[1]?.metadata, {
      name: "controller",
      namespace: "there",
      annotations: {
        "pulumi.com/timeoutSeconds": "300",
        "config.kubernetes.io/depends-on": "apiextensions.k8s.io/CustomResourceDefinition/things.metallb.io",
      },
    });
  });
});
