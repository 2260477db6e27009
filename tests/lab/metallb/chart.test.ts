/** Checks what the program relies on in the charts of MetalLB that the lab runs. */
import assert from "node:assert/strict";

import execa from "execa";
import { parseAllDocuments, stringify } from "yaml";

import { DEFAULT_CHART, EARLIER_CHART, hasChange } from "../../../config/metallb-releases";
import { Progress } from "../../../lab/progress";
import { provideEarlierMetallb, provideHelm } from "../../../lab/tools/extras";
import { provideTools } from "../../../lab/tools/toolbox";
import { layer2Values } from "../../../cluster/manifests/values";
import { orderInstall, type Rendered } from "../../../cluster/manifests/install-order";
import { postRenderer } from "../../../components/internal/post-renderer";
import { nextHopManifests } from "../../../cluster/manifests/next-hop";
import { nameOf, written } from "../../../cluster/diagnosis/permissions";
import { rightsOf, rulesOf, type PolicyRule } from "../../../cluster/manifests/rbac";

interface Probe {
  readonly httpGet?: { readonly path: string };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

interface ChartObject extends Rendered {
  readonly rules?: readonly PolicyRule[];
  readonly webhooks?: ReadonlyArray<{ readonly name: string; readonly clientConfig: { readonly service: { readonly name: string } } }>;
  readonly spec?: {
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly Container[];
      };
    };
  };
}

const charts = {
  [EARLIER_CHART]: { find: async () => (await provideEarlierMetallb(new Progress())).chart, readiness: "/metrics" },
  // Its readiness does not depend on the webhook, so the program queries the webhook itself.
  [DEFAULT_CHART]: { find: async () => (await provideTools(new Progress())).chart, readiness: "/readyz" },
};

/** Splits a rule into rules with one group, kind, name and verb each. */
const single = ({ apiGroups, resources, verbs, resourceNames = [""] }: PolicyRule): PolicyRule[] =>
  apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        resourceNames.map((name) => ({
          apiGroups: [group],
          resources: [resource],
          verbs: [verb],
          ...(name === "" ? {} : { resourceNames: [name] }),
        })),
      ),
    ),
  );

/** Whether a rule allows what another one allows. */
function covers({ apiGroups, resources, verbs, resourceNames }: PolicyRule, one: PolicyRule): boolean {
  const has = (all: readonly string[], wanted: readonly string[]) => wanted.every((each) => all.includes(each));
  const hasVerbs = verbs.includes("*") || has(verbs, one.verbs);
  const hasNames = resourceNames === undefined || (one.resourceNames !== undefined && has(resourceNames, one.resourceNames));
  return has(apiGroups, one.apiGroups) && has(resources, one.resources) && hasVerbs && hasNames;
}

for (const [version, { find, readiness }] of Object.entries(charts)) {
  describe(`MetalLB's chart ${version} with the program's values`, () => {
    let text: string;
    let objects: readonly ChartObject[];
    let render: (values: object) => Promise<string>;

    before(async function () {
      this.timeout(1_200_000);
      const [helm, chart] = [await provideHelm(new Progress()), await find()];
      render = async (values) => {
        const args = ["template", "metallb", chart, "--namespace", "metallb-system", "--values", "-"];
        return (await execa(helm, args, { input: stringify(values) })).stdout;
      };
      text = await render(layer2Values());
      objects = objectsIn(text);
    });

    const objectsIn = (rendered: string): ChartObject[] =>
      parseAllDocuments(rendered).flatMap((document) => (document.toJS() as ChartObject | null) ?? []);
    const named = (kind: string, name: string, among = objects): ChartObject => {
      const found = among.find((object) => object.kind === kind && object.metadata?.name === name);
      assert.ok(found, `no ${kind} ${name}`);
      return found;
    };
    const containers = (object: ChartObject) => object.spec?.template?.spec.containers ?? [];

    it("has a speaker without FRR that ignores the exclusion from load balancing, and nothing of frr-k8s", () => {
      const [speaker, ...others] = containers(named("DaemonSet", "metallb-speaker"));
      assert.deepEqual([speaker?.name, others], ["speaker", []]);
      assert.ok(speaker?.args?.includes("--ignore-exclude-lb"), speaker?.args?.join(" "));
      assert.deepEqual(
        objects
          .filter(({ kind, metadata }) => kind === "DaemonSet" && metadata?.name !== "metallb-speaker")
          .map(({ metadata }) => metadata?.name),
        [],
      );
      assert.deepEqual(
        objects.map(({ metadata }) => metadata?.name ?? "").filter((name) => name.includes("frr-k8s") || name.includes("frrk8s")),
        [],
      );
    });

    it("has a speaker that repeats announcements only if the stack file says so", async () => {
      const argsOf = (rendered: string) => /--gratuitous-arp-interval=\d+/.exec(rendered)?.[0];
      assert.equal(argsOf(text), undefined);
      const wanted = hasChange("gratuitousARPInterval", version) ? "--gratuitous-arp-interval=10" : undefined;
      assert.equal(argsOf(await render(layer2Values({ gratuitousARPInterval: 10 }))), wanted);
    });

    it("would have FRR without these values", async () => {
      assert.match(await render({}), /frr/);
    });

    it("has the webhook configuration whose name identifies orphaned ones, with one service", () => {
      const webhooks = named("ValidatingWebhookConfiguration", "metallb-webhook-configuration").webhooks ?? [];
      assert.ok(webhooks.length > 0 && webhooks.every(({ name }) => name.endsWith("webhook.metallb.io")));
      assert.deepEqual([...new Set(webhooks.map(({ clientConfig }) => clientConfig.service.name))], ["metallb-webhook-service"]);
    });

    it("has the speaker labels that the floating next hop selects", () => {
      const labels = named("DaemonSet", "metallb-speaker").spec?.template?.metadata.labels ?? {};
      const { selector } = nextHopManifests("192.168.50.240", "metallb-system").service.spec;
      for (const [label, value] of Object.entries(selector)) assert.equal(labels[label], value, label);
    });

    it(`has a controller whose readiness probe is ${readiness}`, () => {
      const [controller] = containers(named("Deployment", "metallb-controller"));
      assert.equal(controller?.readinessProbe?.httpGet?.path, readiness);
    });

    it("has readiness probes that begin at once and tolerate as long a silence as the chart's, and the chart's liveness probes", async () => {
      const unchanged = objectsIn(await render({ ...layer2Values(), controller: {}, speaker: { frr: { enabled: false } } }));
      for (const [kind, name] of [
        ["Deployment", "metallb-controller"],
        ["DaemonSet", "metallb-speaker"],
      ] as const) {
        const [[ours], [theirs]] = [containers(named(kind, name)), containers(named(kind, name, unchanged))];
        const silence = ({ periodSeconds = 0, failureThreshold = 0 }: Probe = {}): number => periodSeconds * failureThreshold;
        assert.deepEqual([ours?.readinessProbe?.initialDelaySeconds, ours?.readinessProbe?.periodSeconds], [1, 2], name);
        assert.deepEqual([silence(ours?.readinessProbe), silence(theirs?.readinessProbe)], [30, 30], name);
        assert.ok(ours?.livenessProbe, name);
        assert.deepEqual(ours.livenessProbe, theirs?.livenessProbe, name);
      }
    });

    it("has everything that its workloads need listed before them", () => {
      const ordered = orderInstall(objects, { timeout: 300 });
      for (const [workload, account] of [
        ["Deployment", "metallb-controller"],
        ["DaemonSet", "metallb-speaker"],
      ] as const) {
        const needed = ordered.find(({ kind }) => kind === workload)?.metadata?.annotations?.["config.kubernetes.io/depends-on"] ?? "";
        assert.ok(needed.includes(`/namespaces/metallb-system/ServiceAccount/${account}`), workload);
      }
    });

    it("is unchanged by the post-renderer but for the annotations of the order", async () => {
      const { command, args } = postRenderer(300);
      const { stdout } = await execa(command, args, { input: text });
      assert.deepEqual(
        parseAllDocuments(stdout).map((document) => document.toJS() as ChartObject),
        orderInstall(objects, { timeout: 300 }),
      );
      const kept = text.split("\n").filter((line) => !/^(---|\s*|# .*)$/.test(line));
      const lines = stdout.split("\n");
      assert.deepEqual(
        kept.filter((line) => !lines.includes(line)),
        [],
        "lines that were written anew",
      );
    });

    it("has only kinds whose create permission homelab doctor checks", () => {
      const asked = new Set(written("metallb-system").map(nameOf));
      const kinds = objects.flatMap(({ apiVersion = "", kind }) => {
        const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
        return kind === undefined ? [] : [nameOf({ group: group ?? "", resource: `${kind.toLowerCase()}s` })];
      });
      assert.ok(kinds.length > 20, `${kinds.length} objects`);
      assert.deepEqual(
        [...new Set(kinds)].filter((kind) => !asked.has(kind)),
        [],
      );
    });

    it("has outside of namespaces only objects that the account for deploying may write", () => {
      const named = written("metallb-system").flatMap(({ resource, names = [] }) => names.map((name) => `${resource} ${name}`));
      const outside = objects.filter(({ kind = "" }) => /^(Cluster|Custom|Validating)/.test(kind));
      assert.ok(outside.length > 10, `${outside.length} objects`);
      assert.deepEqual(
        outside.map(({ kind = "", metadata }) => `${kind.toLowerCase()}s ${metadata?.name}`).filter((one) => !named.includes(one)),
        [],
      );
    });

    it("gives its roles only permissions that the account for deploying has itself", () => {
      const rights = rightsOf("deploy", "metallb-system");
      const inCluster = rulesOf(rights.filter(({ namespaced }) => !namespaced));
      const inNamespace = [...inCluster, ...rulesOf(rights.filter(({ namespaced }) => namespaced))];
      const roles = objects.filter(({ rules }) => rules !== undefined);
      assert.equal(roles.length, 4);
      for (const { kind, metadata, rules = [] } of roles)
        assert.deepEqual(
          rules.flatMap(single).filter((one) => !(kind === "Role" ? inNamespace : inCluster).some((rule) => covers(rule, one))),
          [],
          metadata?.name,
        );
    });

    it("accepts these values by its own schema, which rejects others", async () => {
      await assert.rejects(render({ ...layer2Values(), crds: { validationFailurePolicy: "Perhaps" } }), /validationFailurePolicy/);
    });
  });
}
