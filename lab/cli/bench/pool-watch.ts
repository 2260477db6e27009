import { EventEmitter, once } from "node:events";
import type execa from "execa";
import { UserError } from "../../../config/user-error";
import { Lines } from "../../lines";
import type { Lab } from "../../lab";

/** What a cluster tells of one pool. */
export interface PoolEvent {
  readonly kind: "ADDED" | "MODIFIED" | "DELETED";
  readonly pool: string;
}

/** Cuts what a watch prints, which comes in pieces, into its events: a line each, kind and name. */
export class EventLines {
  private readonly lines = new Lines();

  /** @returns the events that this piece ends */
  take(piece: string): PoolEvent[] {
    return this.lines.take(piece).flatMap((line) => {
      const [, kind, pool] = /^(ADDED|MODIFIED|DELETED) (\S+)$/.exec(line) ?? [];
      return kind === undefined || pool === undefined ? [] : [{ kind: kind as PoolEvent["kind"], pool }];
    });
  }
}

/** How long an event may take, in milliseconds. */
const DEADLINE = 300_000;

/** The pools of a cluster, told by its API server as they come and go. */
export class PoolWatch {
  private readonly process: execa.ExecaChildProcess;
  private readonly events = new EventEmitter();

  constructor(lab: Lab, stack: string, namespace: string) {
    const output = ["--watch", "--output-watch-events", "--output", 'jsonpath={.type} {.object.metadata.name}{"\\n"}'];
    this.process = lab.kubectl(stack, ["get", "ipaddresspools", "--namespace", namespace, ...output], { reject: false, buffer: false });
    const lines = new EventLines();
    this.process.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      const at = performance.now();
      for (const { kind, pool } of lines.take(piece)) this.events.emit(`${kind} ${pool}`, at);
    });
  }

  /** The moment of the next such event from now on, as `performance.now()` has it. A watch that begins tells of all pools as added. */
  async next(kind: PoolEvent["kind"], pool: string): Promise<number> {
    const signal = AbortSignal.timeout(DEADLINE);
    try {
      const [at] = (await once(this.events, `${kind} ${pool}`, { signal })) as [number];
      return at;
    } catch {
      throw new UserError(`Waited ${DEADLINE / 1000} s for the API server to tell that the pool ${pool} is ${kind}, in vain.`);
    }
  }

  end(): void {
    this.process.kill();
  }
}
