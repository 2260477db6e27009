import type { Line } from "../check/check";
import type { Reply } from "./http-get";

/** The result of a pool's probe. */
export interface Tried {
  readonly pool: string;
  readonly lines: readonly Line[];
  /** The address of the probe service. */
  readonly address?: string;
  readonly reply?: Reply;
  /** Whether MetalLB has no free address in the pool. */
  readonly isFull?: boolean;
}
