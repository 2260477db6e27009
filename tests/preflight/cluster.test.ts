import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { checkCluster, type Deps } from "../../preflight/cluster";
import { surveyCluster } from "../../cluster/survey/survey";
import { NoResponse } from "../../cluster/api/kubeconfig";
import type { Stack } from "../../preflight/stack";
import type { Survey, WebhookState } from "../../cluster/diagnosis/cluster-state";
import { foundObject } from "../support/pool-objects";
import { base64, kubeconfigFor } from "../support/api-server";
import { listening } from "../support/program";
import { devPlan } from "../support/readings";
import { nothingLeft, stateWith } from "../support/router-stack";
import { node, survey } from "../support/surveys";

/** Returns a stack with lab-dev's configuration and some changes. */
const stack = (changes: Record<string, unknown> = {}, text = ""): Stack => ({
  plan: devPlan(changes),
  kubeconfig: "",
  kubeconfigContent: { text, folder: "/nowhere" },
  login: {},
  values: {},
  identity: { identity: undefined },
  locate: (finding) => ({ file: "Pulumi.lab-dev.yaml", line: 7, ...finding }),
  ...nothingLeft,
});

const master = node("m1", { addresses: ["192.168.50.12"] });
const sound = survey();
const unsound = survey({ nodes: [master], services: [{ name: "web/shop", addresses: ["10.9.0.1"], pool: "lab-dev" }] });
const wrongGateway =
  'Pulumi.lab-dev.yaml:7: gateway.addresses[0] = "192.168.50.11": no node of cluster lab-dev has this address; ' +
  "set it to the address of a Ready master: m1 (192.168.50.12)";

const check = (of: Stack, ask: Deps["survey"], deps: Partial<Deps> = {}) =>
  listening(() => checkCluster(of, { survey: ask, isPreview: () => true, ...deps }));
const answering = (state: Survey) => () => Promise.resolve(state);

const asleep = () => Promise.reject(new NoResponse("it sleeps"));
const NOT_CHECKED = "info: [runtime] Next hop, services and orphaned objects were not checked in cluster lab-dev: it sleeps.";

describe("the cluster checks", () => {
  it("report nothing in a healthy cluster", async () => {
    const { warnings, notes } = await check(stack(), answering(sound));
    assert.deepEqual([warnings, notes], [[], []]);
  });

  it("read the context and MetalLB's namespace of the plan", async () => {
    const asked: unknown[] = [];
    await check(stack({ "metallb.namespace": "lb" }, "kubeconfig"), (connection) => {
      asked.push(connection);
      return Promise.resolve(sound);
    });
    assert.deepEqual(asked, [{ kubeconfig: { text: "kubeconfig", folder: "/nowhere" }, context: "lab-dev", namespace: "lb" }]);
  });

  it("warn of services and gateway together, each with its location in the stack file", async () => {
    const { warnings } = await check(stack(), answering(unsound));
    assert.deepEqual(warnings, [
      'warning: [runtime] Pulumi.lab-dev.yaml:7: pools = ["10.5.0.0/24"]: 1 service will lose its address: web/shop (10.9.0.1); ' +
        "keep what they have in their pools, or expect new ones",
      `warning: [runtime] ${wrongGateway}`,
    ]);
  });

  it("stop the program if a protected pool would lose an address in use, and if no order of pools works", async () => {
    const pools = [
      { name: "lab-dev", addresses: ["10.5.1.0/24"], protect: true },
      { name: "web", addresses: ["10.5.0.0/24"] },
    ];
    const pool = (name: string, address: string) =>
      foundObject("IPAddressPool", name, { addresses: [address], manager: "pulumi-kubernetes" });
    const services = [{ name: "web/shop", addresses: ["10.5.0.1"], pool: "lab-dev" }];
    const objects = [pool("lab-dev", "10.5.0.0/24"), pool("web", "10.5.1.0/24")];
    const state = survey({ services, pools: ["lab-dev", "web"], objects });
    await assert.rejects(check(stack({ pools }), answering(state)), {
      message:
        "lab-dev cannot be deployed:\n" +
        "  Pulumi.lab-dev.yaml:7: pools[0].protect = true: services would lose what they have from it: web/shop (10.5.0.1); " +
        "keep the pool and these addresses in it, or set it to false for this edit\n" +
        '  Pulumi.lab-dev.yaml:7: pools[0].addresses = ["10.5.1.0/24"]: pools lab-dev, web exchange addresses, and MetalLB rejects ' +
        "pools that overlap; do it in two steps: give lab-dev other addresses and run pulumi up, then write it as it is here",
    });
  });

  it("stop the program without a stack trace if the gateway must be a master", async () => {
    await assert.rejects(check(stack({ "gateway.mustBeMaster": true }), answering(unsound)), (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.equal(error.message, `lab-dev cannot be deployed:\n  ${wrongGateway}`);
      assert.equal(error.stack, undefined, "Node may take half a minute to format it");
      return true;
    });
    await check(stack({ "gateway.mustBeMaster": true }), answering(sound));
  });

  describe("with an unmanaged MetalLB", () => {
    const crds = ["ipaddresspools.metallb.io"];
    const state = answering(survey({ speakers: ["metallb-system"], namespace: "Active", crds }));
    const line =
      'Pulumi.lab-dev.yaml:7: metallb.namespace = "metallb-system": cluster lab-dev already has a MetalLB that this stack does not manage; ' +
      "run make adopt STACK=lab-dev, which takes it over without an outage";
    const forced = () => true;

    it("warn in a preview, and stop an update before anything is registered", async () => {
      const { warnings, notes } = await check(stack(), state);
      assert.deepEqual([warnings, notes], [[`warning: [runtime] ${line}`], []]);
      await assert.rejects(check(stack(), state, { isPreview: () => false }), (error: Error) => error.message.endsWith(`\n  ${line}`));
    });

    it("continue if the provider may take over everything, and after an interrupted update", async () => {
      const { warnings, notes } = await check(stack(), state, { isPreview: () => false, isForced: forced });
      const taken = "info: [runtime] Cluster lab-dev has MetalLB's CustomResourceDefinitions (1) already: this run takes them over.";
      assert.deepEqual([warnings, notes], [[], [taken]]);
      const own = { state: stateWith(["Namespace", "metallb-system"]) };
      assert.deepEqual((await check({ ...stack(), ...own }, state, { isPreview: () => false })).notes, [taken]);
    });
  });

  it("report in one line that a cluster does not answer, and continue, also if the gateway must be a master", async () => {
    for (const mustBeMaster of [false, true]) {
      const { warnings, notes } = await check(stack({ "gateway.mustBeMaster": mustBeMaster }), asleep);
      assert.deepEqual(warnings, []);
      assert.deepEqual(notes, [`${NOT_CHECKED} "bin/homelab diff" shows an edit without the cluster.`]);
    }
  });

  it("name no way to look at an edit in a run that deploys it", async () => {
    assert.deepEqual((await check(stack(), asleep, { isPreview: () => false })).notes, [NOT_CHECKED]);
  });

  it("never print a token, whatever is wrong in the kubeconfig", async () => {
    const cluster = { server: "https://127.0.0.1:1" };
    const printed =
      /^info: .* ((cannot be (read|used for https:\/\/127\.0\.0\.1:1)|does not answer) \(\w+\)|has no server|not YAML: [a-z ,]+|is not a URL such as https:\/\/192\.168\.50\.11:6443)(; [A-Za-z ,.()]+)?\. "bin\/homelab diff" shows an edit without the cluster\.$/;
    for (const kubeconfig of [
      kubeconfigFor(cluster, { token: "se-cret" }),
      kubeconfigFor(cluster, { token: "se-cret\nsecond line" }),
      kubeconfigFor({ server: "http://se-cret@127.0.0.1" }, { token: "se-cret" }),
      kubeconfigFor({ server: "se-cret" }, { token: "se-cret" }),
      kubeconfigFor(cluster, { "client-key-data": base64("se-cret"), "client-certificate-data": base64("se-cret") }),
      '{"contexts": "se-cret"}',
      "se-cret: [",
    ]) {
      const { warnings, notes } = await check(stack({}, kubeconfig), surveyCluster);
      assert.equal(warnings.length, 0);
      assert.equal(notes.length, 1, kubeconfig);
      assert.doesNotMatch(notes[0] ?? "", /se-cret|c2UtY3JldA/);
      assert.match(notes[0] ?? "", printed);
    }
  });
});

describe("the cluster checks with an orphaned webhook configuration", () => {
  const service = { namespace: "metallb-system", name: "metallb-webhook-service" };
  const webhook: WebhookState = { name: "metallb-webhook-configuration", uid: "u", resourceVersion: "7", service, serviceExists: false };
  const state = survey({ webhooks: [webhook] });
  const configuration = "Webhook configuration metallb-webhook-configuration in cluster lab-dev";
  const left = `${configuration} is orphaned: its service metallb-system/metallb-webhook-service does not exist`;
  const run = (preview: boolean, outcome: Awaited<ReturnType<Deps["remove"]>>, own: Stack["state"] = new Map()) => {
    const removed: WebhookState[] = [];
    const remove: Deps["remove"] = (_, found) => {
      removed.push(found);
      return Promise.resolve(outcome);
    };
    const deps = { remove, isPreview: () => preview };
    return check({ ...stack(), state: own }, answering(state), deps).then((printed) => ({ ...printed, removed }));
  };

  it("name it in a preview, and skip the pools' dry run", async () => {
    const { result, notes, warnings, removed } = await run(true, "removed");
    assert.deepEqual([result.orphanedWebhook, removed, warnings], [true, [], []]);
    assert.deepEqual(notes, [`info: [runtime] ${left}; up removes it before anything else.`]);
  });

  for (const [outcome, printed] of [
    ["removed", `info: [runtime] ${left}; this run removed it.`],
    ["gone already", `info: [runtime] ${left}; it no longer exists.`],
    ["alive", `warning: [runtime] ${configuration} was orphaned when this run checked it; it is alive now, so it stays.`],
    ["changed", `warning: [runtime] ${configuration} was orphaned when this run checked it; it is changed now, so it stays.`],
  ] as const) {
    it(`remove it in an update, and report it if it is ${outcome}`, async () => {
      const { result, notes, warnings, removed } = await run(false, outcome);
      assert.deepEqual([result.orphanedWebhook, removed], [false, [webhook]]);
      assert.deepEqual([...notes, ...warnings], [printed]);
    });
  }

  it("remove nothing if the run is refused for another reason", async () => {
    const refusal = Promise.reject(new Error("the router refuses"));
    const remove: Deps["remove"] = () => assert.fail("it was removed");
    await assert.rejects(check(stack(), answering(state), { remove, isPreview: () => false, ready: refusal }), /the router refuses/);
  });

  it("keep the stack's own, and say how to restore the missing service", async () => {
    const own = stateWith(["ValidatingWebhookConfiguration", "metallb-webhook-configuration"]);
    const { result, warnings, removed } = await run(false, "removed", own);
    assert.deepEqual([result.orphanedWebhook, removed], [true, []]);
    assert.deepEqual(warnings, [
      "warning: [runtime] Webhook configuration metallb-webhook-configuration in cluster lab-dev is orphaned: its service " +
        'metallb-system/metallb-webhook-service does not exist, and neither does its namespace: "pulumi up --refresh" restores what was deleted by hand.',
    ]);
  });

  it("report misconfigurations and adopted objects", async () => {
    const objects = [
      foundObject("IPAddressPool", "lab-dev", { addresses: ["10.5.0.0/24"] }),
      foundObject("IPAddressPool", "old", { addresses: ["10.9.0.0/24"] }),
    ];
    const { warnings, notes } = await check(stack(), answering(survey({ objects, lacksStrictArp: true })));
    assert.deepEqual(notes, ["info: [runtime] Cluster lab-dev has IPAddressPool lab-dev already: up takes them over."]);
    assert.match(warnings[0] ?? "", /^warning: \[runtime\] Pulumi\.lab-dev\.yaml:7: pools = .* strictARP/);
    assert.equal(warnings.length, 1);
  });
});
