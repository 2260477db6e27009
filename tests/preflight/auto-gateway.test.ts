import assert from "node:assert/strict";

import { resolveNextHop } from "../../preflight/auto-gateway";
import { NoResponse } from "../../cluster/api/kubeconfig";
import { parseWithOthers } from "../../config/household";
import type { NodeState } from "../../cluster/diagnosis/cluster-state";
import { stackText } from "../support/plans";
import { devConfig } from "../support/stack-files";

const master = (name: string, address: string, isReady = true): NodeState => ({ name, addresses: [address], isMaster: true, isReady });

describe("gateway auto", () => {
  let printed: string[];
  beforeEach(() => (printed = []));

  async function settle(used: string | undefined, nodes: () => Promise<NodeState[]>, address = "auto") {
    const config = devConfig({ "gateway.addresses": [address] });
    const { parsed, locate } = parseWithOthers("lab-dev", config, [stackText("lab-dev", config)]);
    const stack = { plan: parsed.plan, kubeconfigContent: { text: "", folder: "/" }, locate };
    const deps = { previousHop: () => Promise.resolve(used), log: (text: string) => void printed.push(text), nodes };
    const { gateway, routes } = await resolveNextHop(stack, deps);
    return [gateway.address, ...routes.map((route) => route.gateway)];
  }
  const answering =
    (...nodes: NodeState[]) =>
    () =>
      Promise.resolve(nodes);
  const silent = () => Promise.reject(new NoResponse("https://192.168.50.11:6443 does not answer"));

  it("uses a Ready master's address in all routes, and reports it", async () => {
    assert.deepEqual(await settle(undefined, answering(master("m1", "192.168.50.11"))), ["192.168.50.11", "192.168.50.11"]);
    assert.deepEqual(printed, ["The next hop is 192.168.50.11, of master m1."]);
  });

  it("reports the previous address if its node is no longer a Ready master", async () => {
    const nodes = answering(master("m1", "192.168.50.11", false), master("m2", "192.168.50.12"));
    assert.deepEqual(await settle("192.168.50.11", nodes), ["192.168.50.12", "192.168.50.12"]);
    assert.deepEqual(printed, ["The next hop is 192.168.50.12, of master m2; it was 192.168.50.11, which is no longer a Ready master's."]);
  });

  it("keeps the previous address if no master is Ready or the cluster does not answer", async () => {
    assert.deepEqual(await settle("192.168.50.11", answering(master("m1", "192.168.50.11", false))), ["192.168.50.11", "192.168.50.11"]);
    assert.deepEqual(await settle("192.168.50.11", silent), ["192.168.50.11", "192.168.50.11"]);
    assert.deepEqual(printed, [
      "The next hop stays 192.168.50.11, because cluster lab-dev cannot be read to choose a master: https://192.168.50.11:6443 does not answer.",
    ]);
  });

  it("is refused before the first run if no master is Ready or the cluster does not answer", async () => {
    const at = '  Pulumi.lab-dev.yaml:12: gateway.addresses[0] = "auto": ';
    const fix = "; start a master, or write the address of one";
    const refusal = (rule: string) => ({ name: "PlanError", message: `lab-dev cannot be deployed:\n${at}${rule}${fix}` });
    await assert.rejects(settle(undefined, answering()), refusal("cluster lab-dev has no Ready master with an address on the LAN"));
    await assert.rejects(
      settle(undefined, silent),
      refusal("cluster lab-dev cannot be read to choose a master: https://192.168.50.11:6443 does not answer"),
    );
  });

  it("reads no nodes if the stack file has an address", async () => {
    const failIfRead = () => Promise.reject(new Error("the cluster was asked"));
    assert.deepEqual(await settle(undefined, failIfRead, "192.168.50.21"), ["192.168.50.21", "192.168.50.21"]);
  });
});
