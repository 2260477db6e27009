import assert from "node:assert/strict";

import { findShared } from "../../../cli/all/shared-clusters";
import { ONE, OTHER } from "../../support/identities";

const identities = new Map([
  ["lab-dev", ONE],
  ["lab-edge", OTHER],
  ["lab-prod", ONE],
]);
const stacks = async (recorded: Readonly<Record<string, string>>) => [
  ...(await findShared(identities, (stack) => Promise.resolve(recorded[stack]))).keys(),
];

describe("stacks that reach the same cluster", () => {
  it("are all refused if none was deployed to it", async () => assert.deepEqual(await stacks({}), ["lab-dev", "lab-prod"]));

  it("are refused except the one that was deployed to it", async () => {
    assert.deepEqual(await stacks({ "lab-dev": ONE, "lab-prod": OTHER }), ["lab-prod"]);
  });

  it("are reported with the cluster's identity and the fix", async () => {
    const reason = (await findShared(identities, () => Promise.resolve(undefined))).get("lab-prod");
    assert.equal(
      reason,
      `it reaches the same cluster as stack lab-dev (identity ${ONE}), and each stack needs a cluster of its own; correct cluster.kubeconfig or cluster.context`,
    );
  });

  it("are not looked up in the states if each reaches a cluster of its own", async () => {
    const apart = new Map([...identities].filter(([stack]) => stack !== "lab-prod"));
    assert.equal((await findShared(apart, () => Promise.reject(new Error("a state was read")))).size, 0);
  });
});
