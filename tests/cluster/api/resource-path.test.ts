import assert from "node:assert/strict";

import { collectionOf, objectIn } from "../../../cluster/api/resource-path";

const manifest = (apiVersion: string, kind: string, name: string, namespace?: string) => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  spec: {},
});

describe("the API path of an object", () => {
  for (const [apiVersion, kind, namespace, path] of [
    ["v1", "Namespace", undefined, "/api/v1/namespaces"],
    ["v1", "Secret", "lb", "/api/v1/namespaces/lb/secrets"],
    ["apps/v1", "DaemonSet", "lb", "/apis/apps/v1/namespaces/lb/daemonsets"],
    ["networking.k8s.io/v1", "NetworkPolicy", "lb", "/apis/networking.k8s.io/v1/namespaces/lb/networkpolicies"],
    ["networking.k8s.io/v1", "Ingress", "lb", "/apis/networking.k8s.io/v1/namespaces/lb/ingresses"],
    ["metallb.io/v1beta1", "IPAddressPool", "lb", "/apis/metallb.io/v1beta1/namespaces/lb/ipaddresspools"],
    ["rbac.authorization.k8s.io/v1", "ClusterRole", undefined, "/apis/rbac.authorization.k8s.io/v1/clusterroles"],
  ] as const) {
    it(`is in collection ${path}`, () => {
      const object = objectIn(manifest(apiVersion, kind, "x", namespace));
      assert.ok(object);
      assert.equal(collectionOf(object), path);
    });
  }

  it("is undefined for a command, a component and a provider", () => {
    for (const values of [undefined, {}, { triggers: [] }, { kind: "x", apiVersion: "v1" }, { kind: "x", apiVersion: "v1", metadata: {} }])
      assert.equal(objectIn(values), undefined);
  });
});
