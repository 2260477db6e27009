import assert from "node:assert/strict";

import { compare } from "../../../report/diff/compare";
import { differenceLines } from "../../../report/diff/lines";
import { diffText } from "../../../report/diff/text";
import { renderedStack, workload } from "../../support/rendered";
import { devConfig } from "../../support/stack-files";

describe("the differences as text", () => {
  it("say that nothing differs", () =>
    assert.equal(diffText(compare([renderedStack()], [renderedStack()])), "Nothing differs: no object, no route and no setting."));

  it("have objects with their fields, routes as the router's form has them, images and settings", () => {
    const version = (tag: string) => workload(`quay.io/metallb/controller:${tag}`, tag);
    const service = (tag: string) => ({ ...version(tag), kind: "ServiceAccount", spec: {} });
    const before = renderedStack(devConfig(), { chart: [version("v1"), service("v1")] });
    const after = renderedStack(devConfig({ "pools[0].addresses": ["10.5.0.0/25"], "metallb.version": "0.16.1" }), {
      chart: [version("v2"), service("v2")],
    });
    assert.equal(
      diffText(compare([before], [after])),
      `lab-dev: 3 objects changed; 1 route added, 1 removed; 1 setting changed
  ~ IPAddressPool metallb-system/lab-dev
      spec.addresses:
      - "10.5.0.0/24"
      + "10.5.0.0/25"
  ~ Deployment metallb-system/metallb-controller
      spec.template.spec.containers[controller].image:
      - "quay.io/metallb/controller:v1"
      + "quay.io/metallb/controller:v2"

     Network/Host IP  Netmask          Gateway        Metric  Router
  -  ---------------  ---------------  -------------  ------  ------------
  -  10.5.0.0         255.255.255.0    192.168.50.11  0       192.168.50.1
  +  10.5.0.0         255.255.255.128  192.168.50.11  0       192.168.50.1

  ~ only the chart's version and descriptions: ServiceAccount metallb-system/metallb-controller

  image quay.io/metallb/controller: v1 -> v2

  settings
      metallb.version:
      - "0.16.2"
      + "0.16.1"`,
    );
  });

  it("have the earlier and the later next hop in one line", () =>
    assert.match(
      diffText(compare([renderedStack()], [renderedStack(devConfig({ "gateway.addresses": ["192.168.50.12"], "router.metric": 2 }))])),
      /^ {2}~ {2}10\.5\.0\.0 {9}255\.255\.255\.0 {2}192\.168\.50\.11 -> 192\.168\.50\.12 {2}0 -> 2 {2}192\.168\.50\.1$/m,
    ));
});

describe("the lines of a difference", () => {
  const lines = (from: unknown, to: unknown) => differenceLines([{ path: "at", from, to }]).slice(1);

  it("are the items of a list that differ, or all of them if only the order differs", () => {
    assert.deepEqual(lines([1, 2, 2], [2, 3]), ["- 1", "- 2", "+ 3"]);
    assert.deepEqual(lines(["a", "b"], ["b", "a"]), ['- "a"', '- "b"', '+ "b"', '+ "a"']);
  });

  it("are the lines of a text that differ", () => assert.deepEqual(lines("one\ntwo\n", "one\nthree\n"), ["- two", "+ three"]));

  it("are one side for a value that only one version has", () => {
    assert.deepEqual(lines(undefined, { a: 1 }), ['+ {"a":1}']);
    assert.deepEqual(lines(false, undefined), ["- false"]);
  });

  it("are not endless", () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ path: `p${index}`, from: 1, to: 2 }));
    assert.equal(differenceLines(many).at(-1), "and 80 more");
    assert.ok(lines("a".repeat(1000), "b").every((line) => line.length <= 300));
    assert.equal(
      lines(
        [],
        Array.from({ length: 100 }, (_, index) => index),
      ).at(-1),
      "and 60 more",
    );
  });
});
