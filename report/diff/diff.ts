/** The differences between two versions of the household, as `homelab diff --json` prints them. */
import type { Difference } from "../../cluster/manifests/kube-object";

/** What happens to an object, a route or a stack. */
export type Change = "added" | "removed" | "changed";

/** All differences. A stack without a difference is not in the list. */
export interface Diff {
  readonly stacks: readonly StackDiff[];
  /** The addresses that one stack gives up and another one gets. */
  readonly moved: readonly MovedAddresses[];
  /** Why stacks of the base could not be read. They are listed as added. */
  readonly baseProblem?: string | undefined;
}

/** The differences of one stack. */
export interface StackDiff {
  readonly stack: string;
  readonly change: Change;
  readonly objects: readonly ObjectChange[];
  readonly routes: readonly RouteChange[];
  readonly images: readonly ImageChange[];
  /** What a change of a custom resource definition takes from users of the kind. */
  readonly definitions: readonly DefinitionNote[];
  /** Changes of the stack file that are in no object and no route. */
  readonly settings: readonly Difference[];
  /** The places of secrets that are other ones now. */
  readonly secrets: readonly string[];
}

/** An object that differs. */
export interface ObjectChange {
  readonly change: Change;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly differences: readonly Difference[];
}

/** The values of the router's form that can change while the destination stays. */
export interface RouteTarget {
  readonly gateway: string;
  readonly metric: number;
}

/** A route that differs, with the values of the router's form. */
export interface RouteChange extends RouteTarget {
  readonly change: Change;
  readonly router: string;
  readonly network: string;
  readonly netmask: string;
  /** The earlier values of a changed route. */
  readonly before?: RouteTarget | undefined;
}

/** The tags or digests of one image; an empty list if no object uses the image. */
export interface ImageChange {
  readonly image: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** What a change of a custom resource definition removes or demands. */
export interface DefinitionNote {
  readonly definition: string;
  readonly note: string;
}

/** A place of an address. */
export interface Holder {
  readonly stack: string;
  readonly pool: string;
}

/** Addresses that change hands between clusters. */
export interface MovedAddresses {
  readonly addresses: string;
  readonly from: Holder;
  readonly to: Holder;
}

/** Whether nothing differs. A base that cannot be read differs. */
export const isEmpty = ({ stacks, moved, baseProblem }: Diff): boolean =>
  stacks.length === 0 && moved.length === 0 && baseProblem === undefined;
