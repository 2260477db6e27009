import assert from "node:assert/strict";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { onOperator } from "../../lab/operator";
import { isSecret, type Properties } from "../../lab/command-provider/values";
import { kubeconfigOf } from "../../lab/folders";
import type { Lab } from "../../lab/lab";
import { stackFile } from "../../config/project";
import { ed25519 } from "../../lab/ssh-key";
import { endLab, raiseLab, writtenBy } from "../support/lab";
import { RoutedStack } from "../support/routed-stack";
import { leaks, leaksIn, type Secrets, secretsOf } from "../support/secrets";

const stack = "lab-dev";
const made = (): string => crypto.randomBytes(15).toString("base64");

/** A command's properties in the state, with the content of secrets. */
interface Kept {
  readonly connection: { readonly plaintext: string };
}

/** Tests everything that is printed and written for a stack with all of its secrets in the stack file, from the first preview to destroy. */
describe("the secrets of a stack", function () {
  this.timeout(900_000);
  const [password, wrong, value] = [made(), made(), made()];
  const key = ed25519();
  let lab: Lab;
  let on: RoutedStack;
  let secrets: Secrets;
  /** The whole output so far. */
  let printed = "";

  before(async () => {
    lab = await raiseLab("test-ci-secrets", { stacks: [stack] });
    on = new RoutedStack(lab, stack);
    secrets = {
      ...secretsOf(lab),
      "the router's password": password,
      "a wrong password": wrong,
      "a value of the chart": value,
      "the new key": key.private,
    };
    await on.router(`nvram set sshd_pass=1 set 'http_passwd=${password}' commit`);
    await lab.router.reboot(lab.lan);
  });
  after(() => endLab(lab));

  /** Runs the CLI, and keeps its output. */
  const run = async (args: readonly string[], input?: string): Promise<{ exitCode: number; all: string }> => {
    const stdin = input === undefined ? ({ stdio: ["ignore", "pipe", "pipe"] } as const) : ({ stdio: "pipe", input } as const);
    const options = { ...stdin, all: true, reject: false };
    const { exitCode, all = "" } = await lab.engine.pulumi([...args, "--stack", stack, "--non-interactive"], options);
    printed += `\n$ pulumi ${args.join(" ")}\n${all}`;
    return { exitCode, all };
  };
  const goesThrough = async (...call: Parameters<typeof run>): Promise<string> => {
    const { exitCode, all } = await run(...call);
    assert.equal(exitCode, 0, all);
    return all;
  };
  const fails = async (...call: Parameters<typeof run>): Promise<string> => {
    const { exitCode, all } = await run(...call);
    assert.notEqual(exitCode, 0, all);
    return all;
  };
  const set = (path: string, value: string) => goesThrough(["config", "set", "--secret", "--path", `homelab-network:${path}`], value);
  const unset = (path: string) => goesThrough(["config", "rm", "--path", `homelab-network:${path}`]);

  it("are set by the page's commands, and printed by none", async () => {
    await set("router.password", password);
    await unset("router.privateKeyFile");
    await set("cluster.kubeconfig", fs.readFileSync(kubeconfigOf(lab.folders, stack), "utf8"));
    // One ends in the metadata of an object, and one deep in another object.
    await set("metallb.values.controller.serviceAccount.annotations.note", value);
    await set("metallb.values.speaker.podAnnotations.note", value);
    assert.match(await goesThrough(["config"]), /"kubeconfig":"\[secret\]"[^]*"password":"\[secret\]"/);
    for (const args of [["preview"], ["preview", "--diff"], ["preview", "--json"]]) await goesThrough(args);
    await goesThrough(["up", "--yes", "--diff"]);
    const commands = [["preview", "--diff", "--refresh"], ["refresh", "--yes", "--skip-preview"], ["stack"], ["stack", "output", "--json"]];
    for (const args of [...commands, ["stack", "export"], ["stack", "history"]]) await goesThrough(args);
    const { all = "", exitCode } = await onOperator(lab, ["ci-preview", stack], { all: true, reject: false });
    assert.equal(exitCode, 0, all);
    printed += all;
    for (const args of [
      ["doctor", stack],
      ["verify", stack],
      ["drift", stack],
      ["plan", "--json"],
    ]) {
      printed += (await onOperator(lab, args, { all: true, reject: false })).all ?? "";
    }
  });

  it("of the login are secrets of their own in the secret connection, as the official command provider stores them", async () => {
    // Not part of the output so far, because it shows the secrets.
    const { stdout } = await lab.engine.pulumi(["stack", "export", "--show-secrets", "--stack", stack], { stdio: "pipe" });
    const { resources } = (JSON.parse(stdout) as { deployment: { resources: { type: string; inputs: Kept; outputs: Kept }[] } }).deployment;
    const kept = resources.filter(({ type }) => type === "command:remote:Command").flatMap(({ inputs, outputs }) => [inputs, outputs]);
    assert.equal(kept.length, 2);
    for (const { connection } of kept) {
      const login = JSON.parse(connection.plaintext) as Properties;
      assert.deepEqual([login["user"], isSecret(login["password"])], ["homelab", true]);
    }
  });

  it("of the chart's values reach the cluster, change nothing without an edit, and everything after one", async () => {
    const annotations = async (kind: string, path: string) => {
      const output = ["--namespace", "metallb-system", "--output", `jsonpath={${path}.annotations.note}`];
      return (await lab.kubectl(stack, ["get", kind, ...output], { stdio: "pipe" })).stdout;
    };
    assert.equal(await annotations("serviceaccount/metallb-controller", ".metadata"), value);
    assert.equal(await annotations("daemonset/metallb-speaker", ".spec.template.metadata"), value);
    await goesThrough(["preview", "--expect-no-changes"]);
    await goesThrough(["preview", "--expect-no-changes", "--refresh"]);
  });

  it("are in no error message: of a password that the router refuses, of a token that the cluster refuses", async () => {
    await set("router.password", wrong);
    assert.match(await fails(["up", "--yes", "--skip-preview"]), /unable to authenticate|does not let|refuse/i);
    await set("router.password", password);
    const kubeconfig = fs.readFileSync(kubeconfigOf(lab.folders, stack), "utf8");
    await set("cluster.kubeconfig", kubeconfig.replace(/token: .*/, `token: ${wrong}`));
    await fails(["preview", "--refresh"]);
    await set("cluster.kubeconfig", kubeconfig);
  });

  it("can be changed without a change of the routes, even if the old ones are no longer valid", async () => {
    await on.router(`nvram set sshd_pass=0 set "sshd_authkeys=$(nvram get sshd_authkeys)\n${key.public}" commit`);
    await lab.router.reboot(lab.lan);
    const before = await on.state();
    assert.equal(before.live.length, 1);
    await set("router.privateKey", key.private);
    await unset("router.password");
    const up = await goesThrough(["up", "--yes", "--skip-preview"]);
    assert.match(up, /~ 1 updated/);
    assert.deepEqual(await on.state(), before);
    await goesThrough(["preview", "--expect-no-changes"]);
  });

  it("are found if one is planted: in the stack file, and in base64 in the state", async () => {
    const file = stackFile(lab.folders.project, stack);
    const sound = fs.readFileSync(file, "utf8");
    fs.writeFileSync(file, sound.replace(/^config:\n/m, `config:\n  homelab-network:note: ${password}\n`));
    const state = (await lab.engine.pulumi(["stack", "export", "--stack", stack], { stdio: "pipe" })).stdout;
    const leaky = JSON.parse(state) as { deployment: { resources: Array<{ outputs?: Record<string, unknown> }> } };
    const [first] = leaky.deployment.resources;
    assert.ok(first);
    first.outputs = { ...first.outputs, note: Buffer.from(`see: ${password}`).toString("base64") };
    const put = (text: string) => lab.engine.pulumi(["stack", "import", "--stack", stack], { stdio: "pipe", input: text });
    await put(JSON.stringify(leaky));
    const found = leaksIn(writtenBy(lab), secrets).join("\n");
    assert.match(found, /Pulumi\.lab-dev\.yaml: the router's password, in plain text$/m);
    assert.match(found, /\/stacks\/homelab-network\/lab-dev\.json: the router's password, in base64$/m);
    fs.writeFileSync(file, sound);
    await put(state);
    // The engine keeps copies of the state with the planted secret.
    const copies = path.join(lab.folders.state, ".pulumi");
    for (const place of leaksIn([copies], secrets)) fs.rmSync(place.replace(/: the router's password, in base64$/, ""));
  });

  it("were never printed, and are nowhere in plain text at the end", async () => {
    await goesThrough(["destroy", "--yes", "--run-program"]);
    await goesThrough(["stack", "history"]);
    printed += await on.router("cat /tmp/syslog.log; ls -R /tmp; cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    assert.match(printed, /\[secret\][^]*dropbear/);
    assert.deepEqual(leaks(printed, secrets), []);
    assert.deepEqual(leaksIn(writtenBy(lab), secrets), []);
  });
});
