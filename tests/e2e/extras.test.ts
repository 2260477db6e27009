import assert from "node:assert/strict";
import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { provideHelm } from "../../lab/tools/extras";
import { kubeconfigOf } from "../../lab/folders";
import { endLab, raiseLab } from "../support/lab";

const stack = "lab-dev";

describe("the helm CLI in the lab", () => {
  let lab: Lab;

  before(async () => {
    await provideHelm(new Progress());
    lab = await raiseLab("test-extras", { stacks: [stack] });
  });
  after(() => endLab(lab));

  const helm = async (...args: string[]): Promise<string> => {
    const env = { ...lab.engine.environment, KUBECONFIG: kubeconfigOf(lab.folders, stack) };
    return (await lab.operator.exec(["sh", "-c", 'exec helm "$@"', "helm", ...args], { env })).stdout;
  };

  it("is found on the operator's PATH, and reaches the cluster", async () => {
    assert.equal(await helm("version", "--template", "{{.Version}}"), "v3.19.5");
    assert.equal(await helm("list", "--all-namespaces", "--output", "json"), "[]");
  });
});
