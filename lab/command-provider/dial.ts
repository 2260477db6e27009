import * as net from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { readCredentials, handshake, type Endpoint } from "./handshake";
import { connectText } from "./socket-errors";

export interface Connection extends Endpoint {
  readonly proxy?: Endpoint;
}

/** How a dial reports its retries, and what ends them early. */
export interface DialOptions {
  readonly status: (message: string) => void;
  /** Cancels only the wait between two dials. */
  readonly cancelled: AbortSignal;
}

/**
 * Opens an SSH connection, through the proxy if there is one. Retries every failed dial, even after a refused login or a wrong host key, because
 * release 1.2.1 does not tell them apart. An unreadable key or a dead agent socket fails at once.
 */
export async function dial(connection: Connection, options: DialOptions): Promise<Client> {
  const credentials = await readCredentials(connection);
  const { proxy, dialErrorLimit: limit } = connection;
  if (proxy === undefined) {
    return retry("Dial", limit, options, async () => handshake(await connectTcp(connection), credentials));
  }
  try {
    const proxyCredentials = await readCredentials(proxy);
    const client = await retry("Dial proxy", proxy.dialErrorLimit, options, async () =>
      handshake(await connectTcp(proxy), proxyCredentials),
    );
    const tunnel = await retry("Dial from proxy", limit, options, () => forward(client, connection));
    return await retry("Dial", limit, options, () => handshake(tunnel, credentials));
  } catch (error) {
    throw new Error(`proxy: ${(error as Error).message}`);
  }
}

/** Delays in milliseconds. Source: the defaults of pulumi/pulumi, sdk/go/common/util/retry/until.go. */
const BACK_OFF = { first: 100, factor: 1.5, longest: 5000 };

async function retry<T>(what: string, limit: number, options: DialOptions, attempt: () => Promise<T>): Promise<T> {
  let delay = BACK_OFF.first;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      // Release 1.2.1 counts retries here, not dials: with a limit of 10 the eleventh dial fails "after 10 failed attempts".
      if (limit > -1 && failures > limit) throw new Error(`after ${failures - 1} failed attempts: ${(error as Error).message}`);
    }
    options.status(`${what} ${failures}/${limit === -1 ? "inf" : limit} failed: retrying`);
    await wait(delay, options.cancelled);
    delay = Math.min(delay * BACK_OFF.factor, BACK_OFF.longest);
  }
}

function wait(milliseconds: number, cancelled: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = () => {
      clearTimeout(timer);
      reject(new Error("context canceled"));
    };
    const timer = setTimeout(() => {
      cancelled.removeEventListener("abort", cancel);
      resolve();
    }, milliseconds);
    if (cancelled.aborted) cancel();
    else cancelled.addEventListener("abort", cancel, { once: true });
  });
}

/**
 * Milliseconds of silence before keep-alive probes start, as in release 1.2.1, whose dialler has Go's defaults. Node sends ten probes, a second
 * apart, and so notices a lost router after 25 s. Go sends nine, 15 s apart, and notices it after 150 s.
 */
const KEEP_ALIVE = 15_000;

function connectTcp({ host, port, perDialTimeout }: Endpoint): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, noDelay: true });
    const fail = (why: string) => {
      socket.destroy();
      reject(new Error(`dial tcp ${host}:${port}: ${why}`));
    };
    const timer = perDialTimeout > 0 ? setTimeout(() => fail("i/o timeout"), perDialTimeout * 1000) : undefined;
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.setKeepAlive(true, KEEP_ALIVE);
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      fail(connectText(error));
    });
  });
}

function forward(proxy: Client, { host, port }: Endpoint): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    proxy.forwardOut("0.0.0.0", 0, host, port, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}
