import assert from "node:assert/strict";
import { plansOf } from "../../config/plans";
import { type PlanSummary, spareAddress, topologyOf } from "../../lab/topology";
import { type Cidr, type Ipv4, parseCidr } from "../../config/address/address";
import { HOUSEHOLD } from "../support/stack-files";

function lan(text: string): Cidr {
  const parsed = parseCidr(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

function plan(stack: string, gateway: string, router: Partial<PlanSummary["router"]> = {}): PlanSummary {
  return {
    stack,
    gateway: { mode: "node", address: gateway as Ipv4, mustBeMaster: false, reserve: false },
    router: { host: "192.168.50.1", port: 22, user: "homelab", lan: lan("192.168.50.0/24"), ...router },
  };
}

describe("the lab's topology", () => {
  it("follows the plans: the router, a master per stack, and the middle of the LAN for client and operator", () => {
    const { lan, ...specs } = topologyOf(plansOf(HOUSEHOLD));
    assert.equal(lan.text, "192.168.50.0/24");
    assert.deepEqual(specs, {
      router: { name: "router", address: "192.168.50.1", user: "homelab", port: 22 },
      client: { name: "client", address: "192.168.50.128" },
      operator: { name: "operator", address: "192.168.50.129" },
      nodes: [
        { name: "lab-dev-master", address: "192.168.50.11", role: "master", stack: "lab-dev", pods: "10.244.0.0/24" },
        { name: "lab-prod-master", address: "192.168.50.21", role: "master", stack: "lab-prod", pods: "10.244.0.0/24" },
      ],
    });
  });

  it("gives a master its own address if the next hop belongs to no node, and the next hop to no host", () => {
    const floating = {
      ...plan("a", "192.168.50.12"),
      gateway: { mode: "floating" as const, address: "192.168.50.12" as Ipv4, mustBeMaster: false, reserve: false },
    };
    const { nodes } = topologyOf([floating, plan("b", "192.168.50.13")], { masters: 2 });
    assert.deepEqual(
      nodes.map(({ name, address }) => `${name} ${address}`),
      ["a-master 192.168.50.11", "a-master-2 192.168.50.14", "b-master 192.168.50.13", "b-master-2 192.168.50.15"],
    );
  });

  it("puts further masters and then workers right after their cluster's first master, on free addresses, with their own pod networks", () => {
    const { client, operator, nodes } = topologyOf([plan("a", "192.168.50.11"), plan("b", "192.168.50.13")], { masters: 2, workers: 2 });
    assert.deepEqual([client.address, operator.address], ["192.168.50.128", "192.168.50.129"]);
    assert.deepEqual(
      nodes.map(({ name, address, role, stack, pods }) => [name, address, role, stack, pods].join(" ")),
      [
        "a-master 192.168.50.11 master a 10.244.0.0/24",
        "a-master-2 192.168.50.12 master a 10.244.1.0/24",
        "a-worker-1 192.168.50.14 worker a 10.244.2.0/24",
        "a-worker-2 192.168.50.15 worker a 10.244.3.0/24",
        "b-master 192.168.50.13 master b 10.244.0.0/24",
        "b-master-2 192.168.50.16 master b 10.244.1.0/24",
        "b-worker-1 192.168.50.17 worker b 10.244.2.0/24",
        "b-worker-2 192.168.50.18 worker b 10.244.3.0/24",
      ],
    );
  });

  it("gives client and operator only free addresses, and continues at the LAN's start after its end", () => {
    const { client, operator } = topologyOf([plan("a", "192.168.50.128")]);
    assert.deepEqual([client.address, operator.address], ["192.168.50.129", "192.168.50.130"]);
    const small = { host: "10.0.0.5", lan: lan("10.0.0.0/29") };
    const round = topologyOf([plan("a", "10.0.0.4", small), plan("b", "10.0.0.6", small)]);
    assert.deepEqual([round.client.address, round.operator.address], ["10.0.0.1", "10.0.0.2"]);
  });

  it("refuses a LAN without room for them", () => {
    const full = { host: "10.0.0.1", lan: lan("10.0.0.0/30") };
    assert.throws(() => topologyOf([plan("a", "10.0.0.2", full)]), {
      name: "UserError",
      message: "10.0.0.0/30 has no free address for the lab's client: use a larger LAN in the stack files.",
    });
    const small = { host: "10.0.0.1", lan: lan("10.0.0.0/29") };
    assert.throws(() => topologyOf([plan("a", "10.0.0.2", small)], { workers: 3 }), {
      name: "UserError",
      message: "10.0.0.0/29 has no free address for the lab's a-worker-3: use a larger LAN in the stack files.",
    });
  });

  for (const [what, other, seen] of [
    ["another address", { host: "192.168.50.2" }, "homelab@192.168.50.2:22 on 192.168.50.0/24"],
    ["another port", { port: 2222 }, "homelab@192.168.50.1:2222 on 192.168.50.0/24"],
    ["another user", { user: "someone" }, "someone@192.168.50.1:22 on 192.168.50.0/24"],
    ["another LAN", { lan: lan("192.168.0.0/16") }, "homelab@192.168.50.1:22 on 192.168.0.0/16"],
  ] as const) {
    it(`refuses a router with ${what} in a second stack file`, () => {
      assert.throws(() => topologyOf([plan("a", "192.168.50.11"), plan("b", "192.168.50.21", other)]), {
        name: "UserError",
        message:
          `Pulumi.b.yaml has the router ${seen}, Pulumi.a.yaml has homelab@192.168.50.1:22 on 192.168.50.0/24: ` +
          "the lab is one household, so give both files the same router.",
      });
    });
  }

  it("refuses two hosts with one address, and names both", () => {
    assert.throws(() => topologyOf([plan("a", "192.168.50.11"), plan("b", "192.168.50.11")]), {
      message: "192.168.50.11 is the address of a-master and of b-master: give one of them another in its stack file.",
    });
    assert.throws(() => topologyOf([plan("a", "192.168.50.1")]), {
      message: "192.168.50.1 is the address of router and of a-master: give one of them another in its stack file.",
    });
  });

  it("requires a stack file", () => {
    assert.throws(() => topologyOf([]), { name: "UserError", message: /^The project has no stack file: write one/ });
  });

  it("has an address for another host, after the operator's, that is no next hop", () => {
    const floating = {
      ...plan("a", "192.168.50.12"),
      gateway: { mode: "floating" as const, address: "192.168.50.130" as Ipv4, mustBeMaster: false, reserve: false },
    };
    const plans = [floating, plan("b", "192.168.50.131")];
    assert.equal(spareAddress(topologyOf(plans), plans), "192.168.50.132");
  });
});
