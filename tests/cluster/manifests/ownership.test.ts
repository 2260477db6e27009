import assert from "node:assert/strict";

import type { FieldOwner, Fields, KubeObject } from "../../../cluster/manifests/kube-object";
import { transferFields, TEMPORARY_MANAGER, isInstaller, isMark, isOwnedBy, unmarked } from "../../../cluster/manifests/ownership";

const owner = (manager: string, fieldsV1: Fields, more: Partial<FieldOwner> = {}): FieldOwner => ({
  manager,
  operation: "Update",
  apiVersion: "apps/v1",
  fieldsType: "FieldsV1",
  fieldsV1,
  ...more,
});
const ofNewOwner = (fieldsV1: Fields, manager = TEMPORARY_MANAGER): FieldOwner => owner(manager, fieldsV1, { operation: "Apply" });
const handed = (...owners: FieldOwner[]): FieldOwner[] => transferFields(owners, TEMPORARY_MANAGER, "apps/v1");
const labels = (...keys: string[]): Fields => ({
  "f:metadata": { "f:labels": { ".": {}, ...Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) } },
});

describe("the owners of an object's fields", () => {
  it("transfer the content to the new owner, and everything of Helm and Flux", () =>
    assert.deepEqual(
      handed(
        owner("helm", { ...labels("app"), "f:spec": { "f:replicas": {} } }),
        owner("kustomize-controller", { "f:spec": { "f:template": {} } }, { operation: "Apply" }),
      ),
      [ofNewOwner({ "f:spec": { "f:replicas": {}, "f:template": {} } })],
    ));

  it("are left alone for Kubernetes' own controllers and for the status", () => {
    const own = [
      owner("kube-controller-manager", { "f:status": {} }, { subresource: "status" }),
      owner("MetalLB", { "f:webhooks": {} }),
      owner("helm", { "f:status": {} }, { subresource: "status" }),
    ];
    assert.deepEqual(handed(...own), [...own, ofNewOwner({})]);
  });

  it("keep labels and annotations that somebody set by kubectl, but for marks and those of the new owner", () => {
    const [kept, ...others] = handed(
      ofNewOwner(labels("app")),
      owner("kubectl-label", labels("app", "team")),
      owner("kubectl-client-side-apply", {
        "f:metadata": { "f:annotations": { ".": {}, "f:kubectl.kubernetes.io/last-applied-configuration": {} } },
        "f:spec": { "f:addresses": {} },
      }),
    );
    assert.deepEqual(kept, owner("kubectl-label", labels("team")));
    assert.deepEqual(others, [ofNewOwner({ ...labels("app"), "f:spec": { "f:addresses": {} } })]);
  });

  it("keep, of Pulumi's managers, only the one in the state", () =>
    assert.deepEqual(
      transferFields(
        [ofNewOwner({ "f:data": {} }, "pulumi-kubernetes-1"), ofNewOwner({}, "pulumi-kubernetes-2")],
        "pulumi-kubernetes-2",
        "v1",
      ),
      [ofNewOwner({ "f:data": {} }, "pulumi-kubernetes-2")],
    ));

  it("do not change if they are transferred again", () => {
    const once = handed(owner("helm", { "f:spec": {} }), owner("kubectl-label", labels("team")));
    assert.deepEqual(handed(...once), once);
  });

  it("are recognized as installers by their manager names", () => {
    const installers = [
      "helm",
      "Helm",
      "helm-controller",
      "kustomize-controller",
      "kubectl",
      "kubectl-client-side-apply",
      "before-first-apply",
    ];
    assert.deepEqual(installers.filter(isInstaller), installers);
    const others = ["kube-controller-manager", "kube-apiserver", "controller", "speaker", "MetalLB", "kubelet", "pulumi-kubernetes-1"];
    assert.deepEqual(others.filter(isInstaller), []);
  });
});

const object = (metadata: Partial<KubeObject["metadata"]> = {}): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "metallb-speaker", ...metadata },
});

describe("the marks on an object", () => {
  it("are recognized by their keys; the chart's own labels are not marks", () => {
    const marks = [
      "meta.helm.sh/release-name",
      "helm.toolkit.fluxcd.io/name",
      "kustomize.toolkit.fluxcd.io/namespace",
      "kubectl.kubernetes.io/last-applied-configuration",
    ];
    assert.deepEqual(
      marks.filter((key) => isMark(key, "")),
      marks,
    );
    const others = ["helm.sh/chart", "app.kubernetes.io/name", "metallb.io/address-pool", "x.meta.helm.sh/a"];
    assert.deepEqual(
      others.filter((key) => isMark(key, "")),
      [],
    );
    assert.deepEqual([isMark("app.kubernetes.io/managed-by", "Helm"), isMark("app.kubernetes.io/managed-by", "me")], [true, false]);
  });

  it("are removed with labels that only the release sets; a user's own labels stay", () => {
    const live = object({
      labels: { "app.kubernetes.io/managed-by": "Helm", extra: "1", team: "a", "helm.toolkit.fluxcd.io/name": "metallb" },
      annotations: { "meta.helm.sh/release-name": "metallb", note: "mine" },
    });
    const released = object({ labels: { "app.kubernetes.io/managed-by": "Helm", extra: "1" } });
    const planned = object({ labels: { "app.kubernetes.io/managed-by": "Helm" } });
    assert.deepEqual(unmarked(live, planned, released), {
      labels: { "app.kubernetes.io/managed-by": "Helm", team: "a" },
      annotations: { note: "mine" },
    });
    assert.deepEqual(unmarked(live, object()).labels, { extra: "1", team: "a" });
  });

  it("are counted to find out whether an object is adopted completely", () => {
    const pulumi = "pulumi-kubernetes-1";
    const settled = (metadata: Partial<KubeObject["metadata"]>): boolean => isOwnedBy(object(metadata), object(), pulumi);
    const managedFields = [ofNewOwner({ "f:spec": {} }, pulumi), owner("kubectl-label", labels("team"))];
    assert.equal(settled({ managedFields, labels: { team: "a" } }), true);
    assert.equal(settled({ managedFields, annotations: { "meta.helm.sh/release-name": "metallb" } }), false);
    assert.equal(settled({ managedFields: [...managedFields, owner("helm", { "f:spec": {} })] }), false);
    assert.equal(settled({ managedFields: [ofNewOwner({ "f:spec": {} }, "pulumi-kubernetes-2")] }), false);
    assert.equal(settled({ managedFields: [owner("helm", { "f:spec": {} })] }), false);
  });
});
