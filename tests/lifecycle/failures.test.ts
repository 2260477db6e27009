/** Runs that fail: each names one reason, leaves no route for what failed, and is completed by the next run. */
import assert from "node:assert/strict";

import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import { onOperator } from "../../lab/operator";
import { until } from "../../lab/wait";
import { endLab, pulumi, raiseLab } from "../support/lab";
import { untilNodesTakePods } from "../support/nodes";
import { applyObjects } from "../support/pool-objects";
import { StackEdit } from "../support/stack-edit";

const stack = "lab-dev";
const namespace = "metallb-system";
const first = { name: "lab-dev", addresses: ["10.5.0.0/24"] };
const record = (network: string) => `<${network}>255.255.255.0>192.168.50.11>0>LAN`;

describe("runs that fail", () => {
  let lab: Lab;
  let cluster: Cluster;
  let edited: StackEdit;

  before(async () => {
    lab = await raiseLab("test-failures", { stacks: [stack] });
    cluster = lab.cluster(stack);
    await untilNodesTakePods(cluster);
    edited = new StackEdit(lab, stack);
  });
  after(() => endLab(lab));
  afterEach(() => edited.reset());

  const up = (): Promise<string> => pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
  const destroy = async (...options: string[]) => {
    const { all = "", exitCode } = await onOperator(lab, ["destroy", stack, "--yes", ...options], { all: true, reject: false });
    return { output: all, exitCode };
  };
  const list = async (): Promise<string> => (await lab.router.host.exec(["nvram", "get", "sr_rulelist"])).stdout;
  const installed = async (kind: string, name: string): Promise<boolean> =>
    (await cluster.kubectl(["get", kind, name, "--namespace", namespace, "--ignore-not-found", "--output", "name"])) !== "";
  /** Ends the router's SSH server. */
  const silence = () =>
    lab.router.host.exec(["sh", "-c", 'for one in /proc/[0-9]*; do [ "$(cat $one/comm)" = dropbear ] && kill ${one#/proc/}; done; true']);

  /** Returns the errors in the diagnostics of a run that fails, without the engine's own last line. */
  async function errorsOf(run: Promise<string>): Promise<string[]> {
    const text = await run.then(
      () => assert.fail("it went through"),
      ({ message }: Error) => message,
    );
    const [, diagnostics = ""] = text.split("\nDiagnostics:\n");
    assert.doesNotMatch(text, /client connection is closing|resource monitor|\n +at /);
    return [...diagnostics.matchAll(/^ +error: (.*)$/gm)].flatMap(([, error = ""]) => (error === "update failed" ? [] : [error]));
  }

  it("name one reason if a check refuses the plan, or Helm the values, before the first object is made", async () => {
    edited.write({ pools: [{ ...first, addresses: ["10.244.0.0/24"] }], reserved: { pods: ["10.42.0.0/16"] } });
    const [refusal, ...more] = await errorsOf(up());
    assert.match(refusal ?? "", /cannot be deployed|have a problem/);
    edited.write({ "metallb.values": { speaker: { tolerations: "none" } } });
    const [reason, ...others] = await errorsOf(up());
    assert.match(reason ?? "", /Chart resource 'metallb' has a problem: values don't meet the specifications of the schema/);
    assert.deepEqual([...more, ...others], []);
    edited.reset();
    assert.equal((await destroy()).exitCode, 0);
  });

  it("name one reason if the cluster refuses an object in the middle of the chart, with pulumi up and with homelab up", async () => {
    const name = "metallb:speaker";
    const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
    const taken = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules };
    await cluster.kubectl(["create", "--filename", "-"], JSON.stringify(taken));
    try {
      const [reason, ...more] = await errorsOf(up());
      assert.match(reason ?? "", /metallb:speaker" was not successfully created/);
      assert.deepEqual(more, []);
      assert.equal((await destroy()).exitCode, 0);
      const { stdout, exitCode } = await onOperator(lab, ["up", stack, "--yes", "--json"], { stdout: "pipe", reject: false });
      assert.equal(exitCode, 1, stdout);
      const [{ errors = [] } = {}] = (JSON.parse(stdout) as { stacks: { errors: string[] }[] }).stacks;
      assert.deepEqual([errors.length, /conflict/.test(errors[0] ?? "")], [1, true], errors.join("\n"));
    } finally {
      await cluster.kubectl(["delete", "clusterrole", name, "--ignore-not-found"]);
      assert.equal((await destroy()).exitCode, 0);
    }
  });

  it("name one reason if the router goes down in the middle, and the next run adds the route", async () => {
    const run = errorsOf(up());
    await until("the speakers", () => installed("daemonset", "metallb-speaker"));
    await silence();
    assert.deepEqual(await run, ["after 0 failed attempts: dial tcp 192.168.50.1:22: connect: connection refused"]);
    await lab.router.reboot(lab.lan);
    await up();
    assert.equal(await list(), record("10.5.0.0"));
  });

  it("name one reason if MetalLB refuses a pool that passed the checks, leave no route to it, and pass with another pool", async () => {
    const values = { "metallb.values": { controller: { logLevel: "debug" } } };
    edited.write({ pools: [first, { name: "second", addresses: ["10.5.9.0/24"] }], ...values });
    const run = errorsOf(up());
    const args = ["get", "deployment", "metallb-controller", "--namespace", namespace, "--output", "jsonpath={..args}"];
    // The pools wait until the controller has restarted. Meanwhile kubectl makes one.
    await until("the restart of the controller", async () => (await cluster.kubectl(args)).includes("--log-level=debug"));
    const metadata = { name: "by-hand", namespace };
    const byHand = { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata, spec: { addresses: ["10.5.9.128/25"] } };
    await until("a pool by hand", () => applyObjects(cluster, [byHand]).catch(() => undefined));
    const errors = await run;
    assert.match(
      errors[0] ?? "",
      /denied the request: CIDR "10\.5\.9\.0\/24" in pool "second" overlaps with already defined CIDR "10\.5\.9\.128\/25"$/,
    );
    assert.equal(errors.length, 1);
    assert.equal(await list(), record("10.5.0.0"), "no route to the refused pool");
    const refused = /pools\[1\]\.addresses = \["10\.5\.9\.0\/24"\]: overlaps 10\.5\.9\.128\/25 of pool by-hand/;
    await assert.rejects(up(), ({ message }: Error) => refused.test(message));
    edited.write({ pools: [first, { name: "second", addresses: ["10.5.10.0/24"] }], ...values });
    await up();
    assert.equal(await list(), record("10.5.0.0") + record("10.5.10.0"));
    await cluster.kubectl(["delete", "ipaddresspool", "by-hand", "--namespace", namespace]);
  });

  it("of destroy change nothing while the router is off, and --forget-routes destroys without it", async () => {
    await silence();
    const { output, exitCode } = await destroy();
    assert.match(
      output,
      /Nothing was changed: 192\.168\.50\.1:22 does not answer \(ECONNREFUSED\), so the routes on the router cannot be removed; switch it on, with SSH for its LAN\. If it no longer exists, --forget-routes destroys the stack without them\./,
    );
    assert.equal(exitCode, 1);
    assert.equal(await installed("daemonset", "metallb-speaker"), true);
    const forgotten = await destroy("--forget-routes");
    assert.match(
      forgotten.output,
      /Routes that stay on the router 192\.168\.50\.1, until you remove them on its page LAN > Route: 10\.5\.0\.0>/,
    );
    assert.equal(forgotten.exitCode, 0, forgotten.output);
    assert.match((await destroy()).output, /^The stack lab-dev has no resources to destroy\.$/m);
    assert.equal(await installed("daemonset", "metallb-speaker"), false);
    await lab.router.reboot(lab.lan);
    assert.match(await list(), /10\.5\.0\.0/);
  });
});
