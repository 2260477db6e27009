import assert from "node:assert/strict";

import { onOperator } from "../../lab/operator";
import { interrupt } from "../../lab/interruption";
import type { Lab } from "../../lab/lab";
import { FOREIGN } from "../../lab/rounds";
import { kubernetesProviderRelease } from "../../lab/tools/installed";
import { endLab, pulumi, raiseLab } from "../support/lab";
import { RoutedStack } from "../support/routed-stack";
import { printed, StackEdit } from "../support/stack-edit";

const stack = "lab-dev";

describe(`a run whose engine is killed, with Kubernetes provider ${kubernetesProviderRelease()}`, () => {
  let lab: Lab;
  let edited: StackEdit;

  before(async () => {
    lab = await raiseLab("test-interrupted", { stacks: [stack] });
    edited = new StackEdit(lab, stack);
    await lab.router.bootWith(FOREIGN, lab.lan);
  });
  after(() => endLab(lab));
  afterEach(() => edited.reset());

  const up = (...args: string[]): Promise<string> => pulumi(lab, stack, ["up", "--yes", "--skip-preview", ...args]);
  const router = async (): Promise<string> => (await lab.router.host.exec(["sh", "-c", "nvram get sr_rulelist; ip route show"])).stdout;
  const failure = (run: Promise<string>): Promise<string> =>
    run.then(
      () => assert.fail("the run went through"),
      ({ message }: Error) => message,
    );

  it("leaves a lock and pending operations; the next up adopts the objects that exist", async () => {
    // By then it waits for the pods, whose DaemonSet has a name that no other run creates.
    const isThere = async (): Promise<boolean> =>
      (await lab.cluster(stack).kubectl(["get", "daemonsets", "--all-namespaces", "--output", "name"])) !== "";
    const { events } = await interrupt(lab, stack, "up", { after: "begins create DaemonSet", delay: isThere, providerSurvival: 0 });
    assert.ok(!events.some((event) => event.startsWith("ended create DaemonSet")), "the moment came too late");
    assert.match(await failure(up()), /the stack is currently locked by 1 lock\(s\)\. .* delete the lock file with `pulumi cancel`/);
    await pulumi(lab, stack, ["cancel", "--yes"]);
    const output = await up();
    assert.match(output, /warning: Attempting to deploy or update resources with \d+ pending operations from previous deployment\./);
    assert.match(output, /DaemonSet metallb-system\/metallb-speaker, which an interrupted run was creating, now belongs to this run\./);
    assert.deepEqual(printed(await pulumi(lab, stack, ["preview", "--expect-no-changes"])), []);
    await pulumi(lab, stack, ["refresh", "--clear-pending-creates", "--yes"]);
    assert.doesNotMatch(await up(), /pending operations/);
  });

  /** Interrupts an up with an edit while its command runs on the router, where the script ends by itself. */
  async function cutOffAtRouter(edit: Readonly<Record<string, unknown>>): Promise<void> {
    const event = "update Command route";
    edited.write(edit);
    const on = new RoutedStack(lab, stack);
    // Long enough to be observed.
    await on.tamper('[ "$1" != commit ] || sleep 3');
    const isAtIt = async (): Promise<boolean> => (await lab.router.host.exec(["ls", "/tmp"])).stdout.includes("homelab-network.lock");
    const { events } = await interrupt(lab, stack, "up", { after: `begins ${event}`, delay: isAtIt, providerSurvival: 0 });
    await on.router("rm /bin/nvram");
    assert.ok(!events.includes(`ended ${event}`), "the moment came too late");
    await pulumi(lab, stack, ["cancel", "--yes"]);
  }

  it("may have been applying unrecorded routes: the next up treats them as the stack's own", async () => {
    for (const [edit, record] of [
      [{ "router.metric": 7 }, "<10.5.0.0>255.255.255.0>192.168.50.11>7>LAN"],
      [{ "pools.0.addresses": ["10.5.8.0/24"] }, "<10.5.8.0>255.255.255.0>192.168.50.11>0>LAN"],
    ] as const) {
      await cutOffAtRouter(edit);
      assert.equal((await router()).split("\n")[0], `${FOREIGN}${record}`);
      const takenUp =
        "The last run was interrupted while it applied the routes to the router 192.168.50.1: this run takes over what exists.";
      assert.ok(printed(await pulumi(lab, stack, ["preview"])).includes(takenUp));
      assert.ok((await up()).includes(takenUp));
      assert.equal((await router()).split("\n")[0], `${FOREIGN}${record}`);
      assert.deepEqual(printed(await pulumi(lab, stack, ["preview", "--expect-no-changes"])), []);
    }
    edited.reset();
    await up();
  });

  it("may have been changing routes: homelab destroy removes both the old and the new ones from the router", async () => {
    await cutOffAtRouter({ "router.metric": 7 });
    edited.reset();
    const { exitCode, all = "" } = await onOperator(lab, ["destroy", stack, "--yes"], { all: true, reject: false });
    assert.equal(exitCode, 0, all);
    assert.match(all, /^The last run was interrupted, with pending operations on Command route: these objects are deleted too\.$/m);
    assert.equal((await router()).split("\n")[0], FOREIGN);
    await up();
  });

  it("may have deleted what is still in the state: the next up reports that, and restores it with a refresh", async () => {
    await lab.cluster(stack).kubectl(["delete", "clusterrole", "metallb:speaker"]);
    const before = await router();
    const lacks =
      "Cluster lab-dev lacks objects of this stack: ClusterRole metallb:speaker, deleted by hand or by an interrupted run; " +
      '"pulumi up --refresh --stack lab-dev" restores them';
    assert.deepEqual(printed(await pulumi(lab, stack, ["preview"])), [`warning: ${lacks}.`]);
    const output = await failure(up());
    assert.ok(output.includes(`error: ${lacks}; nothing was changed.`), output);
    assert.equal(await router(), before);
    await up("--refresh");
    assert.equal(await lab.cluster(stack).kubectl(["get", "clusterrole", "metallb:speaker", "-o", "name"]).then(Boolean), true);
    assert.deepEqual(printed(await pulumi(lab, stack, ["preview", "--expect-no-changes"])), []);
  });
});
