import type { PoolStep } from "../../cluster/diagnosis/pool-order";

/** What a check of the cluster found before anything is registered. The check parsed the pools, which are not parsed again. */
export interface NetworkPreflight {
  /** The pools in the order in which they change, each after those that it waits for. */
  readonly steps: readonly PoolStep[];
  /** Whether the webhook is there without its service, so that it refuses all that a preview asks. */
  readonly orphanedWebhook: boolean;
  /** Resolves when the webhook answers. Called when MetalLB is there, and not in previews. */
  readonly ready: () => Promise<void>;
}

/** What a check of the router found before anything is registered. The check saw to it that a host key is pinned. */
export interface RoutesPreflight {
  /** Whether what the router says of the routes differs from what the last run made. */
  readonly repair: boolean;
  /** Whether the routes become this component's where they are there already. */
  readonly adopt: boolean;
  /** The command's standard input in the state. */
  readonly input?: string;
}
