/** A deployed stack keeps every resource: invariant 6. */
import assert from "node:assert/strict";

import { Home } from "../support/home";
import { runProgram, type Registered } from "../support/program";
import { devConfig } from "../support/stack-files";

/** The URNs in the states of stacks that were deployed before the components had arguments of their own. */
const inStates = [
  "homelab:network:ClusterNetwork::cluster",
  "homelab:network:ClusterNetwork$homelab:network:AddressPools$kubernetes:metallb.io/v1beta1:IPAddressPool::lab-dev",
  "homelab:network:ClusterNetwork$homelab:network:AddressPools$kubernetes:metallb.io/v1beta1:L2Advertisement::pools",
  "homelab:network:ClusterNetwork$homelab:network:AddressPools::pools",
  "homelab:network:ClusterNetwork$homelab:network:MetalLb$kubernetes:core/v1:Namespace::metallb-system",
  "homelab:network:ClusterNetwork$homelab:network:MetalLb$kubernetes:helm.sh/v4:Chart::metallb",
  "homelab:network:ClusterNetwork$homelab:network:MetalLb::metallb",
  "homelab:network:ClusterNetwork$homelab:network:NextHop$kubernetes:core/v1:Service::next-hop-192-168-50-240",
  "homelab:network:ClusterNetwork$homelab:network:NextHop$kubernetes:metallb.io/v1beta1:IPAddressPool::next-hop-192-168-50-240",
  "homelab:network:ClusterNetwork$homelab:network:NextHop$kubernetes:metallb.io/v1beta1:L2Advertisement::next-hop-192-168-50-240-advertisement",
  "homelab:network:ClusterNetwork$homelab:network:NextHop::next-hop",
  "homelab:network:ClusterNetwork$pulumi:providers:kubernetes::kubernetes",
  "homelab:network:Protection::pools.protect",
  "homelab:network:StaticRoute$command:remote:Command::route",
  "homelab:network:StaticRoute::route",
];

describe("the program", () => {
  it("keeps the URNs of deployed states, and gives components no inputs, which would be changes", async () => {
    const home = new Home();
    try {
      const floating = { "gateway.mode": "floating", "gateway.addresses": ["192.168.50.240"] };
      const config = devConfig({ "router.hostKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuK", ...floating });
      const state = ["192.168.50.1", "10.5.0.0>255.255.255.0>192.168.50.240>0>LAN"] as const;
      const { resources } = await runProgram("lab-dev", config, { preview: true, state });
      const byKey = new Map(resources.map((resource) => [`${resource.type}::${resource.name}`, resource]));
      const typesOf = ({ type, parent }: Registered): string => {
        const above = byKey.get(parent);
        return above === undefined ? type : `${typesOf(above)}$${type}`;
      };
      assert.deepEqual(resources.map((resource) => `${typesOf(resource)}::${resource.name}`).sort(), [...inStates].sort());
      const components = resources.filter(({ type }) => type.startsWith("homelab:"));
      assert.deepEqual(
        components.filter(({ inputs }) => Object.keys(inputs).length > 0).map(({ name }) => name),
        [],
      );
    } finally {
      home.remove();
    }
  });
});
