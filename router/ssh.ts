import type { Duplex } from "node:stream";

import type { AuthenticationType, AuthHandlerMiddleware, Client, ConnectConfig, ServerHostKeyAlgorithm } from "ssh2";

import type { RouterPlan } from "../config/plan";
import type { RouterLogin } from "../config/stack-loader";
import { PrintableError } from "../config/user-error";

/** Which router to ask, and how to log in. */
export interface RouterQuery {
  readonly router: Pick<RouterPlan, "host" | "port" | "user" | "hostKey">;
  readonly login: RouterLogin;
  /** A connection to the router, where it is not dialled from here. */
  readonly sock?: Duplex;
}

/** What a router answered, and who it is. */
export interface RouterAnswer {
  /** One character for each byte. */
  readonly text: string;
  /** Such as `ssh-ed25519 AAAA...`. */
  readonly hostKey: string;
}

/** The router cannot be asked just now: a reason without a secret in it. */
export class RouterSilent extends PrintableError {
  override readonly name = "RouterSilent";
}

/** The router answers, and something about the connection must be mended first. */
export class RouterRefuses extends PrintableError {
  override readonly name = "RouterRefuses";
  constructor(
    /** The key of the router's section that it is about. */
    readonly key: "hostKey" | "user" | "privateKeyFile" | "agent",
    readonly rule: string,
    readonly fix: string,
  ) {
    super(rule);
  }
}

/** For how long a router is waited for, in seconds. */
export interface Patience {
  /** Until it is logged in to. */
  readonly login: number;
  readonly answer: number;
}

const usual: Patience = { login: 5, answer: 10 };

const ed25519 = ["ssh-ed25519"] as const;
const ecdsa = ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"] as const;
const rsa = ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] as const;

/**
 * Runs one command on the router, on one connection with one log-in.
 *
 * @throws RouterSilent where nobody answers in time.
 * @throws RouterRefuses where the host key is another, or the log-in fails.
 */
export function queryRouter(query: RouterQuery, command: string, patience: Patience = usual): Promise<RouterAnswer> {
  return queryInTurn(query, [command], patience);
}

/** As {@link queryRouter}, with several commands one after the other, each with its own patience: one of all would be too long a line for old SSH servers. */
export async function queryInTurn(query: RouterQuery, commands: readonly string[], patience: Patience = usual): Promise<RouterAnswer> {
  const { client, hostKey } = await connect(query, allowedKeys(query.router.hostKey), patience);
  try {
    let text = "";
    for (const command of commands) text += await run(client, command, patience);
    client.end();
    return { text, hostKey };
  } catch (error) {
    // A farewell could wait for ever for one that does not listen.
    client.destroy();
    throw error;
  }
}

/**
 * The host key that the router shows, of the kinds that can be pinned: ed25519, else ecdsa. Nobody logs in.
 *
 * @throws RouterSilent where nobody answers in time.
 * @throws RouterRefuses where the router has neither.
 */
export async function seeHostKey({ router, sock }: Omit<RouterQuery, "login">, patience: Patience = usual): Promise<string> {
  const { Client } = await import("ssh2");
  return new Promise((resolve, reject) => {
    const client = new Client();
    let seen: string | undefined;
    client.on("error", (error) => {
      if (seen !== undefined) return;
      const rule = `the router has no ed25519 or ecdsa host key (${error.message})`;
      const fix = "update the firmware, or set router.acceptAnyHostKey: true, which trusts whatever answers";
      reject(hasNoSuchKey(error) ? new RouterRefuses("hostKey", rule, fix) : silent(router, error, patience));
    });
    client.on("close", () => reject(closed(router, patience)));
    client.connect({
      ...destination({ router, ...(sock === undefined ? {} : { sock }) }, patience),
      username: "nobody",
      algorithms: { serverHostKey: [...ed25519, ...ecdsa] },
      hostVerifier: (key: Buffer) => {
        seen = keyText(key);
        resolve(seen);
        return false;
      },
    });
  });
}

function destination({ router: { host, port }, sock }: Pick<RouterQuery, "router" | "sock">, patience: Patience): ConnectConfig {
  return { ...(sock === undefined ? { host, port } : { sock }), readyTimeout: patience.login * 1000 };
}

/** The type of a pinned key and no other, so that the server shows that one. */
function allowedKeys(pin: string | undefined): ServerHostKeyAlgorithm[] {
  return pin === undefined ? [...ed25519, ...ecdsa, ...rsa] : [pin.split(" ")[0] as ServerHostKeyAlgorithm];
}

/** `ssh-ed25519 AAAA...`: a key begins with the length and name of its type. */
function keyText(key: Buffer): string {
  return `${key.subarray(4, 4 + key.readUInt32BE(0)).toString()} ${key.toString("base64")}`;
}

/** What goes wrong with a connection, as the library tells it: `code` is a number where the other end says why it hangs up. */
type Trouble = Error & { readonly code?: string | number; readonly level?: string };

/** Other parts of the handshake may find nothing in common as well. */
const hasNoSuchKey = ({ level, message }: Trouble) => level === "handshake" && message.includes("host key format");

function silent({ host, port }: Pick<RouterPlan, "host" | "port">, { level, code, message }: Trouble, { login }: Patience): RouterSilent {
  const reason = level === "client-timeout" ? `silent for ${login} s` : typeof code === "string" ? code : message;
  return new RouterSilent(`${host}:${port} does not answer (${reason})`);
}

const closed = (router: Pick<RouterPlan, "host" | "port">, patience: Patience) =>
  silent(router, new Error("it closed the connection"), patience);

/**
 * In the provider's order, each once, and of those that the router takes: it counts what fails, and what it does not know for a failure too. It says
 * what it takes when it is asked without any.
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

async function connect(
  query: RouterQuery,
  keys: ServerHostKeyAlgorithm[],
  patience: Patience,
): Promise<{ client: Client; hostKey: string }> {
  const { Client } = await import("ssh2");
  const { router, login } = query;
  const client = new Client();
  let seen = "";
  let agentTrouble: string | undefined;
  const said = (error: Trouble): Error => {
    if (seen !== "" && router.hostKey !== undefined && seen !== router.hostKey) return otherKey(router.host, seen);
    if (error.level === "client-authentication") return agentTrouble === undefined ? refusedLogin(router) : noAgent(agentTrouble);
    if (router.hostKey !== undefined && hasNoSuchKey(error)) return noSuchKey(router.hostKey, error.message);
    return silent(router, error, patience);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      client.on("ready", resolve);
      client.on("error", (error) => {
        // The library goes on to the next log-in by itself.
        if (error.level === "agent") agentTrouble = error.message;
        else reject(said(error));
      });
      client.on("close", () => reject(closed(router, patience)));
      client.connect({
        ...destination(query, patience),
        username: router.user ?? "",
        ...login,
        tryKeyboard: login.password !== undefined,
        authHandler: inTurn(),
        algorithms: { serverHostKey: keys },
        hostVerifier: (key: Buffer) => {
          seen = keyText(key);
          return router.hostKey === undefined || seen === router.hostKey;
        },
      });
      client.on("keyboard-interactive", (_name, _text, _language, prompts, finish) => finish(prompts.map(() => login.password ?? "")));
    });
  } catch (error) {
    client.destroy();
    // What the library throws at once is about the key: it cannot be read, or needs a passphrase. Its text names no secret.
    if (error instanceof RouterSilent || error instanceof RouterRefuses) throw error;
    const rule = `the private key cannot be used (${(error as Error).message})`;
    throw new RouterRefuses("privateKeyFile", rule, "use one without a passphrase, or router.agent with an SSH agent that has it");
  }
  return { client, hostKey: seen };
}

function otherKey(host: string, seen: string): RouterRefuses {
  const rule = `${host} shows another host key, ${seen}`;
  return new RouterRefuses("hostKey", rule, "if the router was reset or updated, write this one; if not, somebody else answers there");
}

function noSuchKey(pin: string, message: string): RouterRefuses {
  const rule = `the router has no ${pin.split(" ")[0]} host key (${message})`;
  return new RouterRefuses("hostKey", rule, "remove the line to be shown the key that it has");
}

function refusedLogin({ host, port }: Pick<RouterPlan, "host" | "port">): RouterRefuses {
  const rule = `${host}:${port} refuses the log-in of this user with this key or password`;
  const fix = "correct it before the next try, since routers shut out who fails a few times; nothing else was dialled";
  return new RouterRefuses("user", rule, fix);
}

function noAgent(message: string): RouterRefuses {
  const rule = `the SSH agent at SSH_AUTH_SOCK cannot be used (${message})`;
  return new RouterRefuses("agent", rule, "start one and add the key with ssh-add, or set router.privateKeyFile instead");
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
