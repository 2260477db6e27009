import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link Protection}. */
export interface ProtectionArgs {
  /** Whether destroying the stack is refused. */
  readonly protect: boolean;
  /** All that is not to be touched then. */
  readonly over: readonly pulumi.Resource[];
  /** The objects of charts among them. */
  readonly objects: pulumi.Output<pulumi.Resource[]>;
  /** Runs before anything of the stack is deleted by `pulumi destroy`; if it throws, nothing is. @default none */
  readonly guard?: pulumi.ResourceHook;
}

/**
 * Keeps a stack from being destroyed, all of it or nothing. The engine's `protect` keeps a resource and those that it depends on, and deletes the
 * others around it: MetalLB's kinds are no dependency of a pool, and take it with them when they go. So this one is protected alone and depends on
 * all of them; it is the first to be deleted, and where that is refused, so is everything. An `up` may go on changing and replacing them.
 */
export class Protection extends pulumi.ComponentResource {
  constructor(name: string, { protect, over, objects, guard }: ProtectionArgs) {
    // The SDK takes lists within the list, whatever its types say.
    const dependsOn = [...over, objects as unknown as pulumi.Output<pulumi.Resource>];
    super("homelab:network:Protection", name, {}, { protect, dependsOn, ...(guard && { hooks: { beforeDelete: [guard] } }) });
    this.registerOutputs({});
  }
}
