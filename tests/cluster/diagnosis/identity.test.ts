import assert from "node:assert/strict";

import { findWrongCluster } from "../../../cluster/diagnosis/identity";
import { ONE, OTHER } from "../../support/identities";

const plan = { stack: "lab-prod", cluster: { name: "lab-prod", context: "prod" } };
const find = (recorded: string | undefined, actual: string, others: Readonly<Record<string, string>> = {}) =>
  findWrongCluster(plan, { recorded, actual, server: "https://192.168.50.11:6443", others: new Map(Object.entries(others)) });

describe("a cluster's identity", () => {
  it("is accepted if it is the recorded one", () => assert.equal(find(ONE, ONE, { "lab-dev": OTHER }), undefined));

  it("is accepted before the first deployment if no other stack has it", () =>
    assert.equal(find(undefined, ONE, { "lab-dev": OTHER }), undefined));

  it("is refused if it is another one, with both identities, the context, the server and the fix", () => {
    assert.deepEqual(find(ONE, OTHER), {
      path: "cluster.context",
      value: '"prod"',
      rule: `stack lab-prod is deployed to the cluster with identity ${ONE} (the UID of namespace kube-system), and the cluster that answers at https://192.168.50.11:6443 has identity ${OTHER}`,
      fix: 'correct cluster.kubeconfig or cluster.context; or, if the cluster was rebuilt, run "homelab forget-cluster lab-prod" and deploy again',
    });
  });

  it("is refused if it is another stack's cluster, without the advice for a rebuilt cluster", () => {
    const finding = find(ONE, OTHER, { "lab-dev": OTHER });
    assert.match(finding?.rule ?? "", new RegExp(`has identity ${OTHER}, which is the cluster of stack lab-dev$`));
    assert.equal(finding?.fix, "correct cluster.kubeconfig or cluster.context");
  });

  it("is refused at the first deployment if another stack has it", () => {
    const finding = find(undefined, OTHER, { "lab-dev": OTHER });
    assert.equal(
      finding?.rule,
      `the cluster that answers at https://192.168.50.11:6443 has identity ${OTHER}, which is the cluster of stack lab-dev, and each stack needs a cluster of its own`,
    );
  });

  it("ignores the stack's own entry among the other stacks", () => assert.equal(find(undefined, ONE, { "lab-prod": ONE }), undefined));

  it("never leads to the advice to refresh", () => {
    for (const finding of [find(ONE, OTHER), find(ONE, OTHER, { "lab-dev": OTHER }), find(undefined, ONE, { "lab-dev": ONE })])
      assert.doesNotMatch(JSON.stringify(finding), /refresh/);
  });
});
