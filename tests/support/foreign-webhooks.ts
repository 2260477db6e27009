/** Unmanaged webhook configurations. */

interface Client {
  readonly service?: { readonly namespace: string; readonly name: string; readonly path?: string };
  readonly url?: string;
  readonly caBundle?: string;
}

/** Returns a configuration for ConfigMaps with the label `judged-by` and the configuration's name. */
export function foreignWebhook(name: string, clientConfig: Client, changes: object = {}, labels: object = {}): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name, labels },
    webhooks: [
      {
        name: "policy.example.com",
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        failurePolicy: "Fail",
        clientConfig,
        objectSelector: { matchLabels: { "judged-by": name } },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
        ...changes,
      },
    ],
  };
}
