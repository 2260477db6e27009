import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";

import type { AuthenticationType, AuthHandlerMiddleware, Client, ConnectConfig, ServerHostKeyAlgorithm } from "ssh2";

import type { RouterPlan } from "../config/plan";
import { LARGEST_OUTPUT, megabytes } from "../config/size";
import type { RouterLogin } from "../config/stack-loader";
import { inTurn, onSharedConnection } from "./connections";
import { readablePrivateKey } from "./private-key";
import {
  hasNoSuchKey,
  isClosedEarly,
  noAgent,
  noSuchKey,
  hostKeyMismatch,
  loginRejected,
  RouterUnreachable,
  noResponse,
  unusableKey,
  hostKeyError,
  type SshError,
} from "./ssh-errors";

/** A router and its login. */
export interface RouterQuery {
  readonly router: Pick<RouterPlan, "host" | "port" | "user" | "hostKey">;
  readonly login: RouterLogin;
  /** An existing connection to the router, used instead of a new one. */
  readonly sock?: Duplex;
}

/** A router's output and its host key. */
export interface RouterAnswer {
  /** The output, with one character per byte. */
  readonly text: string;
  /** The host key, such as `ssh-ed25519 AAAA...`. */
  readonly hostKey: string;
}

/** The time limits, in seconds. */
export interface Timeouts {
  /** The limit until the login is complete. */
  readonly login: number;
  readonly answer: number;
}

const defaultTimeouts: Timeouts = { login: 5, answer: 10 };
const ed25519 = ["ssh-ed25519"] as const;
const ecdsa = ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"] as const;
const rsa = ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] as const;

/**
 * Runs one command on the router, over one connection with one login.
 *
 * @throws RouterUnreachable if the router does not answer in time
 * @throws RouterRejects if the host key is another one, or the login fails
 */
export function queryRouter(query: RouterQuery, command: string, timeouts: Timeouts = defaultTimeouts): Promise<RouterAnswer> {
  return queryInSequence(query, [command], timeouts);
}

/**
 * Works like {@link queryRouter} with several commands, each with its own time limit. One joint command line would be too long for old SSH
 * servers.
 */
export async function queryInSequence(
  query: RouterQuery,
  commands: readonly string[],
  timeouts: Timeouts = defaultTimeouts,
): Promise<RouterAnswer> {
  const { router, login } = query;
  return onSharedConnection(
    query.sock === undefined ? JSON.stringify([router.host, router.port, router.user, router.hostKey, login, timeouts]) : query.sock,
    () => inTurn(query, () => connect(query, timeouts)),
    async ({ client, hostKey }) => {
      let text = "";
      for (const command of commands) text += await run(client, command, timeouts);
      return { text, hostKey };
    },
  );
}

/**
 * Reads the host key that the router shows, of a type that can be pinned: ed25519, or else ecdsa. Does not log in.
 *
 * @throws RouterUnreachable if the router does not answer in time
 * @throws RouterRejects if the router has no such key
 */
export async function readHostKey({ router, sock }: Omit<RouterQuery, "login">, timeouts: Timeouts = defaultTimeouts): Promise<string> {
  const config: ConnectConfig = { username: "nobody", algorithms: { serverHostKey: [...ed25519, ...ecdsa] } };
  let hostKey: string | undefined;
  const accept = (key: string) => {
    hostKey = key;
    return false;
  };
  try {
    const client = await inTurn({ router }, () =>
      connectClient({ router, ...(sock === undefined ? {} : { sock }) }, timeouts, config, { accept }),
    );
    client.destroy();
  } catch (error) {
    if (hostKey === undefined) throw hostKeyError(router, error as SshError, timeouts.login);
  }
  return hostKey ?? "";
}

/** Returns the type of the pinned key only, so that the server shows the key of that type. */
function allowedKeys(pin: string | undefined): ServerHostKeyAlgorithm[] {
  return pin === undefined ? [...ed25519, ...ecdsa, ...rsa] : [pin.split(" ")[0] as ServerHostKeyAlgorithm];
}

/** Formats a key as `ssh-ed25519 AAAA...`. The key begins with the length and the name of its type. */
function keyText(key: Buffer): string {
  return `${key.subarray(4, 4 + key.readUInt32BE(0)).toString()} ${key.toString("base64")}`;
}

/**
 * Tries the login methods in the provider's order, each once, and only those that the router accepts: the router counts an unknown method
 * as a failed login. The first attempt, `none`, makes the router list its methods.
 */
function authInSequence(): AuthHandlerMiddleware {
  const kinds: AuthenticationType[] = ["none", "publickey", "password", "keyboard-interactive", "agent"];
  const taken = (kind: AuthenticationType) => (kind === "agent" ? "publickey" : kind);
  return (offered: readonly AuthenticationType[] | null) => {
    let kind = kinds.shift();
    while (kind !== undefined && offered !== null && !offered.includes(taken(kind))) kind = kinds.shift();
    return kind ?? false;
  };
}

/** The caller's reactions while a connection is opened. */
interface ConnectOptions {
  /** Receives the host key that the router shows. @returns whether to log in */
  readonly accept: (hostKey: string) => boolean;
  /** Receives the error of the SSH agent. The library then tries the next login method. */
  readonly onAgentError?: (reason: string) => void;
}

/** The pauses before further attempts, in milliseconds. */
const PAUSES = [300, 600, 1200];

/**
 * Opens a connection. Tries again if the router closes it before its greeting: dropbear does so while three connections of this address have
 * not logged in, such as those of other stacks' previews. Rejects with the library's error, with level `setup` if it failed before connecting.
 */
async function connectClient(...args: Parameters<typeof connectOnce>): Promise<Client> {
  const [{ sock }] = args;
  for (const pause of sock === undefined ? PAUSES : []) {
    try {
      return await connectOnce(...args);
    } catch (error) {
      if (!isClosedEarly(error as SshError)) throw error;
      await setTimeout(pause);
    }
  }
  return connectOnce(...args);
}

async function connectOnce(
  { router: { host, port }, sock }: Pick<RouterQuery, "router" | "sock">,
  { login }: Timeouts,
  config: ConnectConfig,
  { accept, onAgentError }: ConnectOptions,
): Promise<Client> {
  const { Client } = await import("ssh2");
  // Each command on a shared connection adds a listener.
  const client = new Client().setMaxListeners(0);
  const destination = sock === undefined ? { host, port } : { sock };
  const hostVerifier = (key: Buffer) => accept(keyText(key));
  try {
    await new Promise<void>((resolve, reject) => {
      client.on("ready", resolve);
      client.on("error", (error) => (error.level === "agent" ? onAgentError?.(error.message) : reject(error)));
      client.on("close", () => reject(new Error("it closed the connection")));
      client.on("keyboard-interactive", (_name, _text, _language, prompts, finish) => finish(prompts.map(() => config.password ?? "")));
      try {
        client.connect({ ...destination, readyTimeout: login * 1000, ...config, hostVerifier });
        // Otherwise each of the login's five small packets waits 40 ms for the router's delayed acknowledgement of the one before.
        client.setNoDelay(true);
      } catch (error) {
        reject(Object.assign(error as Error, { level: "setup" }));
      }
    });
  } catch (error) {
    client.destroy();
    throw error;
  }
  return client;
}

async function connect(query: RouterQuery, timeouts: Timeouts): Promise<{ client: Client; hostKey: string }> {
  const { router, login } = query;
  let hostKey = "";
  let agentError: string | undefined;
  const accept = (key: string) => {
    hostKey = key;
    return router.hostKey === undefined || key === router.hostKey;
  };
  const config: ConnectConfig = {
    username: router.user ?? "",
    ...login,
    ...(login.privateKey === undefined ? {} : { privateKey: readablePrivateKey(login.privateKey) }),
    tryKeyboard: login.password !== undefined,
    authHandler: authInSequence(),
    algorithms: { serverHostKey: allowedKeys(router.hostKey) },
  };
  try {
    return { client: await connectClient(query, timeouts, config, { accept, onAgentError: (reason) => (agentError = reason) }), hostKey };
  } catch (thrown) {
    const error = thrown as SshError;
    if (error.level === "setup") throw unusableKey(error.message);
    if (hostKey !== "" && router.hostKey !== undefined && hostKey !== router.hostKey) throw hostKeyMismatch(router.host, hostKey);
    if (error.level === "client-authentication") throw agentError === undefined ? loginRejected(router) : noAgent(agentError);
    if (router.hostKey !== undefined && hasNoSuchKey(error)) throw noSuchKey(router.hostKey, error.message);
    throw noResponse(router, error, timeouts.login);
  }
}

function run(client: Client, command: string, { answer }: Timeouts): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const late = () => reject(new RouterUnreachable(`the router did not answer within ${answer} s`));
    const timer = globalThis.setTimeout(late, answer * 1000);
    client.on("close", () => {
      clearTimeout(timer);
      reject(new RouterUnreachable("the router closed the connection"));
    });
    client.exec(command, (error, channel) => {
      if (error !== undefined) {
        clearTimeout(timer);
        return reject(new RouterUnreachable(`the router runs no command (${error.message})`));
      }
      const output: Buffer[] = [];
      let bytes = 0;
      channel.on("data", (chunk: Buffer) => {
        output.push(chunk);
        bytes += chunk.length;
        if (bytes <= LARGEST_OUTPUT) return;
        clearTimeout(timer);
        reject(new RouterUnreachable(`the router sends more than ${megabytes(LARGEST_OUTPUT)}`, "check which host answers there"));
        client.destroy();
      });
      channel.stderr.resume();
      channel.on("close", () => {
        clearTimeout(timer);
        resolve(Buffer.concat(output).toString("latin1"));
      });
    });
  });
}
