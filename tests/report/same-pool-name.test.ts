import assert from "node:assert/strict";

import fc from "fast-check";

import { parseHousehold } from "../../config/household";
import type { UnresolvedPlan } from "../../config/plan";
import { PlanError } from "../../config/problem";
import type { Live } from "../../report/picture/picture";
import { drawPlan } from "../../report/picture/picture";
import type { Mark, Marks } from "../../report/picture/marks";
import { rowsOf } from "../../report/rows";
import { addressTable, formTable, forTerminal, serviceTable } from "../../report/table";
import { households, stackText } from "../support/plans";
import type { Config } from "../support/stack-files";
import { fixture } from "./household";

type Stacks = readonly (readonly [stack: string, config: Config])[];

/** Returns the same household with unique pool names, each as long as the shared one. */
const renamed = (stacks: Stacks): Stacks =>
  stacks.map(([stack, config], s) => {
    const pools = config["pools"] as { name: string }[];
    return [stack, { ...config, pools: pools.map((pool) => ({ ...pool, name: pool.name.replace("pool", `s${s}-p`) })) }];
  });

/** Replaces the unique names in a text with the shared ones. */
const withSharedNames = (text: string) => text.replaceAll(/s\d-p(?=\d)/g, "pool");

/** Returns a service in each pool, by stack, with a unique name and address. */
const servicesIn = (plans: readonly UnresolvedPlan[]): Live =>
  new Map(
    plans.map(({ stack, pools }, s) => {
      const services = pools.map(({ name }, p) => ({ name: `${stack}/web-${p}`, addresses: [`10.5.${s}.${p}`], pool: name }));
      return [stack, { nodes: [], services, pools: pools.map(({ name }) => name) }];
    }),
  );

/** Returns a mark for each pool, which differs between stacks. */
const marksFor = (plans: readonly UnresolvedPlan[]): Marks =>
  new Map(
    plans.map(({ stack, pools }, s) => {
      const mark = (p: number): Mark => (["ok", "failed", "unknown"] as const)[(s + p) % 3] ?? "ok";
      return [stack, { pools: new Map(pools.map(({ name }, p) => [name, mark(p)])) }];
    }),
  );

/** Returns everything that `homelab plan` and the report pages show of a household, as one text. */
function renderAll(stacks: Stacks): string {
  let plans: readonly UnresolvedPlan[];
  try {
    plans = parseHousehold(stacks.map(([stack, config]) => stackText(stack, config))).map(({ plan }) => plan);
  } catch (error) {
    if (error instanceof PlanError) return error.message;
    throw error;
  }
  const [live, rows] = [servicesIn(plans), rowsOf(plans)];
  const tables = [addressTable(rows), formTable(rows), serviceTable(live)].map(forTerminal);
  return [...tables, drawPlan(plans), drawPlan(plans, live, marksFor(plans))].join("\n\n");
}

describe("stacks whose pools have the same names", () => {
  it("are accepted, listed and drawn exactly as with different names", () => {
    let accepted = 0;
    fc.assert(
      fc.property(households, (stacks) => {
        const text = renderAll(stacks);
        if (text.includes("<svg") && stacks.length > 1) accepted++;
        assert.equal(text, withSharedNames(renderAll(renamed(stacks))));
      }),
      { numRuns: 200 },
    );
    assert.ok(accepted > 10, `only ${accepted} accepted: the property says little`);
  });

  it("have one row and one route each, to their own cluster's next hop", () => {
    const rows = rowsOf(fixture("same-pool-name")).map(({ cidr, cluster, pool, form }) => [cidr, cluster, pool, form?.gateway]);
    assert.deepEqual(rows, [
      ["10.5.0.0/24", "lab-dev", "primary", "192.168.50.11"],
      ["10.6.0.0/24", "lab-prod", "primary", "192.168.50.21"],
    ]);
  });

  it("have separate services and marks in the picture", () => {
    const plans = fixture("same-pool-name");
    const marks: Marks = new Map([
      ["lab-dev", { pools: new Map([["primary", "ok"]]) }],
      ["lab-prod", { pools: new Map([["primary", "failed"]]) }],
    ]);
    const svg = drawPlan(plans, servicesIn(plans), marks);
    const seen = [...svg.matchAll(/<title>(ok|failed)<|>(lab-\w+(?:\/web-0)?|primary)</g)].map(([, mark, text]) => mark ?? text);
    assert.deepEqual(
      seen.filter((text) => text !== undefined),
      ["lab-dev", "primary", "lab-dev/web-0", "ok", "lab-prod", "primary", "lab-prod/web-0", "failed"],
    );
  });
});
