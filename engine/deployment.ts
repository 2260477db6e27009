/** A stack's state as `pulumi stack export` prints it, as far as it is of interest; secrets in it are encrypted. */
export interface Deployment {
  readonly resources?: readonly StateResource[];
  readonly pending_operations?: readonly PendingOperation[];
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
  /** The names of its hooks, by their kind; a destroy that needs one has to run the program. */
  readonly resourceHooks?: Readonly<Record<string, readonly string[]>>;
  /** It was replaced, and is still to be deleted. */
  readonly delete?: boolean;
  /** It was deleted to be replaced, and the new one is not there yet. */
  readonly pendingReplacement?: boolean;
}

/** What a run had begun that was cut off before it heard what came of it. */
export interface PendingOperation {
  readonly type: "creating" | "updating" | "deleting" | "reading" | "importing";
  readonly resource: StateResource;
}

/** What a run was at when it was cut off, and of which the state does not have the end. */
export interface PendingOperations {
  /** What it was making: nobody knows whether it is there. */
  readonly creating: readonly StateResource[];
  /** What it was changing, as it was to become: the state has it as it was. */
  readonly updating: readonly StateResource[];
}

/** What the engine has of each resource, by URN. What was replaced and is still to be deleted is no longer the stack's. */
export function outputsIn({ resources = [] }: Deployment): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const current = resources.filter((resource) => resource.delete !== true);
  return new Map(current.map(({ urn, outputs = {} }) => [urn, outputs]));
}

/** Reads from a state what a run was at. The engine keeps what was being made until somebody clears it, also where a later run has made it. */
export function pendingIn({ resources = [], pending_operations: operations = [] }: Deployment): PendingOperations {
  const made = new Set(resources.filter(({ pendingReplacement }) => pendingReplacement !== true).map(({ urn }) => urn));
  const being = (type: PendingOperation["type"]) => [
    ...new Map(operations.filter((one) => one.type === type).map(({ resource }) => [resource.urn, resource])).values(),
  ];
  return {
    creating: being("creating").filter(({ urn }) => !made.has(urn)),
    updating: being("updating").filter(({ urn }) => made.has(urn)),
  };
}
