import type * as pulumi from "@pulumi/pulumi";

import { HomelabComponent } from "./internal/homelab-component";

/** Arguments of {@link Protection}. */
export interface ProtectionArgs {
  /** Whether to refuse the destruction of the stack. */
  readonly protect: boolean;
  /** The resources to protect. */
  readonly dependents: readonly pulumi.Resource[];
  /** The objects of the charts among the protected resources. */
  readonly objects: pulumi.Output<pulumi.Resource[]>;
  /** Runs before `pulumi destroy` deletes any resource of the stack. If it throws, nothing is deleted. @default none */
  readonly guard?: pulumi.ResourceHook;
}

/**
 * Protects all resources of a stack together. The engine's `protect` keeps a resource and its dependencies, and deletes the others: without
 * this component a destroy would delete MetalLB's CRDs, and the protected pools with them. This component depends on all resources and only
 * it is protected. A destroy deletes it first, so the engine refuses the destroy before anything is deleted. `up` can still change and
 * replace resources.
 */
export class Protection extends HomelabComponent {
  constructor(name: string, { protect, dependents, objects, guard }: ProtectionArgs) {
    // The SDK accepts a list inside the list, but its types do not say so.
    const dependsOn = [...dependents, objects as unknown as pulumi.Output<pulumi.Resource>];
    super("homelab:network:Protection", name, {}, { protect, dependsOn, ...(guard && { hooks: { beforeDelete: [guard] } }) });
    this.registerOutputs({});
  }
}
