/** Webhook configurations of somebody else's. */

interface Client {
  readonly service?: { readonly namespace: string; readonly name: string; readonly path?: string };
  readonly url?: string;
  readonly caBundle?: string;
}

/** One that asks about ConfigMaps that bear the label `judged-by` with its name. */
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
