import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import Ajv, { type ValidateFunction } from "ajv";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";

import { Progress } from "../../../lab/progress";
import { provideTools } from "../../../lab/tools/toolbox";
import { parseHousehold } from "../../../config/household";
import { advertisementManifest, poolManifest } from "../../../cluster/manifests/manifests";
import type { UnresolvedPlan } from "../../../config/plan";
import { PlanError } from "../../../config/problem";
import type { StackText } from "../../../config/stack-file";
import { fixtures } from "../../support/fixtures";
import { households, stackText } from "../../support/plans";

interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: { readonly name: string; readonly schema: { readonly openAPIV3Schema: object } }[];
  };
}

/** Validates as the API server does with strict field validation, which rejects fields that the schema lacks. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  return "properties" in inner && inner["type"] === "object" ? { additionalProperties: false, ...inner } : inner;
}

describe("the manifests of accepted plans", () => {
  const validators = new Map<string, ValidateFunction>();

  before(async () => {
    const { chart } = await provideTools(new Progress());
    const file = join(chart, "charts", "crds", "templates", "crds.yaml");
    // Template lines are in comments or braces, outside of the schemas.
    const text = readFileSync(file, "utf8").replace(/\{\{.*?\}\}/gs, "");
    for (const document of parseAllDocuments(text)) {
      const definition = document.toJS() as Definition | null;
      for (const { name, schema } of definition?.spec.versions ?? []) {
        const { properties, ...rest } = strict(schema.openAPIV3Schema) as { properties: object };
        const whole = { ...rest, properties: { ...properties, metadata: { type: "object" } } };
        validators.set(`metallb.io/${name} ${definition?.spec.names.kind}`, new Ajv({ strict: false, logger: false }).compile(whole));
      }
    }
  });

  const errorsOf = (manifest: { apiVersion: string; kind: string }) => {
    const validate = validators.get(`${manifest.apiVersion} ${manifest.kind}`);
    assert.ok(validate, `the chart has no ${manifest.apiVersion} ${manifest.kind}`);
    validate(manifest);
    return validate.errors ?? [];
  };
  const manifestsOf = ({ pools, advertisements, metallb }: UnresolvedPlan) => [
    ...pools.map((pool) => poolManifest(pool, metallb.namespace)),
    ...advertisements.map((advertisement) => advertisementManifest(advertisement, metallb.namespace)),
  ];
  const plansOf = (files: readonly StackText[]) => parseHousehold(files).map(({ plan }) => plan);

  it("match the chart's own schemas, for every valid fixture", () => {
    for (const { name, files } of fixtures("valid")) {
      for (const manifest of plansOf(files).flatMap(manifestsOf)) assert.deepEqual(errorsOf(manifest), [], name);
    }
  });

  it("match the chart's own schemas, for every plan that is accepted", () => {
    let accepted = 0;
    fc.assert(
      fc.property(households, (stacks) => {
        try {
          const plans = plansOf(stacks.map(([stack, config]) => stackText(stack, config)));
          accepted++;
          for (const manifest of plans.flatMap(manifestsOf)) assert.deepEqual(errorsOf(manifest), []);
        } catch (error) {
          if (!(error instanceof PlanError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(accepted > 20, `only ${accepted} accepted: the property says little`);
  });

  it("are rejected with a misspelt field, a text for a number, or without addresses", () => {
    const manifest = { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: { name: "web" } };
    const specs = [
      { addresses: ["10.5.0.0/24"], autoassign: true },
      { addresses: ["10.5.0.0/24"], serviceAllocation: { priority: "1" } },
      {},
    ];
    for (const spec of specs) assert.notDeepEqual(errorsOf({ ...manifest, spec } as never), []);
  });
});
