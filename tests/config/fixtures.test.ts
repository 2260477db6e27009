import assert from "node:assert/strict";

import { parseHousehold } from "../../config/household";
import { formatProblem, PlanError } from "../../config/problem";
import { readStackFile } from "../../config/stack-file";
import { fixtures, type Fixture } from "../support/fixtures";
import { configFields, fieldPath, leavesOf } from "../support/schema-fields";

function refusal({ name, files }: Fixture): PlanError {
  try {
    parseHousehold(files);
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
  assert.fail(`${name} was accepted`);
}

describe("invalid stack files", () => {
  const all = fixtures("invalid");

  it("are at least 30, each with its expected message", () => {
    assert.ok(all.length >= 30, `only ${all.length}`);
    assert.deepEqual(
      all.filter(({ message }) => message === undefined).map(({ name }) => name),
      [],
    );
  });

  for (const fixture of all) {
    it(`refuses ${fixture.name} in one line with file, key, value, rule and fix`, () => {
      const { message, problems } = refusal(fixture);
      assert.equal(message, fixture.message);
      assert.equal(problems.length, 1, "a fixture has one defect");
      for (const problem of problems) {
        const { file, line, path, value, rule, fix } = problem;
        assert.ok(fixture.files.some((one) => one.file === file));
        assert.ok(line !== undefined && line > 0, "no line");
        for (const part of [path, value, rule, fix]) assert.match(part, /\S/);
        assert.match(formatProblem(problem), /^[^\n]+$/);
      }
    });

    it(`shows no secret for ${fixture.name}`, () => assert.doesNotMatch(refusal(fixture).message, /not-to-be-printed/));
  }

  it("name both files and both lines if two stacks conflict", () => {
    const pairs = all.filter(({ files }) => files.length > 1);
    assert.ok(pairs.length >= 5);
    for (const { name, files, message = "" } of pairs) {
      for (const { file } of files) assert.match(message, new RegExp(`${file}:\\d+: `), name);
    }
  });
});

describe("valid stack files", () => {
  const all = fixtures("valid");

  it("are at least 10", () => assert.ok(all.length >= 10, `only ${all.length}`));

  for (const { name, files } of all) {
    it(`accepts ${name}`, () => assert.ok(parseHousehold(files).length > 0));
  }

  const plansOf = (fixtureName: string) => {
    const fixture = all.find(({ name }) => name === fixtureName);
    assert.ok(fixture, fixtureName);
    return parseHousehold(fixture.files).map(({ plan }) => plan);
  };

  it("has as many plans as the household has clusters", () => {
    assert.deepEqual(
      ["three-clusters", "twenty-clusters", "stack-without-plan"].map((name) => plansOf(name).length),
      [3, 20, 1],
    );
  });

  it("creates no route for pools with route: false, for ranges, IPv6 and pools on the LAN", () => {
    const routes = ["ranges", "ipv6-pools", "dual-stack-pool"].map((name) =>
      plansOf(name).flatMap((plan) => plan.routes.map(({ pool, destination }) => `${pool} ${destination.text}`)),
    );
    assert.deepEqual(routes, [["routed 10.5.0.0/24"], ["lab-dev 10.5.0.0/24"], []]);
  });

  it("set every field of the schema in every-field and secrets, so that tests of these two cover all fields", () => {
    const files = all.filter(({ name }) => ["every-field", "secrets"].includes(name)).flatMap((fixture) => fixture.files);
    const written = files.flatMap((file) => leavesOf(readStackFile(file).config)).map(fieldPath);
    const holds = (field: string) =>
      written.some((path) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[]`));
    const fields = configFields().map(({ path }) => path);
    assert.ok(fields.length > 60, `only ${fields.length} fields found`);
    assert.deepEqual(
      fields.filter((field) => !holds(field)),
      [],
    );
  });

  it("accepts every field of the schema", () => {
    const [plan] = plansOf("every-field");
    assert.deepEqual(plan?.cluster, { name: "home", context: "lab-dev" });
    assert.deepEqual(plan?.advertisements[1], {
      name: "wifi",
      pools: ["lan"],
      nodeSelectors: [
        {
          matchLabels: { "kubernetes.io/hostname": "lab-dev-2" },
          matchExpressions: [{ key: "antenna", operator: "NotIn", values: ["none"] }],
        },
      ],
      interfaces: ["wlan0"],
      serviceSelectors: [
        {
          matchLabels: { "app.kubernetes.io/part-of": "media" },
          matchExpressions: [{ key: "tier", operator: "NotIn", values: ["test"] }],
        },
      ],
      preferredNodeSelectors: [
        { weight: 100, preference: { matchLabels: { uplink: "fast" } } },
        { weight: 50, preference: { matchExpressions: [{ key: "antenna", operator: "In", values: ["wide"] }] } },
      ],
    });
    assert.equal(plan?.metallb.gratuitousARPInterval, 10);
    assert.deepEqual(plan?.pools[1]?.serviceAllocation?.priority, 10);
    assert.equal(plan?.gateway.mustBeMaster, true);
    assert.equal(plan?.gateway.reserve, true);
    assert.deepEqual(plan?.router.reservations, [{ address: "192.168.50.12" }, { address: "192.168.50.13", mac: "D8:3A:DD:00:00:13" }]);
    const reserved: Record<string, readonly { text: string }[]> = { ...plan?.reserved };
    assert.deepEqual(
      Object.entries(reserved).map(([kind, blocks]) => `${kind} ${blocks.map(({ text }) => text).join()}`),
      [
        "dhcp 192.168.50.100-192.168.50.199",
        "nodes 192.168.50.11,192.168.50.12-192.168.50.19",
        "pods 10.42.0.0/16",
        "services 10.43.0.0/16",
        "others 192.168.101.0/24",
      ],
    );
  });
});
