import assert from "node:assert/strict";

import { withoutCluster } from "../../cli/adopt/engine";

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

  it("keeps the routes, and none of their dependencies on what is forgotten", () => {
    const kept = withoutCluster(resources);
    assert.deepEqual(
      kept.map((one) => one.urn.split("::").at(-1)),
      ["homelab-network-lab-dev", "route", "route"],
    );
    const { dependencies, propertyDependencies } = kept.at(-1) ?? {};
    assert.deepEqual([dependencies, propertyDependencies], [[route], { stdin: [], create: [] }]);
  });

  it("is the same as before if nothing of a cluster is in it", () => {
    const routes = resources.filter((one) => one.urn.includes("StaticRoute") && one.urn !== command);
    assert.deepEqual(withoutCluster(routes), routes);
  });
});
