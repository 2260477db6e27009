import assert from "node:assert/strict";

import { checkCluster, type Deps } from "../../preflight/cluster";
import type { Survey, WebhookState } from "../../cluster/diagnosis/cluster-state";
import { foundObject } from "../support/pool-objects";
import { listening } from "../support/program";
import { routerStack } from "../support/router-stack";
import { survey } from "../support/surveys";

const service = { namespace: "metallb-system", name: "metallb-webhook-service" };
/** An orphaned configuration, which a run removes once nothing is refused. */
const webhook: WebhookState = { name: "metallb-webhook-configuration", uid: "u", resourceVersion: "7", service, serviceExists: false };

const check = (state: Survey, deps: Partial<Deps>) =>
  listening(() => checkCluster(routerStack(), { survey: () => Promise.resolve(state), ...deps }));

describe("preview and up refuse before anything changes, whether MetalLB runs or not,", () => {
  const pool = (name: string, address: string, manager = "helm") => foundObject("IPAddressPool", name, { addresses: [address], manager });
  const refused = async (state: Survey, changes: Partial<Deps>, expected: RegExp) => {
    const remove: Deps["remove"] = () => assert.fail("the webhook configuration was removed");
    for (const preview of [true, false]) {
      const deps = { remove, ...changes, isPreview: () => preview };
      await assert.rejects(check({ ...state, webhooks: [webhook] }, deps), expected);
    }
  };
  const overlap = /pools\[0\]\.addresses = .*: overlaps 10\.5\.0\.9\/32 of pool old, which already exists/;

  it("a pool that overlaps an unmanaged one, even if Pulumi may overwrite fields of other tools", async () => {
    const state = survey({ objects: [pool("old", "10.5.0.9/32")] });
    await refused(state, {}, overlap);
    await refused(state, { isForced: () => true }, overlap);
  });

  it("an unmanaged pool of a planned name with other addresses, unless Pulumi may overwrite it", async () => {
    const state = survey({ objects: [pool("lab-dev", "10.5.0.0/25")] });
    await refused(state, {}, /pool lab-dev already exists in the cluster with 10\.5\.0\.0\/25/);
    const { warnings } = await check(state, { isPreview: () => true, isForced: () => true });
    assert.match(warnings[0] ?? "", /^warning: .*pool lab-dev already exists/);
  });

  it("a pool in the cluster's real networks", () =>
    refused(
      survey({ used: [{ kind: "pods", text: "10.5.0.0/16", owner: "the pod network of node m1" }] }),
      {},
      /pools\[0\]\.addresses\[0\] = "10\.5\.0\.0\/24": overlaps addresses that cluster lab-dev uses itself: 10\.5\.0\.0\/16/,
    ));

  it("but leave pools of an unmanaged MetalLB to its adoption", async () => {
    const state = survey({ objects: [pool("lab-dev", "10.5.0.0/25")], speakers: ["metallb-system"] });
    const { warnings } = await check(state, { isPreview: () => true });
    assert.match(warnings.join("\n"), /make adopt[^]*pool lab-dev already exists/);
  });
});
