/** Runs a stack on other releases of Pulumi's parts than the one that deployed it. */
import assert from "node:assert/strict";

import type { Deployment } from "../../engine/deployment";
import type { Lab } from "../../lab/lab";
import { kubernetesProviderRelease } from "../../lab/tools/installed";
import { pulumi } from "../support/lab";
import { deploy, sharedLab } from "../support/shared-lab";

const stack = "lab-dev";
const PROVIDER = "pulumi:providers:kubernetes";

/** The parts of a step in the output of `pulumi preview --json`. */
interface Step {
  readonly op: string;
  readonly urn: string;
  readonly diffReasons?: readonly string[];
}

describe(`a deployed stack, with Kubernetes provider ${kubernetesProviderRelease()}`, () => {
  let lab: Lab;
  before(async () => {
    lab = await sharedLab(__filename);
    await deploy(lab, stack);
  });

  it("replaces nothing when the provider that deployed it was an earlier release", async () => {
    const state = JSON.parse(await pulumi(lab, stack, ["stack", "export"])) as { deployment: Deployment };
    for (const { type, inputs = {}, outputs = {} } of state.deployment.resources ?? []) {
      if (type !== PROVIDER) continue;
      for (const values of [inputs, outputs] as Record<string, unknown>[]) {
        values["version"] = "4.25.0";
        delete values["upsertExistingObjects"];
      }
    }
    await lab.engine.pulumi(["stack", "import", "--stack", stack], { stdio: "pipe", input: JSON.stringify(state) });
    const { steps } = JSON.parse(await pulumi(lab, stack, ["preview", "--json"])) as { steps: Step[] };
    assert.deepEqual(
      steps.filter(({ op }) => op !== "same").map(({ op, urn, diffReasons }) => [op, urn.split("::")[2], diffReasons]),
      [["update", `homelab:network:ClusterNetwork$${PROVIDER}`, ["upsertExistingObjects", "version"]]],
    );
    await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
    await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
  });

  it("is refreshed with the program after somebody deleted a pool, which the next up creates again", async () => {
    const cluster = lab.cluster(stack);
    await cluster.kubectl(["delete", "ipaddresspool", "--all", "--namespace", "metallb-system"]);
    await pulumi(lab, stack, ["refresh", "--yes", "--run-program"]);
    const { deployment } = JSON.parse(await pulumi(lab, stack, ["stack", "export"])) as { deployment: Deployment };
    assert.deepEqual(
      deployment.resources?.filter(({ type }) => type.endsWith(":IPAddressPool")),
      [],
    );
    await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
    await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
  });
});
