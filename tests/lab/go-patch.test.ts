import assert from "node:assert/strict";
import { goTools } from "../../lab/tools/catalogue";
import { type Patch, patched } from "../../lab/tools/patch";

const file = { module: "example.org/m", file: "a.go" };

describe("a patch of a Go module", () => {
  it("replaces the only occurrence of a text, even if it looks like a regular expression", () => {
    assert.equal(patched("f(a.b, c)\nf(axb, c)\n", { ...file, from: "f(a.b", to: "g($&" }), "g($&, c)\nf(axb, c)\n");
  });

  it("replaces all places of a pattern, line by line", () => {
    assert.equal(patched("x 1\nx 2\ny 3\n", { ...file, from: { pattern: "^x \\d$\\n", places: 2 }, to: "" }), "y 3\n");
  });

  for (const [what, text, from, reason] of [
    ["a missing text", "b", "a", "the text that a patch replaces 0 times, but the patch expects 1"],
    ["a text that occurs twice", "a a", "a", "the text that a patch replaces 2 times, but the patch expects 1"],
    [
      "a pattern with another number of matches",
      "a a",
      { pattern: "a", places: 3 },
      "the text that a patch replaces 2 times, but the patch expects 3",
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => patched(text, { ...file, from, to: "" }), {
        message: `example.org/m/a.go contains ${reason}: compare it with the release`,
      });
    });
  }
});

/** Returns a file in the shape of the SDK's: 61 packages, 157 kinds, and a default for all other kinds. */
function kindSwitch(cases: number): string {
  const packages = Array.from({ length: 61 }, (_, index) => `group${index}v1`);
  const sdk = "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes";
  const imports = packages.map((name, index) => `\t${name} "${sdk}/group${index}/v1"\n`);
  const one = (type: string, token: string): string =>
    `\t\tvar res ${type}\n\t\terr := ctx.RegisterResource(${token}, name, props, &res, opts...)\n\t\tif err != nil {\n\t\t\treturn nil, err\n\t\t}\n\t\treturn &res, nil\n`;
  const kinds = Array.from({ length: cases }, (_, index) => {
    const group = index % packages.length;
    return `\tcase "group${group}/v1/Kind${index}":\n${one(`group${group}v1.Kind${index}`, `"kubernetes:core${group}/v1:Kind${index}"`)}`;
  });
  return [
    `package v2\n\nimport (\n\t"fmt"\n\n`,
    ...imports.slice(0, 3),
    `\t"${sdk}/apiextensions"\n`,
    ...imports.slice(3),
    `\t"github.com/pulumi/pulumi/sdk/v3/go/pulumi"\n)\n\nfunc RegisterResource() {\n\tswitch fullKind {\n`,
    ...kinds,
    `\tdefault:\n${one("apiextensions.CustomResource", 'fmt.Sprintf("kubernetes:%s:%s", apiVersion, kind)')}\t}\n}\n`,
  ].join("");
}

describe("the Kubernetes provider's patches", () => {
  const patches = goTools.find(({ name }) => name === "pulumi-resource-kubernetes")?.patches ?? [];
  const apply = (text: string, name = "kinds.go"): string =>
    patches.filter(({ file }) => file.endsWith(name)).reduce((result: string, patch: Patch) => patched(result, patch), text);

  it("keep only the SDK package with the default's type", () => {
    const [, imports = ""] = /import \(\n([^)]*)\)/.exec(apply(kindSwitch(157))) ?? [];
    assert.deepEqual(imports.split("\n"), [
      '\t"fmt"',
      "",
      '\t"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"',
      '\t"github.com/pulumi/pulumi/sdk/v3/go/pulumi"',
      "",
    ]);
  });

  it("keep the case and the registered name of every kind, and change only the type of the result", () => {
    const body = (text: string): string => text.slice(text.indexOf("func "));
    const published = kindSwitch(157);
    assert.equal(body(apply(published)), body(published).replace(/group\d+v1\.Kind\d+/g, "apiextensions.CustomResource"));
  });

  it("reject a release with another number of kinds", () => {
    assert.throws(() => apply(kindSwitch(158)), /kinds\.go contains .* 158 times, but the patch expects 157/);
  });

  it("remove the version of a kind that Kubernetes no longer has, and keep the others", () => {
    const imports = '\thpav2 "k8s.io/api/autoscaling/v2"\n';
    const old = '\thpav2beta2 "k8s.io/api/autoscaling/v2beta2"\n';
    const oldCase =
      "\t\tcase *hpav2beta2.HorizontalPodAutoscaler:\n\t\t\tfor _, metric := range o.Spec.Metrics {\n\t\t\t\tfound(metric)\n\t\t\t}\n";
    const rest = "\t\tcase *hpav2.HorizontalPodAutoscaler:\n\t\t\tkeep(o)\n\t\t}\n";
    assert.equal(apply(imports + old + oldCase + rest, "normalize.go"), imports + rest);
  });
});
