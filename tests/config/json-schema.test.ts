import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import Ajv from "ajv";
import { parse } from "yaml";

import { SCHEMA_FILE, stackJsonSchema, stackJsonSchemaText } from "../../config/json-schema";
import { fixtures } from "../support/fixtures";
import { fieldsOf, type SchemaNode } from "../support/schema-fields";
import { HOUSEHOLD, ROOT } from "../support/stack-files";

describe("the JSON Schema of stack files", () => {
  const schema = stackJsonSchema() as SchemaNode;
  const config = schema.properties?.["config"] ?? {};
  const validate = new Ajv({ strict: false }).compile(schema);

  it("matches the committed file", () => {
    const committed = readFileSync(join(ROOT, SCHEMA_FILE), "utf8");
    assert.ok(committed === stackJsonSchemaText(), `${SCHEMA_FILE} is out of date: run bin/homelab schema, which writes it, and commit it`);
  });

  for (const stack of ["lab-dev", "lab-prod"]) {
    it(`is the schema that editors find from the example ${stack} in a project folder`, () => {
      const [header = ""] = readFileSync(join(HOUSEHOLD, `Pulumi.${stack}.yaml`), "utf8").split("\n");
      const link = /^# yaml-language-server: \$schema=(\S+)$/.exec(header)?.[1] ?? "";
      assert.equal(resolve(ROOT, link), join(ROOT, SCHEMA_FILE));
    });
  }

  it("has a description and an example for every field, and a default for every optional field", () => {
    const fields = fieldsOf(config);
    assert.ok(fields.length > 60, `only ${fields.length} fields found`);
    for (const { path, field, required } of fields) {
      assert.match(field.description ?? "", /\S{3}/, `${path} has no description`);
      assert.ok((field.examples ?? []).length > 0, `${path} has no example`);
      assert.ok(required || "default" in field || /default: /.test(field.description ?? ""), `${path} says no default`);
    }
  });

  it("accepts its own examples and defaults", () => {
    for (const { path, field } of fieldsOf(config)) {
      const accepts = new Ajv({ strict: false }).compile(field);
      for (const example of [...(field.examples ?? []), ...("default" in field ? [field.default] : [])]) {
        assert.ok(accepts(example), `${path}: ${JSON.stringify(example)}`);
      }
    }
  });

  const stackFiles = (kind: "valid" | "invalid") => fixtures(kind).flatMap(({ name, files }) => files.map(({ text }) => ({ name, text })));

  for (const { name, text } of stackFiles("valid").filter(({ name }) => name !== "stack-without-plan")) {
    it(`accepts ${name}`, () => assert.ok(validate(parse(text)), JSON.stringify(validate.errors)));
  }

  it("refuses the errors that an editor can find", () => {
    const refused = new Set(
      stackFiles("invalid")
        .filter(({ text }) => !validate(parse(text, { uniqueKeys: false })))
        .map(({ name }) => name),
    );
    for (const name of [
      "unknown-section",
      "router-unknown-key",
      "router-port",
      "router-port-type",
      "gateway-mode",
      "gateway-two",
      "pools-none",
    ]) {
      assert.ok(refused.has(name), name);
    }
    for (const name of ["metallb-version", "pool-name", "cluster-context-missing", "advertisement-label", "pool-netmask-key"]) {
      assert.ok(refused.has(name), name);
    }
  });
});
