/** Checks usage that does not depend on the machine's load. tests/support/budget.ts has the limits. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROJECT } from "../../config/file-names";
import type { Deployment } from "../../engine/deployment";
import { readStateFile } from "../../engine/state-file";
import type { Lab } from "../../lab/lab";
import { withinBudget } from "../support/budget";
import { pulumi } from "../support/lab";
import { deployed, sharedLab } from "../support/shared-lab";
import { usageOf, type Usage } from "../support/usage";

const stack = "lab-dev";
const runs = {
  preview: ["preview", "--expect-no-changes"],
  up: ["up", "--yes", "--skip-preview", "--expect-no-changes"],
} as const;

describe("the usage of a run of the program", () => {
  let lab: Lab;
  let first: Usage;

  before(async () => {
    lab = await sharedLab(__filename);
    first = await usageOf(lab, stack, () => pulumi(lab, stack, ["up", "--yes", "--skip-preview"]));
    deployed.add(stack);
  });

  const exported = async (): Promise<Deployment> =>
    (JSON.parse(await pulumi(lab, stack, ["stack", "export"])) as { deployment: Deployment }).deployment;

  it("includes no CLI for the state, which is read from its file in the engine's layout", async () => {
    const read = readStateFile(PROJECT, stack, { folder: lab.folders.project, env: lab.engine.environment });
    const urns = ({ resources = [] }: Deployment): string[] => resources.map(({ urn }) => urn);
    assert.deepEqual(urns(read ?? {}), urns(await exported()));
  });

  it("stays within the limit of resources", async () => {
    const deployment = await exported();
    withinBudget(
      "resources",
      (deployment.resources ?? []).map(({ type }) => type),
    );
  });

  it("stays within the limit of connections to the router when everything is created", () =>
    withinBudget("firstConnections", first.connections));

  for (const [name, args] of Object.entries(runs) as ["preview" | "up", readonly string[]][]) {
    describe(`with nothing to change, in ${name}`, () => {
      let usage: Usage;
      before(async () => (usage = await usageOf(lab, stack, () => pulumi(lab, stack, args))));

      it("stays within the limit of requests to the cluster", () => withinBudget(`${name}Requests`, usage.requests));
      it("stays within the limit of connections to the router", () => withinBudget(`${name}Connections`, usage.connections));
    });
  }

  it("deletes no resource with an index.ts that lost its content, which registers none", async () => {
    const file = path.join(lab.folders.project, "index.ts");
    const target = fs.readlinkSync(file);
    const recorded = async (): Promise<unknown> => (await exported()).resources?.map(({ urn, id }) => ({ urn, id }));
    const before = await recorded();
    fs.unlinkSync(file);
    fs.writeFileSync(file, "");
    await assert
      .rejects(pulumi(lab, stack, ["up", "--yes", "--skip-preview"]), /index\.ts has no program, so it is damaged/)
      .finally(() => {
        fs.unlinkSync(file);
        fs.symlinkSync(target, file);
      });
    assert.deepEqual(await recorded(), before);
  });
});
