import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";

import { surveyAdoption } from "../../../cli/adopt/survey";
import type { ClusterConnection } from "../../../cluster/survey/reader";
import { readReleases } from "../../../cluster/survey/helm-releases";
import { apiServerOf } from "../../../cluster/api/kubeconfig";
import { idOf } from "../../../cluster/manifests/kube-object";
import { ApiServer, base64, kubeconfigFor, oneMaster } from "../../support/api-server";

const manifest = `# Source: metallb/templates/a.yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: metallb-speaker
---
# Nothing is left of this one.
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: metallb:speaker
`;

/** Returns a Secret in the form in which Helm stores a revision of a release. */
function revision(name: string, version: number, chart = "metallb"): object {
  const content = {
    name,
    namespace: "metallb-system",
    version,
    info: { status: version === 2 ? "deployed" : "superseded" },
    chart: { metadata: { name: chart, version: `0.15.${version}` } },
    manifest,
  };
  const release = base64(gzipSync(JSON.stringify(content)).toString("base64"));
  const labels = { owner: "helm", name, version: String(version) };
  return { metadata: { name: `sh.helm.release.v1.${name}.v${version}`, namespace: "metallb-system", labels }, data: { release } };
}

const secretsOf = (namespace: string, selector = "owner=helm"): string =>
  `/api/v1/namespaces/${namespace}/secrets?labelSelector=${encodeURIComponent(selector)}`;
const marked = (labels: object, annotations: object = {}): object => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "metallb-speaker", namespace: "metallb-system", labels, annotations },
});
const planned = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "metallb-speaker", namespace: "metallb-system" } };
const account = "/api/v1/namespaces/metallb-system/serviceaccounts/metallb-speaker";
const helmRelease = (version: string): string => `/apis/helm.toolkit.fluxcd.io/${version}/namespaces/flux-system/helmreleases/metallb`;

describe("the survey before an adoption", () => {
  let server: ApiServer;
  let connection: ClusterConnection;
  beforeEach(async () => {
    server = await ApiServer.start({
      ...oneMaster,
      "/api/v1": { resources: [{ name: "serviceaccounts", kind: "ServiceAccount", namespaced: true }] },
      "/api/v1/namespaces/kube-system": { metadata: { name: "kube-system", uid: "this-cluster" } },
    });
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    connection = { kubeconfig: { text: kubeconfigFor(cluster), folder: "/" }, context: "lab-dev", namespace: "metallb-system" };
  });
  afterEach(() => server.stop());
  const survey = () => surveyAdoption(connection, [{ object: planned }]);

  it("reads the latest revision of a release, with its objects and all of its Secrets", async () => {
    server.answers[secretsOf("metallb-system")] = [revision("metallb", 1), revision("metallb", 2), revision("other", 1, "other")];
    const releases = await readReleases(apiServerOf(connection.kubeconfig, connection.context), "metallb-system");
    const [{ objects = [], secrets = [], ...release } = {}, ...others] = releases;
    assert.deepEqual(release, {
      name: "metallb",
      namespace: "metallb-system",
      revision: 2,
      status: "deployed",
      chart: "metallb",
      version: "0.15.2",
    });
    assert.deepEqual(objects.map(idOf), ["ServiceAccount metallb-system/metallb-speaker", "ClusterRole metallb:speaker"]);
    assert.deepEqual(
      secrets.map(idOf),
      [1, 2].map((version) => `Secret metallb-system/sh.helm.release.v1.metallb.v${version}`),
    );
    assert.deepEqual(
      others.map(({ name }) => name),
      ["other"],
    );
  });

  it("finds the cluster, its objects, and MetalLB's own release even without marks", async () => {
    server.answers[account] = marked({});
    server.answers[secretsOf("metallb-system")] = [revision("metallb", 2), revision("other", 1, "other")];
    const { planned: found, releases, reconcilers, cluster } = await survey();
    assert.deepEqual(found, [{ object: planned, live: marked({}) }]);
    assert.deepEqual([releases.map(({ name }) => name), reconcilers, cluster], [["metallb"], [], "this-cluster"]);
  });

  it("finds the releases that objects are marked with, in any namespace", async () => {
    server.answers[account] = marked({}, { "meta.helm.sh/release-name": "pools", "meta.helm.sh/release-namespace": "home" });
    server.answers[secretsOf("home", "owner=helm,name=pools")] = [revision("pools", 1, "pools")];
    assert.deepEqual(
      (await survey()).releases.map(({ name, chart }) => [name, chart]),
      [["pools", "pools"]],
    );
    assert.deepEqual((await surveyAdoption(connection, [])).releases, []);
  });

  it("finds active Flux resources in any version of their kind, and no suspended or deleted ones", async () => {
    const labels = (tool: string, name: string) => ({
      [`${tool}.toolkit.fluxcd.io/name`]: name,
      [`${tool}.toolkit.fluxcd.io/namespace`]: "flux-system",
    });
    server.answers[account] = marked({ ...labels("helm", "metallb"), ...labels("kustomize", "pools") });
    assert.deepEqual((await survey()).reconcilers, []);
    server.answers[helmRelease("v2beta1")] = { spec: {} };
    assert.deepEqual((await survey()).reconcilers, [{ kind: "HelmRelease", namespace: "flux-system", name: "metallb" }]);
    server.answers[helmRelease("v2beta1")] = { spec: { suspend: true } };
    server.answers["/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/pools"] = { spec: { suspend: false } };
    assert.deepEqual((await survey()).reconcilers, [{ kind: "Kustomization", namespace: "flux-system", name: "pools" }]);
  });
});
