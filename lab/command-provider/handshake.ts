import * as net from "node:net";
import type { Duplex } from "node:stream";
import type { AnyAuthMethod, AuthenticationType, Client, ParsedKey } from "ssh2";

/** What a handshake needs. It is read once for each run, so that a retry does not read the keys again. */
export interface Credentials {
  readonly user: string;
  readonly methods: readonly AnyAuthMethod[];
  /** The pinned host key. Without one, any host key is accepted. */
  readonly hostKey?: ParsedKey;
}

/** The address and user of a login: the `connection` input with its defaults. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  readonly dialErrorLimit: number;
  /** The time limit of the TCP connection in seconds; 0: none. The SSH handshake after it has no limit. */
  readonly perDialTimeout: number;
  readonly hostKey?: string;
}

/** Loads the SSH library at the first run, because a preview never dials and should not wait for it. */
const ssh2 = (): Promise<typeof import("ssh2")> => import("ssh2");

/** The agent for every connection that names none of its own. */
const DEFAULT_AGENT = "SSH_AUTH_SOCK";

/** Reads the keys and checks the agent's socket. @throws Error if a key is unreadable or the socket is dead, as release 1.2.1 fails at once */
export async function readCredentials(endpoint: Endpoint): Promise<Credentials> {
  const username = endpoint.user;
  const methods: AnyAuthMethod[] = [{ type: "none", username }];
  if (endpoint.privateKey !== undefined) {
    methods.push({ type: "publickey", username, key: await readKey("private key", endpoint.privateKey, endpoint.privateKeyPassword) });
  }
  if (endpoint.password !== undefined) {
    const { password } = endpoint;
    methods.push({ type: "password", username, password });
    methods.push({
      type: "keyboard-interactive",
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
    });
  }
  const agent = endpoint.agentSocketPath ?? process.env[DEFAULT_AGENT];
  if (agent !== undefined && agent !== "") {
    await probe(agent);
    methods.push({ type: "agent", username, agent });
  }
  const { hostKey } = endpoint;
  return { user: username, methods, ...(hostKey === undefined ? {} : { hostKey: await readKey("host key", hostKey) }) };
}

async function readKey(what: string, text: string, passphrase?: string): Promise<ParsedKey> {
  const key = (await ssh2()).utils.parseKey(text, passphrase);
  // Despite its types, the library returns several keys for a file with several; the first one is used.
  const [first] = [key].flat() as (ParsedKey | Error | undefined)[];
  if (first === undefined || first instanceof Error) throw new Error(`failed to parse ${what}: ${first?.message ?? "no key found"}`);
  return first;
}

function probe(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath, () => {
      socket.end();
      resolve();
    });
    socket.once("error", (error) => reject(new Error(`dial unix ${socketPath}: ${error.message}`)));
  });
}

/**
 * Logs in over `transport` with each method that the server offers, but each kind once, as Go's client does: an agent's keys are not tried after a
 * private key. A pinned host key limits the negotiation to its own algorithm, so a pinned ssh-rsa key requires SHA-1.
 */
export async function handshake(transport: Duplex, target: string, credentials: Credentials): Promise<Client> {
  const { Client } = await ssh2();
  const { hostKey, user } = credentials;
  const untried = [...credentials.methods];
  const tried: string[] = [];
  let mismatch = false;
  if (transport.destroyed || !transport.writable) throw new Error("ssh: handshake failed: EOF");
  return new Promise((resolve, reject) => {
    const client = new Client();
    const fail = (why: string) => {
      client.destroy();
      transport.destroy();
      reject(new Error(`ssh: handshake failed: ${why}`));
    };
    client.on("ready", () => resolve(client));
    // Stays for the connection's life. A connection that is lost after the handshake shows in its channels.
    client.on("error", (error) => {
      if (mismatch) fail(`ssh: host key mismatch: ${target} has another key than the pinned one`);
      else if (error.level === "client-authentication")
        fail(`ssh: unable to authenticate, attempted methods [${tried.join(" ")}], no supported methods remain`);
      else fail(error.message);
    });
    client.on("close", () => fail("EOF"));
    client.connect({
      sock: transport,
      username: user,
      readyTimeout: 0,
      authHandler: (offered: AuthenticationType[] | null, _partial, next) => {
        for (let method = untried.shift(); method !== undefined; method = untried.shift()) {
          const kind = method.type === "agent" ? "publickey" : method.type;
          if (tried.includes(kind) || (offered !== null && !offered.includes(kind))) continue;
          tried.push(kind);
          return next(method);
        }
        // The library's types omit that `false` ends the login.
        next(false as unknown as AnyAuthMethod);
      },
      ...(hostKey === undefined
        ? {}
        : {
            algorithms: { serverHostKey: [hostKey.type] },
            hostVerifier: (presented: Buffer) => !(mismatch = !presented.equals(hostKey.getPublicSSH())),
          }),
    });
  });
}
