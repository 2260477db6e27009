import assert from "node:assert/strict";
import { tmpdir } from "node:os";

import execa from "execa";
import { parse, parseAllDocuments } from "yaml";

import { orderInstall, type Rendered } from "../../../cluster/manifests/install-order";
import { postRenderer } from "../../../components/internal/post-renderer";

const DELETION_POLICY = "pulumi.com/deletionPropagationPolicy";

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
    return (await execa(command, args, { cwd: tmpdir(), input, stripFinalNewline: false })).stdout;
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

  for (const [style, metadata] of Object.entries({
    "as Helm writes it": "metadata:\n  name: there\n  labels:\n    app: metallb\n",
    "with annotations": "metadata:\n  annotations:\n    own: kept\n  name: there\n",
    "with annotations at its end, and a comment": "metadata:\n  name: there\n\n  # ours\n  annotations:\n    own: |-\n      name: other\n",
    "with empty annotations": "metadata:\n  name: there\n  annotations: {}\n",
    "with annotations in one line": "metadata:\n  name: there\n  annotations: { own: kept }\n",
    "with deeper indentation": "metadata:\n    name: there\n    annotations:\n        own: kept\n",
    "with quotes": 'metadata:\n  \'name\': "there"\n  "annotations":\n    own: kept\n',
    "in one line": "metadata: { name: there }\n",
    "with an annotation that the order sets": `metadata:\n  name: there\n  annotations:\n    ${DELETION_POLICY}: foreground\n`,
  })) {
    for (const text of [
      `apiVersion: v1\nkind: Secret\n${metadata}data: {}`,
      `${metadata}kind: Secret\napiVersion: v1\nstringData:\n  a: |+\n    b\n\n`,
    ])
      it(`annotates an object with metadata ${style}, ${text.startsWith("m") ? "which comes first" : "which comes after its kind"}`, async () => {
        const object = parse(text) as Rendered;
        const [ordered] = orderInstall([object], { timeout: 300 });
        assert.deepEqual(parse(await order(text)), ordered);
      });
  }
});
