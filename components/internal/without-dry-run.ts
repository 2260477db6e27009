import * as pulumi from "@pulumi/pulumi";

/** Returns a manifest for which a preview makes no dry run: the provider skips the dry run if an input is unknown. */
export function withoutDryRun<T extends { readonly metadata: object }>(manifest: T) {
  const annotations = pulumi.output(pulumi.unknown) as unknown as pulumi.Output<Record<string, string>>;
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}
