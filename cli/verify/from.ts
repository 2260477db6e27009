/** The machine that sends the probes' requests: this one, or another one by SSH. */
import { connect } from "node:net";
import execa from "execa";

import { fromHere, fromHost, lastLineOf, quotedUrl, runBySsh, type HttpGet } from "./http-get";

/** The machine that sends the requests. */
export interface From {
  /** Its name in messages. */
  readonly from: string;
  readonly httpGet: HttpGet;
  /** Resolves if a TCP connection to the address is accepted. Rejects with a short reason. */
  readonly reach: (address: string, port: number, signal: AbortSignal) => Promise<void>;
  /** Returns the addresses in the machine's neighbour table, which it would reach without a new ARP request. */
  readonly neighbours: () => Promise<ReadonlySet<string>>;
}

/** The time limit of one connection, in milliseconds. */
const LIMIT = 2000;

const NEIGHBOURS = "ip neighbour show 2>/dev/null || arp -an 2>/dev/null";

/** Returns the addresses in the output of `ip neighbour` or `arp -an`. */
export function neighboursIn(output: string): ReadonlySet<string> {
  return new Set(output.split("\n").flatMap((line) => /^(?:\S+ \()?([\da-f.:]+)\)? /.exec(line)?.[1] ?? []));
}

/** This machine. */
export const here: From = {
  from: "this machine",
  httpGet: fromHere,
  reach: (address, port, signal) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: address, port, signal, timeout: LIMIT }, () => {
        resolve();
        socket.destroy();
      });
      socket.on("timeout", () => socket.destroy(new Error(`silent for ${LIMIT / 1000} s`)));
      socket.on("error", (error: NodeJS.ErrnoException) => reject(new Error(error.code ?? error.message)));
    }),
  neighbours: async () => neighboursIn((await execa("sh", ["-c", NEIGHBOURS], { reject: false })).stdout ?? ""),
};

/** Another machine, by this machine's `ssh`. @param host in ssh's notation, such as `me@192.168.50.40` */
export function there(host: string): From {
  const run = (command: string) => runBySsh(host, command);
  return {
    from: host,
    httpGet: fromHost(host),
    reach: async (address, port) => {
      const url = `telnet://${address.includes(":") ? `[${address}]` : address}:${port}`;
      // curl waits for input after it has connected: its time limit (28) then ends a connection, and only its verbose text tells them apart.
      const { stdout, stderr } = await run(`curl --verbose --max-time ${LIMIT / 1000} ${quotedUrl(url)} </dev/null 2>&1`);
      if (!/^\* (Connected|Established connection) to /m.test(stdout))
        throw new Error(lastLineOf(stderr) || lastLineOf(stdout) || "no connection");
    },
    neighbours: async () => neighboursIn((await run(NEIGHBOURS)).stdout),
  };
}
