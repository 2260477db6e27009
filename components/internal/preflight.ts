import type { PoolStep } from "../../cluster/diagnosis/pool-order";
import type { Reservation } from "../../router/records";

/** The result of the check of a cluster, with its parsed pools. */
export interface NetworkPreflight {
  /**
   * The parsed pools in the order of their changes, each after the pools that it waits for.
   *
   * @default the component parses its pools, and they change in the order in which they are listed
   */
  readonly steps?: readonly PoolStep[];
  /** Whether the webhook configuration is orphaned, so that every dry run in a preview would fail. @default false */
  readonly orphanedWebhook?: boolean;
  /** The objects whose dry run would fail in a preview although `up` can change them, each as kind and name. @default none */
  readonly withoutDryRun?: readonly string[];
  /** Resolves when the webhook answers. Called after MetalLB is installed, and never in a preview. @default nothing is waited for */
  readonly ready?: () => Promise<void>;
}

/** The result of the check of a router's reservations. This check also requires a pinned host key. */
export interface RecordsPreflight {
  /** Whether the reservations on the router differ from those that the last run applied. */
  readonly repair: boolean;
  /** Whether the component adopts reservations that exist on the router already. */
  readonly adopt: boolean;
  /** The component's reservations on this router according to the state. */
  readonly owned: readonly Reservation[];
  /** The command's standard input, as recorded in the state. */
  readonly input?: string;
}

/** The result of the check of a router. This check also requires a pinned host key. */
export interface RoutesPreflight {
  /** Whether the routes on the router differ from those that the last run applied. */
  readonly repair: boolean;
  /** Whether the component adopts routes that exist on the router already. */
  readonly adopt: boolean;
  /** The command's standard input, as recorded in the state; undefined if the stack has no routes on this router. */
  readonly input?: string;
}
