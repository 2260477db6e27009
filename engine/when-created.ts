import type * as pulumi from "@pulumi/pulumi";

/** When a resource, with all that belongs to it, is there. */
export function whenCreated(resource: pulumi.Resource): Promise<void> {
  return new Promise((resolve) => void resource.urn.apply(() => resolve()));
}
