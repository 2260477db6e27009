import type * as pulumi from "@pulumi/pulumi";

/** Resolves when a resource and its children exist. */
export function whenCreated(resource: pulumi.Resource): Promise<void> {
  return new Promise((resolve) => void resource.urn.apply(() => resolve()));
}
