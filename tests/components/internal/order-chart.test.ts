import assert from "node:assert/strict";
import { tmpdir } from "node:os";

import execa from "execa";
import { parseAllDocuments } from "yaml";

import { postRenderer } from "../../../components/internal/post-renderer";

/** A definition whose text a YAML parser would not reproduce. */
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
    const { command, args } = postRenderer(300);
    // The provider may run it in any folder.
    return (await execa(command, args, { cwd: tmpdir(), input })).stdout;
  };

  it("adds the dependencies of workloads, and passes on the text of definitions unchanged", async () => {
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
