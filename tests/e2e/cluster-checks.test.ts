import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Cluster } from "../../lab/cluster";
import { kubeconfigOf } from "../../lab/folders";
import { PROJECT_FOLDER, repository } from "../../config/project";
import type { Lab } from "../../lab/lab";
import { demoNamespace, deployDemo } from "../../lab/proof";
import { Progress } from "../../lab/progress";
import { until } from "../../lab/wait";
import { pulumi } from "../support/lab";
import { demoAddress } from "../support/pods";
import { deploy, sharedLab } from "../support/shared-lab";
import { printed, StackEdit } from "../support/stack-edit";
import { HOUSEHOLD } from "../support/stack-files";

const stack = "lab-dev";
const role = "node-role.kubernetes.io/control-plane";

describe("a cluster with services", () => {
  let lab: Lab;
  let cluster: Cluster;
  let edited: StackEdit;

  before(async () => {
    lab = await sharedLab(__filename);
    cluster = lab.cluster(stack);
    edited = new StackEdit(lab, stack);
    await deploy(lab, stack);
    const [plan] = lab.plans.filter((one) => one.stack === stack);
    assert.ok(plan);
    await deployDemo(cluster, plan);
    await until("the service's address", async () => (await serviceAddress()) !== "");
  });
  after(() => cluster?.kubectl(["delete", "namespace", demoNamespace, "--wait=false"]));
  afterEach(() => edited.reset());

  const serviceAddress = (): Promise<string> => demoAddress(cluster);
  const gatewayProblem = (): string =>
    `Pulumi.lab-dev.yaml:${edited.lineOf("192.168.50.11")}: gateway.addresses[0] = "192.168.50.11": lab-dev-master has this address and is no master; ` +
    `cluster lab-dev has no Ready master: start one, or label it ${role}`;

  it("has its services printed and drawn by homelab plan --live, with the kubeconfig of the example stack files", async () => {
    const { operator, engine, folders, plans } = lab;
    const kubeconfigs = plans.map((plan) => kubeconfigOf(folders, plan.stack)).join(":");
    // Both contexts are in ~/.kube/config, which the stack files name.
    const script = 'mkdir -p ~/.kube && kubectl config view --flatten > ~/.kube/config && cd ~ && exec "$1" plan --live live.svg';
    const argv = ["sh", "-c", script, "sh", path.join(repository, "bin", "homelab")];
    const { stdout } = await operator.exec(argv, { env: { ...engine.environment, [PROJECT_FOLDER]: HOUSEHOLD, KUBECONFIG: kubeconfigs } });
    const address = await serviceAddress();
    const [, printed] = stdout.split("\nServices that have an address now:\n\n");
    const [header = "", , ...services] = printed?.split("\n\n")[0]?.split("\n") ?? [];
    assert.match(header, /^Address +Service +Pool +Cluster$/, stdout);
    assert.deepEqual(
      services.map((line) => line.split(/ +/)),
      [[address, "demo/whoami", "lab-dev", "lab-dev"]],
    );
    assert.doesNotMatch(stdout, /cannot be read/);
    const svg = fs.readFileSync(path.join(folders.root, "live.svg"), "utf8");
    for (const text of [address, "demo/whoami", "lab-dev-master", "lab-prod-master"]) assert.ok(svg.includes(`>${text}<`), text);
  });

  describe("of a renamed stack", () => {
    const rename = (from: string, to: string): Promise<string> => pulumi(lab, from, ["stack", "rename", to]);
    const unchanged = (): Promise<string> => pulumi(lab, "lab-home", ["preview", "--expect-no-changes"]);
    afterEach(() => rename("lab-home", stack));

    it("stays unchanged if its name was set before, as docs/how-to/stacks.md describes", async () => {
      await pulumi(lab, stack, ["config", "set", "--path", "cluster.name", stack]);
      await rename(stack, "lab-home");
      assert.deepEqual(
        fs
          .readdirSync(lab.folders.project)
          .filter((name) => name.startsWith("Pulumi.lab-"))
          .sort(),
        ["Pulumi.lab-home.yaml", "Pulumi.lab-prod.yaml"],
      );
      assert.deepEqual(printed(await unchanged()), []);
    });

    it("would be replaced without that", async () => {
      await rename(stack, "lab-home");
      await assert.rejects(unchanged(), /ended with 7:[^]*pulumi:providers:kubernetes kubernetes replace \[diff: ~clusterIdentifier\]/);
    });
  });

  describe("and the checks of preview and up", () => {
    it("print nothing if the gateway is a Ready master and the pools contain every service's address", async () => {
      const output = await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
      assert.deepEqual(printed(output), []);
      assert.doesNotMatch(output, /Diagnostics/);
    });

    it("name a service whose address an edit of the pools removes, and change nothing", async () => {
      const address = await serviceAddress();
      edited.write({ "pools.0.addresses": ["10.5.8.0/24"] });
      const output = await pulumi(lab, stack, ["preview"]);
      const where = `Pulumi.lab-dev.yaml:${edited.lineOf("homelab-network:pools")}: pools = ["10.5.8.0/24"]`;
      assert.deepEqual(printed(output), [
        `warning: ${where}: 1 service will lose its address: ${demoNamespace}/whoami (${address}); keep what they have in their pools, or expect new ones`,
      ]);
      assert.equal(await serviceAddress(), address);
    });

    it("name a service whose pool is no longer in the plan", async () => {
      edited.write({ "pools.0": { name: "web", addresses: ["10.5.8.0/24"] } });
      const output = await pulumi(lab, stack, ["preview"]);
      assert.match(printed(output).join("\n"), /1 service will lose its address: demo\/whoami/, output);
    });

    describe("with a gateway that is no longer a master", () => {
      before(() => cluster.kubectl(["label", "node", "lab-dev-master", `${role}-`]));
      after(() => cluster.kubectl(["label", "node", "lab-dev-master", `${role}=`]));

      it("warn, and change nothing else", async () => {
        assert.deepEqual(printed(await pulumi(lab, stack, ["preview", "--expect-no-changes"])), [`warning: ${gatewayProblem()}`]);
      });

      it("stop the run before anything changes if the gateway must be a master", async () => {
        // Every export encrypts secrets again, and a run that ends early may reorder resources.
        const state = async (): Promise<unknown> => {
          const { deployment } = JSON.parse(await pulumi(lab, stack, ["stack", "export"])) as {
            deployment: { resources: { urn: string }[] };
          };
          const sorted = deployment.resources.sort((one, other) => one.urn.localeCompare(other.urn));
          return JSON.parse(JSON.stringify(sorted, (key, value: unknown) => (key === "ciphertext" ? "secret" : value)));
        };
        const rules = async (): Promise<string> => (await lab.router.host.exec(["nvram", "get", "sr_rulelist"])).stdout;
        const [stateBefore, rulesBefore, address] = await Promise.all([state(), rules(), serviceAddress()]);
        edited.write({ "gateway.mustBeMaster": true, "pools.0.addresses": ["10.5.8.0/24"] });
        await assert.rejects(pulumi(lab, stack, ["up", "--yes", "--skip-preview"]), ({ message }: Error) => {
          assert.ok(message.includes(gatewayProblem()), message);
          assert.doesNotMatch(message, /\.ts:\d+/, "a stack trace");
          return true;
        });
        assert.deepEqual(await state(), stateBefore);
        assert.deepEqual([await rules(), await serviceAddress()], [rulesBefore, address]);
      });
    });

    describe("with an unreachable API server", () => {
      before(async () => {
        await cluster.master.exec(["sh", "-c", "kill -9 $(cat /run/kube-apiserver.pid)"]);
        await until("the API server's end", async () => !(await cluster.master.runs("kube-apiserver")));
      });
      after(() => lab.up(new Progress()));

      it("print one line, and leave the failure to the provider", async () => {
        await assert.rejects(pulumi(lab, stack, ["preview"]), ({ message }: Error) => {
          const [line, error, ...more] = printed(message);
          const reason =
            "https://192.168.50.11:6443 does not answer (ECONNREFUSED); start its API server, or correct cluster.kubeconfig and cluster.context";
          const offline = '"bin/homelab diff" shows an edit without the cluster.';
          assert.equal(line, `Next hop, services and orphaned objects were not checked in cluster lab-dev: ${reason}. ${offline}`, message);
          assert.match(error ?? "", /'metallb' has a problem: configured Kubernetes cluster is unreachable/);
          assert.ok(!more.some((text) => text.includes("were not checked") || /^ +at /.test(text)), message);
          return true;
        });
      });
    });
  });
});
