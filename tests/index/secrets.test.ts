import assert from "node:assert/strict";

import { pinnedDev, runDev, up } from "../support/dev-program";
import { Home } from "../support/home";
import { only, secretIn } from "../support/program";

describe("the program and secrets", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());

  it("gives the provider a secret kubeconfig with absolute paths", async () => {
    const kubeconfig = {
      contexts: [{ name: "lab-dev" }],
      users: [{ name: "u", user: { "client-key": "keys/lab", token: "kube-secret" } }],
    };
    home.write("other/config", JSON.stringify(kubeconfig));
    const run = await runDev(pinnedDev({ "cluster.kubeconfig": "~/other/config" }));
    const given = secretIn(only(run, "pulumi:providers:kubernetes").inputs["kubeconfig"]) as string;
    const { users } = JSON.parse(given) as typeof kubeconfig;
    assert.deepEqual(users, [{ name: "u", user: { "client-key": `${home.path}/other/keys/lab`, token: "kube-secret" } }]);
  });

  it("keeps every secret out of plain inputs and outputs", async () => {
    const kubeconfig = JSON.stringify({ contexts: [{ name: "lab-dev" }], users: [{ user: { token: "kube-secret" } }] });
    const changes = { "router.privateKeyFile": undefined, "router.privateKey": "key-secret", "router.password": "pass-secret" };
    const run = await runDev(pinnedDev({ ...changes, "cluster.kubeconfig": kubeconfig }));
    const hideSecrets = (_: string, value: unknown) => (secretIn(value) === undefined ? value : "hidden");
    assert.doesNotMatch(JSON.stringify(run, hideSecrets), /-secret/);
    assert.equal(secretIn(only(run, "pulumi:providers:kubernetes").inputs["kubeconfig"]), kubeconfig);
    const connection = secretIn(only(run, "command:remote:Command").inputs["connection"]) as Record<string, unknown>;
    assert.deepEqual([connection["privateKey"], connection["password"]], ["key-secret", "pass-secret"]);
  });

  it("passes a secret of the chart's values as a secret, and hides what the chart's objects contain", async () => {
    const run = await runDev(pinnedDev({ "metallb.values": { speaker: { token: "values-secret" } } }), { ...up, secretKeys: ["metallb"] });
    const hideSecrets = (_: string, value: unknown) => (secretIn(value) === undefined ? value : "hidden");
    assert.doesNotMatch(JSON.stringify(run, hideSecrets), /-secret/);
    const { values } = only(run, "kubernetes:helm.sh/v4:Chart").inputs;
    assert.deepEqual((secretIn(values) as { speaker: { token: string } }).speaker.token, "values-secret");
    assert.equal(only(run, "homelab:network:MetalLb").transforms, 1);
    assert.equal(only(await runDev(pinnedDev()), "homelab:network:MetalLb").transforms, undefined);
  });
});
