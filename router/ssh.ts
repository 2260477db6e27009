import type { Duplex } from "node:stream";

import type { AuthenticationType, AuthHandlerMiddleware, Client, ConnectConfig, ServerHostKeyAlgorithm } from "ssh2";

import type { RouterPlan } from "../config/plan";
import type { RouterLogin } from "../config/stack-loader";
import {
  hasNoSuchKey,
  noAgent,
  noSuchKey,
  otherKey,
  refusedLogin,
  RouterSilent,
  silent,
  uselessKey,
  whyNoKey,
  type Trouble,
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
export interface Patience {
  /** The limit until the login is complete. */
  readonly login: number;
  readonly answer: number;
}

const usual: Patience = { login: 5, answer: 10 };

const ed25519 = ["ssh-ed25519"] as const;
const ecdsa = ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"] as const;
const rsa = ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] as const;

/**
 * Runs one command on the router, over one connection with one login.
 *
 * @throws RouterSilent if the router does not answer in time
 * @throws RouterRefuses if the host key is another one, or the login fails
 */
export function queryRouter(query: RouterQuery, command: string, patience: Patience = usual): Promise<RouterAnswer> {
  return queryInTurn(query, [command], patience);
}

/**
 * Works like {@link queryRouter} with several commands, each with its own time limit. One joint command line would be too long for old SSH
 * servers.
 */
export async function queryInTurn(query: RouterQuery, commands: readonly string[], patience: Patience = usual): Promise<RouterAnswer> {
  const { client, hostKey } = await connect(query, patience);
  try {
    let text = "";
    for (const command of commands) text += await run(client, command, patience);
    client.end();
    return { text, hostKey };
  } catch (error) {
    // A graceful close could wait forever for a router that does not answer.
    client.destroy();
    throw error;
  }
}

/**
 * Reads the host key that the router shows, of a type that can be pinned: ed25519, or else ecdsa. Does not log in.
 *
 * @throws RouterSilent if the router does not answer in time
 * @throws RouterRefuses if the router has no such key
 */
export async function seeHostKey({ router, sock }: Omit<RouterQuery, "login">, patience: Patience = usual): Promise<string> {
  const config: ConnectConfig = { username: "nobody", algorithms: { serverHostKey: [...ed25519, ...ecdsa] } };
  let shown: string | undefined;
  const accept = (key: string) => {
    shown = key;
    return false;
  };
  try {
    const client = await dial({ router, ...(sock === undefined ? {} : { sock }) }, patience, config, { accept });
    client.destroy();
  } catch (error) {
    if (shown === undefined) throw whyNoKey(router, error as Trouble, patience.login);
  }
  return shown ?? "";
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
function inTurn(): AuthHandlerMiddleware {
  const kinds: AuthenticationType[] = ["none", "publickey", "password", "keyboard-interactive", "agent"];
  const taken = (kind: AuthenticationType) => (kind === "agent" ? "publickey" : kind);
  return (offered: readonly AuthenticationType[] | null) => {
    let kind = kinds.shift();
    while (kind !== undefined && offered !== null && !offered.includes(taken(kind))) kind = kinds.shift();
    return kind ?? false;
  };
}

/** The caller's reactions while a connection is opened. */
interface Dialling {
  /** Receives the host key that the router shows. @returns whether to log in */
  readonly accept: (hostKey: string) => boolean;
  /** Receives the error of the SSH agent. The library then tries the next login method. */
  readonly agentFails?: (reason: string) => void;
}

/** Opens a connection. Rejects with the library's error, with level `setup` if it failed before connecting. */
async function dial(
  { router: { host, port }, sock }: Pick<RouterQuery, "router" | "sock">,
  { login }: Patience,
  config: ConnectConfig,
  { accept, agentFails }: Dialling,
): Promise<Client> {
  const { Client } = await import("ssh2");
  const client = new Client();
  const destination = sock === undefined ? { host, port } : { sock };
  const hostVerifier = (key: Buffer) => accept(keyText(key));
  try {
    await new Promise<void>((resolve, reject) => {
      client.on("ready", resolve);
      client.on("error", (error) => (error.level === "agent" ? agentFails?.(error.message) : reject(error)));
      client.on("close", () => reject(new Error("it closed the connection")));
      client.on("keyboard-interactive", (_name, _text, _language, prompts, finish) => finish(prompts.map(() => config.password ?? "")));
      try {
        client.connect({ ...destination, readyTimeout: login * 1000, ...config, hostVerifier });
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

async function connect(query: RouterQuery, patience: Patience): Promise<{ client: Client; hostKey: string }> {
  const { router, login } = query;
  let hostKey = "";
  let agentTrouble: string | undefined;
  const accept = (key: string) => {
    hostKey = key;
    return router.hostKey === undefined || key === router.hostKey;
  };
  const config: ConnectConfig = {
    username: router.user ?? "",
    ...login,
    tryKeyboard: login.password !== undefined,
    authHandler: inTurn(),
    algorithms: { serverHostKey: allowedKeys(router.hostKey) },
  };
  try {
    return { client: await dial(query, patience, config, { accept, agentFails: (reason) => (agentTrouble = reason) }), hostKey };
  } catch (thrown) {
    const error = thrown as Trouble;
    if (error.level === "setup") throw uselessKey(error.message);
    if (hostKey !== "" && router.hostKey !== undefined && hostKey !== router.hostKey) throw otherKey(router.host, hostKey);
    if (error.level === "client-authentication") throw agentTrouble === undefined ? refusedLogin(router) : noAgent(agentTrouble);
    if (router.hostKey !== undefined && hasNoSuchKey(error)) throw noSuchKey(router.hostKey, error.message);
    throw silent(router, error, patience.login);
  }
}

function run(client: Client, command: string, { answer }: Patience): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const late = () => reject(new RouterSilent(`the router did not answer within ${answer} s`));
    const timer = setTimeout(late, answer * 1000);
    client.on("close", () => {
      clearTimeout(timer);
      reject(new RouterSilent("the router closed the connection"));
    });
    client.exec(command, (error, channel) => {
      if (error !== undefined) {
        clearTimeout(timer);
        return reject(new RouterSilent(`the router runs no command (${error.message})`));
      }
      const output: Buffer[] = [];
      channel.on("data", (chunk: Buffer) => output.push(chunk));
      channel.stderr.resume();
      channel.on("close", () => {
        clearTimeout(timer);
        resolve(Buffer.concat(output).toString("latin1"));
      });
    });
  });
}
