import assert from "node:assert/strict";
import type { Lab } from "../../lab/lab";
import { until } from "../../lab/wait";
import { HOST_KEY } from "../support/host-key";
import { DriftingStack, NAMESPACE, ROUTE, sound, unknown } from "../support/drift";
import { endLab, raiseLab } from "../support/lab";

const stack = "lab-dev";
const { head, cluster, objects, others, router } = sound;

describe("homelab drift, with unreachable parts and changes in the cluster", () => {
  let lab: Lab;
  let routed: DriftingStack;

  before(async () => {
    lab = await raiseLab("test-doc-drifting", { stacks: [stack] });
    routed = new DriftingStack(lab, stack);
    await routed.up();
  });
  after(() => endLab(lab));

  it("reports an unreachable router as unknown", async () => {
    await routed.offTheNetwork(async () => {
      const { lines, exitCode } = await routed.drift();
      const printed = `${routed.at("host: ")}router.host = "192.168.50.1": 192.168.50.1:22 does not answer (REASON)`;
      assert.deepEqual(lines, [
        ...head,
        ...cluster,
        ...objects,
        others,
        `failed | router | ${printed}; switch it on, with SSH for its LAN`,
        ...unknown("skipped: the router cannot be read, see above", "routes"),
        "",
        "1 failed, 1 unknown, 9 ok",
      ]);
      assert.equal(exitCode, 1);
    });
  });

  it("reports a router with another host key as unknown", async () => {
    routed.edited.writeToAll({ "router.hostKey": HOST_KEY });
    const place = `${routed.at("hostKey: ")}router.hostKey = "${HOST_KEY}"`;
    const { lines, exitCode } = await routed.drift().finally(() => routed.edited.reset());
    const fix = "if the router was reset or updated, write this key; if not, another host answers there";
    const finding = `${place}: 192.168.50.1 shows another host key, ${lab.router.hostKey()}; ${fix}`;
    assert.deepEqual(lines, [
      head[0],
      `failed | preview | pulumi preview fails: ${finding}`,
      ...cluster,
      ...objects,
      others,
      `failed | router | ${finding}`,
      ...unknown("skipped: the router cannot be read, see above", "routes"),
      "",
      "2 failed, 1 unknown, 8 ok",
    ]);
    assert.equal(exitCode, 1);
  });

  it("reports changes in the cluster: to managed objects, and unmanaged ones", async () => {
    const patch = JSON.stringify({ spec: { addresses: ["10.5.0.0/25"] } });
    await routed.kubectl("patch", "ipaddresspool", stack, "--namespace", NAMESPACE, "--type", "merge", "--patch", patch);
    await routed.kubectl("delete", "l2advertisement", "pools", "--namespace", NAMESPACE);
    const unmanaged = [
      {
        kind: "IPAddressPool",
        metadata: { name: "by-hand", namespace: NAMESPACE },
        spec: { addresses: ["192.168.50.240-192.168.50.250"] },
      },
      { kind: "L2Advertisement", metadata: { name: "everything", namespace: NAMESPACE }, spec: {} },
      { kind: "BGPAdvertisement", metadata: { name: "upstream", namespace: NAMESPACE }, spec: { ipAddressPools: ["by-hand"] } },
    ].map((object) => ({ apiVersion: "metallb.io/v1beta1", ...object }));
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: unmanaged });
    await lab.cluster(stack).kubectl(["create", "--filename", "-"], list);
    await routed.kubectl("scale", "deployment", "metallb-controller", "--namespace", NAMESPACE, "--replicas", "0");
    await until("no controller", async () => {
      const pods = await routed.kubectl("get", "pods", "--namespace", NAMESPACE, "--selector", "app.kubernetes.io/component=controller");
      return pods === "" || pods.startsWith("No resources");
    });
    const { lines, exitCode } = await routed.drift();
    const reported = lines.filter((line) => !line.startsWith("ok | ") && !line.includes(" | webhook | "));
    // The order of the engine's steps varies.
    const webhook = reported.find((line) => line.startsWith("differs | preview | L2Advertisement pools would be created; "));
    assert.match(webhook ?? "", /; the preview of pulumi up fails there: .*failed calling webhook/);
    assert.deepEqual(
      reported.filter((line) => line !== webhook),
      [
        "differs | preview | IPAddressPool lab-dev would be changed: spec.addresses[0]; pulumi up --refresh --stack lab-dev does that",
        `differs | preview | Deployment ${NAMESPACE}/metallb-controller was changed by another manager: spec.replicas is 0, which the stack did not set; pulumi up --stack lab-dev restores it`,
        `differs | preview | IPAddressPool ${NAMESPACE}/lab-dev was changed by kubectl-patch: spec.addresses is ["10.5.0.0/25"] and not ["${ROUTE}"]; pulumi up --stack lab-dev restores it`,
        "differs | metallb | controller 0 of 0, speakers 1 of 1 ready; see why: kubectl get pods --namespace metallb-system --output wide",
        `differs | pool lab-dev | IPAddressPool ${NAMESPACE}/lab-dev: spec.addresses[0] is "10.5.0.0/25" and not "${ROUTE}"; pulumi up --refresh --stack lab-dev corrects it, or names the other owner of the field (docs/how-to/metallb-troubleshooting.md)`,
        `differs | advertisement pools | L2Advertisement ${NAMESPACE}/pools is missing; pulumi up --refresh --stack lab-dev corrects it`,
        `differs | others | IPAddressPool ${NAMESPACE}/by-hand was made by kubectl-create, and gives services 192.168.50.240-192.168.50.250; add it to the stack file, or: kubectl delete ipaddresspool by-hand --namespace ${NAMESPACE}`,
        `differs | others | L2Advertisement ${NAMESPACE}/everything was made by kubectl-create, and announces lab-dev too; add it to the stack file, or: kubectl delete l2advertisement everything --namespace ${NAMESPACE}`,
        `differs | others | BGPAdvertisement ${NAMESPACE}/upstream was made by kubectl-create; add it to the stack file, or: kubectl delete bgpadvertisement upstream --namespace ${NAMESPACE}`,
        "",
        lines.at(-1),
      ],
    );
    assert.equal(exitCode, 2);
  });

  it("reports an unreachable cluster as unknown", async () => {
    await routed.powerOffMaster();
    const { lines, exitCode } = await routed.drift();
    const fix = "start it, check the network to it (VPN, firewall), or correct cluster.kubeconfig and cluster.context";
    const silent = "skipped: the cluster cannot be read";
    assert.deepEqual(lines, [
      head[0],
      ...unknown(silent, "preview"),
      `failed | cluster | https://192.168.50.11:6443 does not answer (REASON); ${fix}`,
      ...unknown(silent, "gateway", "metallb", "webhook", "pool lab-dev", "advertisement pools", "others"),
      ...router,
      "",
      "1 failed, 7 unknown, 3 ok",
    ]);
    assert.equal(exitCode, 1);
  });
});
