import assert from "node:assert/strict";

import { withoutCluster } from "../../cli/adopt/engine";
import { refusalOf, type ForgetInputs } from "../../cli/forget-cluster";
import { ONE, OTHER } from "../support/identities";

const urn = (type: string, name: string) => `urn:pulumi:lab-dev::homelab-network::${type}::${name}`;
const identity = urn("pulumi:index:Stash", "cluster-identity");
const provider = urn("homelab:network:ClusterNetwork$pulumi:providers:kubernetes", "kubernetes");
const hop = urn("homelab:network:ClusterNetwork$homelab:network:NextHop$kubernetes:core/v1:Service", "next-hop-192-168-50-240");
const route = urn("homelab:network:StaticRoute", "route");
const command = urn("homelab:network:StaticRoute$command:remote:Command", "route");
const protection = urn("homelab:network:Protection", "pools.protect");

describe("a state that forgets its cluster", () => {
  const resource = (of: string, more: object = {}) => ({ urn: of, type: of.split("::")[2]?.split("$").at(-1) ?? "", ...more });
  const resources = [
    resource(urn("pulumi:pulumi:Stack", "homelab-network-lab-dev")),
    resource(identity),
    resource(provider, { dependencies: [identity] }),
    resource(hop),
    resource(route),
    resource(command, { dependencies: [hop, route], propertyDependencies: { stdin: [hop], create: null } }),
    resource(protection, { dependencies: [provider, command] }),
  ];

  it("keeps the routes, without their dependencies on forgotten resources", () => {
    const kept = withoutCluster({ resources }).resources ?? [];
    assert.deepEqual(
      kept.map((one) => one.urn.split("::").at(-1)),
      ["homelab-network-lab-dev", "route", "route"],
    );
    const { dependencies, propertyDependencies } = kept.at(-1) ?? {};
    assert.deepEqual([dependencies, propertyDependencies], [[route], { stdin: [], create: [] }]);
  });

  it("forgets pending operations in the cluster, and keeps those on the router", () => {
    const operations = [hop, command].map((of) => ({ type: "creating" as const, resource: resource(of, { dependencies: [hop] }) }));
    const { pending_operations: kept } = withoutCluster({ resources, pending_operations: operations });
    assert.deepEqual(kept, [{ type: "creating", resource: resource(command, { dependencies: [] }) }]);
  });

  it("removes the identity from the stack's outputs, and keeps the next hop, which mode auto needs", () => {
    const outputs = { cluster: { name: "lab-dev", identity: ONE }, nextHop: "192.168.50.11" };
    const [kept] =
      withoutCluster({ resources: [resource(urn("pulumi:pulumi:Stack", "homelab-network-lab-dev"), { outputs })] }).resources ?? [];
    assert.deepEqual(kept?.outputs, { nextHop: "192.168.50.11" });
  });

  it("is unchanged if it has nothing of a cluster", () => {
    const routes = resources.filter((one) => one.urn.includes("StaticRoute") && one.urn !== command);
    assert.deepEqual(withoutCluster({ resources: routes }).resources, routes);
  });
});

describe("a stack may forget its cluster", () => {
  const none = new Map<string, string>();
  const refusal = (circumstances: Partial<ForgetInputs>) =>
    refusalOf("lab-dev", { recorded: ONE, found: { identity: OTHER, hasNamespace: false }, others: none, ...circumstances });

  it("if an unrecorded cluster answers, or none does", () => {
    assert.equal(refusal({}), undefined);
    assert.equal(refusal({ found: { error: "it is switched off" } }), undefined);
  });

  it("but not if the recorded cluster answers", () => {
    assert.match(refusal({ found: { identity: ONE, hasNamespace: true } }) ?? "", /still answers \(identity 1111/);
  });

  it("but not if another stack's cluster answers, because of a wrong kubeconfig", () => {
    const others = new Map([["lab-prod", OTHER]]);
    for (const recorded of [ONE, undefined])
      assert.match(
        refusal({ recorded, others }) ?? "",
        /which is the cluster of stack lab-prod; correct .* in Pulumi\.lab-dev\.yaml first/,
      );
  });

  it("even if it answers, if another stack has recorded the same cluster: one of the two must leave it", () => {
    assert.equal(refusal({ found: { identity: ONE, hasNamespace: true }, others: new Map([["lab-prod", ONE]]) }), undefined);
  });

  it("but not without a record, if MetalLB's namespace in the state is in the cluster that answers", () => {
    assert.match(
      refusal({ recorded: undefined, found: { identity: ONE, hasNamespace: true } }) ?? "",
      /"pulumi up --stack lab-dev" records/,
    );
    assert.equal(refusal({ recorded: undefined }), undefined);
  });
});
