import assert from "node:assert/strict";

import { stackOf } from "../../config/file-names";
import { readStackFile } from "../../config/stack-file";

const read = (text: string) => readStackFile({ file: "Pulumi.lab-dev.yaml", text });

describe("stack files", () => {
  it("are identified by their name", () => {
    const names = ["Pulumi.lab-dev.yaml", "Pulumi.a.b_c.yaml", "Pulumi.yaml", "Pulumi.lab-dev.yaml.orig", "xPulumi.lab-dev.yaml"];
    assert.deepEqual(names.map(stackOf), ["lab-dev", "a.b_c", undefined, undefined, undefined]);
  });

  it("find the line of a key, or of its nearest existing parent", () => {
    const { lineOf } = read(`# a comment
encryptionsalt: v1:abc
config:
  homelab-network:pools:
    - name: web
      addresses: [10.5.0.0/24,
        10.5.1.0/24]
    - addresses:
        - 10.6.0.0/24
  homelab-network:router: { host: 192.168.50.1 }
`);
    const paths = [
      "pools",
      "pools[0].name",
      "pools[0].addresses[1]",
      "pools[1].addresses[0]",
      "pools[1].name",
      "router.host",
      "gateway.mode",
    ];
    assert.deepEqual(
      paths.map((path) => lineOf?.(path)),
      [4, 5, 7, 9, 8, 10, 3],
    );
  });

  it("resolve aliases", () => {
    const { config } = read("config:\n  homelab-network:a: &x [1]\n  homelab-network:b: *x\n");
    assert.deepEqual(config, { a: [1], b: [1] });
  });

  it("resolve merged objects", () => {
    const { config } = read("config:\n  homelab-network:a: &x { one: 1 }\n  homelab-network:b: { <<: *x, two: 2 }\n");
    assert.deepEqual(config["b"], { one: 1, two: 2 });
  });

  it("may be empty", () => assert.deepEqual([read("").config, read("").problems], [{}, []]));

  it("name the line of a YAML error", () => {
    const [problem] = read("config:\n  homelab-network:pools: [\n").problems;
    assert.deepEqual([problem?.file, problem?.path, problem?.value], ["Pulumi.lab-dev.yaml", "config", "(not shown)"]);
    assert.match(problem?.rule ?? "", /^not YAML: [^\n]+$/);
    assert.ok((problem?.line ?? 0) >= 2);
  });

  it("ignore keys of other projects", () => {
    const { config, problems } = read("config:\n  kubernetes:context: x\n  pulumi:tags: {}\n  other-project:pools: []\n");
    assert.deepEqual([config, problems], [{}, []]);
  });

  it("report which values are encrypted, and keep different ciphertexts distinct", () => {
    const { config, encrypted } = read(
      "config:\n  homelab-network:router:\n    password: { secure: v1:one }\n  homelab-network:pools: [{ secure: v1:two }]\n",
    );
    assert.deepEqual(config, { router: { password: "v1:one" }, pools: ["v1:two"] });
    assert.deepEqual([...encrypted], ["router.password", "pools[0]"]);
  });
});
