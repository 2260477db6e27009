import assert from "node:assert/strict";

import { orderInstall } from "../../../cluster/manifests/install-order";

describe("the order in which a chart's objects are created", () => {
  const named = (apiVersion: string, kind: string, name: string, namespace?: string) => ({
    apiVersion,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  });
  const account = named("v1", "ServiceAccount", "controller", "metallb-system");
  const role = named("rbac.authorization.k8s.io/v1", "ClusterRole", "metallb:controller");
  const service = named("v1", "Service", "webhook", "metallb-system");
  const deployment = named("apps/v1", "Deployment", "controller", "metallb-system");
  const atOnce = { "pulumi.com/deletionPropagationPolicy": "background" };
  const annotations = (objects: ReturnType<typeof orderInstall>) => objects.map(({ metadata }) => metadata?.annotations);

  it("creates workloads after service accounts and roles, with a limit to become ready, and does not wait for services", () => {
    assert.deepEqual(annotations(orderInstall([deployment, account, role, service], { timeout: 90 })), [
      {
        "pulumi.com/timeoutSeconds": "90",
        "config.kubernetes.io/depends-on":
          "/namespaces/metallb-system/ServiceAccount/controller,rbac.authorization.k8s.io/ClusterRole/metallb:controller",
      },
      atOnce,
      atOnce,
      { ...atOnce, "pulumi.com/skipAwait": "true" },
    ]);
  });

  it("creates CustomResourceDefinitions after all but the workloads, so that the provider reads the schema again as rarely as possible", () => {
    const definition = named("apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.metallb.io");
    const [ordered, , , last] = annotations(orderInstall([definition, account, service, deployment], { timeout: 300 }));
    const accountReference = "/namespaces/metallb-system/ServiceAccount/controller";
    assert.deepEqual(ordered, { "config.kubernetes.io/depends-on": accountReference });
    assert.equal(
      last?.["config.kubernetes.io/depends-on"],
      `apiextensions.k8s.io/CustomResourceDefinition/things.metallb.io,${accountReference}`,
    );
    assert.deepEqual(annotations(orderInstall([definition], { timeout: 300 })), [{}]);
  });

  it("takes over a webhook configuration that a stopped run created", () => {
    const configuration = named("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "webhooks");
    assert.deepEqual(annotations(orderInstall([configuration], { timeout: 90 })), [{ ...atOnce, "pulumi.com/patchForce": "true" }]);
  });

  it("keeps annotations and all other fields, and adds no dependency if none is needed", () => {
    const mine = { ...deployment, spec: { replicas: 1 }, metadata: { ...deployment.metadata, annotations: { mine: "yes" } } };
    const metadata = { ...deployment.metadata, annotations: { mine: "yes", "pulumi.com/timeoutSeconds": "300" } };
    assert.deepEqual(orderInstall([mine], { timeout: 300 }), [{ ...mine, metadata }]);
  });
});
