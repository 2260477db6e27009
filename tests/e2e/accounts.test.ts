/** The accounts of `homelab rbac` with a real API server: one deploys and destroys, one only reads. */
import assert from "node:assert/strict";
import * as fs from "node:fs";

import type execa from "execa";

import { type Account, ACCOUNT_NAMESPACE } from "../../cluster/manifests/rbac";
import { kubeconfigOf } from "../../lab/folders";
import type { Lab } from "../../lab/lab";
import { onOperator } from "../../lab/operator";
import { until } from "../../lab/wait";
import { RoutedStack } from "../support/routed-stack";
import { searchFor, sharedLab } from "../support/shared-lab";

const stack = "lab-dev";
const tokenIn = (kubeconfig: string): string => /token: (\S+)/.exec(kubeconfig)?.[1] ?? assert.fail("no token");

describe("the accounts of homelab rbac", () => {
  let lab: Lab;
  let on: RoutedStack;
  const kubeconfigs: Record<string, string> = {};
  /** The lab's own kubeconfig. */
  let admin: string | undefined;

  before(async () => {
    lab = await sharedLab(__filename);
    on = new RoutedStack(lab, stack);
    admin = fs.readFileSync(kubeconfigOf(lab.folders, stack), "utf8");
    for (const account of ["deploy", "read"] as const) kubeconfigs[account] = await create(account);
  });
  after(async () => {
    if (admin === undefined) return;
    use(admin);
    await kubectl(["delete", "namespace", ACCOUNT_NAMESPACE, "--wait=false"]);
  });
  afterEach(() => on.edited.reset());

  const kubectl = (args: readonly string[], input?: string): Promise<string> => lab.cluster(stack).kubectl(args, input);
  const run = (...args: readonly string[]): execa.ExecaChildProcess => onOperator(lab, args, { reject: false });

  /** Creates an account as the document describes. @returns its kubeconfig */
  async function create(account: Account): Promise<string> {
    const none = await run("rbac", account, stack, "--kubeconfig");
    assert.match(none.stderr, new RegExp(`^homelab: Cluster lab-dev has no token for the account ${account}: create it with `));
    await kubectl(["apply", "--server-side", "--filename", "-"], (await run("rbac", account, stack)).stdout);
    const kubeconfig = await until(
      `the token of ${account}`,
      async () => (await run("rbac", account, stack, "--kubeconfig")).stdout || undefined,
    );
    searchFor({ [`the token of ${account}`]: tokenIn(kubeconfig) });
    return kubeconfig;
  }

  /** Uses a kubeconfig for the stack, at the path of the lab's own. */
  const use = (kubeconfig = ""): void => fs.writeFileSync(kubeconfigOf(lab.folders, stack), kubeconfig);

  let isUp = false;
  /** Deploys the stack with the account for deploying, unless it is deployed. */
  async function deploy(): Promise<void> {
    use(kubeconfigs["deploy"]);
    if (!isUp) await on.up();
    isUp = true;
  }

  const rightsLine = async (): Promise<string> => {
    const { stdout } = await run("doctor", stack);
    return /^ *\w+ +rights +.*$/m.exec(stdout)?.[0].trim().replaceAll(/ {2,}/g, " | ") ?? stdout;
  };

  /** Returns the message with which the API server refuses a request of an account. */
  const refusal = (account: Account, args: readonly string[], input?: string): Promise<string> =>
    kubectl([`--as=system:serviceaccount:${ACCOUNT_NAMESPACE}:${account}`, ...args], input).then(
      (printed) => assert.fail(`${account} may: ${args.join(" ")}\n${printed}`),
      (error: execa.ExecaError) => String(error.stderr),
    );

  const elsewhere = [
    ["get", "secrets", "--namespace", "kube-system"],
    ["create", "clusterrolebinding", "mine", "--clusterrole", "cluster-admin", "--serviceaccount", `${ACCOUNT_NAMESPACE}:deploy`],
    ["delete", "clusterrole", "system:node"],
    ["delete", "namespace", "kube-system"],
    ["create", "namespace", "another"],
    ["create", "configmap", "mine", "--namespace", "default"],
    ["get", "secrets", "--namespace", ACCOUNT_NAMESPACE],
  ];

  describe("the one for deploying", () => {
    before(() => use(kubeconfigs["deploy"]));

    it("passes doctor, previews, deploys, verifies, and then has nothing to change", async () => {
      assert.equal(await rightsLine(), "ok | rights | this user has all rights that up needs");
      await on.preview();
      await deploy();
      await on.nothingToDo();
      const { exitCode, stdout } = await run("verify", stack);
      assert.equal(exitCode, 0, stdout);
    });

    for (const args of elsewhere) {
      it(`may not: kubectl ${args.join(" ")}`, async () => assert.match(await refusal("deploy", args), /forbidden/i));
    }

    it("may give MetalLB's roles no permission that it does not have itself", async () => {
      await deploy();
      const rules = JSON.stringify({ rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] });
      const message = await refusal("deploy", ["patch", "clusterrole", "metallb:controller", "--type", "merge", "--patch", rules]);
      assert.match(message, /attempting to grant RBAC permissions not currently held/);
    });
  });

  describe("the one for reading", () => {
    before(async () => {
      await deploy();
      use(kubeconfigs["read"]);
    });

    it("previews without a change, and shows an edit", async () => {
      await on.nothingToDo();
      on.edited.write({ "pools.0.addresses": ["10.5.0.0/25"] });
      assert.match(await on.preview("--diff"), /10\.5\.0\.0\/25/);
    });

    it("passes doctor, which names it, and drift", async () => {
      const { exitCode, stdout } = await run("doctor", stack);
      assert.equal(exitCode, 0, stdout);
      assert.match(await rightsLine(), /^warning \| rights \| this user may only read: preview and drift work, and up fails; /);
      const drift = await run("drift", stack);
      assert.equal(drift.exitCode, 0, drift.stdout);
      assert.match(drift.stdout, /^ *warning +webhook +not checked: this user may not create pools/m);
    });

    it("cannot deploy: the cluster refuses the change and stays as it is", async () => {
      const pools = () => kubectl(["get", "ipaddresspools", "--namespace", "metallb-system", "--output", "json"]);
      const before = await pools();
      on.edited.write({ "pools.0.autoAssign": false });
      assert.match(await on.failure(on.up()), /ipaddresspools\.metallb\.io "lab-dev" is forbidden/);
      assert.equal(await pools(), before);
    });

    const inNamespace = ["--namespace", "metallb-system"];
    for (const args of [
      ...elsewhere,
      ["get", "secrets", ...inNamespace],
      ["create", "configmap", "mine", ...inNamespace],
      ["delete", "ipaddresspool", "lab-dev", ...inNamespace],
      ["delete", "daemonset", "metallb-speaker", ...inNamespace],
      ["create", "token", "metallb-controller", ...inNamespace],
    ]) {
      it(`may not: kubectl ${args.join(" ")}`, async () => assert.match(await refusal("read", args), /forbidden/i));
    }
  });

  describe("the one for deploying, at last,", () => {
    before(deploy);

    it("destroys the stack", async () => {
      const { exitCode, stdout, stderr } = await run("destroy", stack, "--yes");
      assert.equal(exitCode, 0, stdout + stderr);
      assert.equal(await kubectl(["get", "namespace", "metallb-system", "--ignore-not-found", "--output", "name"]), "");
      assert.equal(await kubectl(["get", "clusterroles,crds", "--output", "name"]).then((names) => names.match(/metallb/g)), null);
    });
  });
});
