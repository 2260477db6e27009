import * as pulumi from "@pulumi/pulumi";

import type { NetworkPreflight } from "./preflight";

/** Returns a manifest for which a preview makes no dry run: the provider skips the dry run if an input is unknown. */
export function withoutDryRun<T extends { readonly metadata: object }>(manifest: T) {
  const annotations = pulumi.output(pulumi.unknown) as unknown as pulumi.Output<Record<string, string>>;
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

/**
 * Whether a preview's dry run of an object would fail although `up` can create or change the object.
 *
 * @param object kind and name
 */
export function isDryRunRefused(
  preflight: Partial<Pick<NetworkPreflight, "orphanedWebhook" | "withoutDryRun">> | undefined,
  object: string,
): boolean {
  const { orphanedWebhook = false, withoutDryRun: refused = [] } = preflight ?? {};
  // Only MetalLB's own kinds have the webhook.
  return (orphanedWebhook && /^(IPAddressPool|L2Advertisement) /.test(object)) || refused.includes(object);
}
