/** The parts of a stack's state, as `pulumi stack export` prints it, that the program reads. Its secrets are encrypted. */
export interface Deployment {
  readonly resources?: readonly StateResource[];
  readonly pending_operations?: readonly PendingOperation[];
  /** What encrypts the state's secrets. A passphrase has a salt. */
  readonly secrets_providers?: { readonly state?: { readonly salt?: string } | null } | null;
}

/** A resource in a state. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly protect?: boolean;
  readonly dependencies?: readonly string[] | null;
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>> | null;
  /** The names of the resource's hooks, by type. A destroy that needs a hook must run the program. */
  readonly resourceHooks?: Readonly<Record<string, readonly string[]>>;
  /** Whether the resource was replaced and still has to be deleted. */
  readonly delete?: boolean;
  /** Whether the resource was deleted for a replacement that does not exist yet. */
  readonly pendingReplacement?: boolean;
}

/** An operation that an interrupted run started and did not finish. */
export interface PendingOperation {
  readonly type: "creating" | "updating" | "deleting" | "reading" | "importing";
  readonly resource: StateResource;
}

/** The pending operations of an interrupted run. */
export interface PendingOperations {
  /** Resources that the run was creating; they may or may not exist. */
  readonly creating: readonly StateResource[];
  /** Resources that the run was updating, with their new inputs. The state still has the old ones. */
  readonly updating: readonly StateResource[];
}

/** Returns the outputs of each resource by URN, without resources that were replaced and still have to be deleted. */
export function outputsIn({ resources = [] }: Deployment): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const current = resources.filter((resource) => resource.delete !== true);
  return new Map(current.map(({ urn, outputs = {} }) => [urn, outputs]));
}

/**
 * Reads the pending operations from a state. The engine keeps a pending creation until the user clears it, so one that a later run has
 * completed is skipped.
 */
export function pendingIn({ resources = [], pending_operations: operations = [] }: Deployment): PendingOperations {
  const made = new Set(resources.filter(({ pendingReplacement }) => pendingReplacement !== true).map(({ urn }) => urn));
  const pendingOf = (type: PendingOperation["type"]) => [
    ...new Map(operations.filter((one) => one.type === type).map(({ resource }) => [resource.urn, resource])).values(),
  ];
  return {
    creating: pendingOf("creating").filter(({ urn }) => !made.has(urn)),
    updating: pendingOf("updating").filter(({ urn }) => made.has(urn)),
  };
}

/** Returns a state without some resources, and without pending operations on them. */
export function withoutResources(deployment: Deployment, isForgotten: (urn: string) => boolean): Deployment {
  const { resources = [], pending_operations: pending = [] } = deployment;
  return {
    ...deployment,
    resources: resources.filter(({ urn }) => !isForgotten(urn)).map((resource) => withoutDependencies(resource, isForgotten)),
    pending_operations: pending
      .filter(({ resource }) => !isForgotten(resource.urn))
      .map((one) => ({ ...one, resource: withoutDependencies(one.resource, isForgotten) })),
  };
}

/** Removes dependencies on forgotten resources, because the engine rejects a state with missing dependencies. */
function withoutDependencies(resource: StateResource, isForgotten: (urn: string) => boolean): StateResource {
  const without = (urns: readonly string[]) => urns.filter((urn) => !isForgotten(urn));
  const { dependencies, propertyDependencies } = resource;
  return {
    ...resource,
    ...(dependencies && { dependencies: without(dependencies) }),
    ...(propertyDependencies && {
      propertyDependencies: Object.fromEntries(Object.entries(propertyDependencies).map(([key, urns]) => [key, without(urns ?? [])])),
    }),
  };
}
