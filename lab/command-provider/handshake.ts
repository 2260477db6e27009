import * as net from "node:net";
import type { Duplex } from "node:stream";
import { hostKeyOf, privateKeyOf } from "./keys";
import { connectText, readText } from "./socket-errors";
import type { AnyAuthMethod, AuthenticationType, Client, ParsedKey, ServerHostKeyAlgorithm } from "ssh2";

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

/** The agent for every connection that names none of its own. */
const DEFAULT_AGENT = "SSH_AUTH_SOCK";

/**
 * Reads the keys, the host key first, and checks the agent's socket.
 * @throws Error if a key is unreadable or the socket is dead, as release 1.2.1 fails at once
 */
export async function readCredentials(endpoint: Endpoint): Promise<Credentials> {
  const username = endpoint.user;
  const hostKey = endpoint.hostKey === undefined ? undefined : await hostKeyOf(endpoint.hostKey);
  const methods: AnyAuthMethod[] = [{ type: "none", username }];
  if (endpoint.privateKey !== undefined)
    methods.push({ type: "publickey", username, key: await privateKeyOf(endpoint.privateKey, endpoint.privateKeyPassword) });
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
  return { user: username, methods, ...(hostKey === undefined ? {} : { hostKey }) };
}

function probe(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath, () => {
      socket.end();
      resolve();
    });
    socket.once("error", (error) => reject(new Error(`dial unix ${socketPath}: ${connectText(error)}`)));
  });
}

/** The host keys that Go's client asks for if none is pinned, the preferred one first. Its certificates are left out: the library knows none. */
const HOST_KEYS: readonly ServerHostKeyAlgorithm[] = [
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-256",
  "rsa-sha2-512",
  "ssh-rsa",
  "ssh-dss",
  "ssh-ed25519",
];

/**
 * Logs in over `transport` with each method that the server offers, but each kind once, as Go's client does: an agent's keys are not tried after a
 * private key. A pinned host key limits the negotiation to its own algorithm, so a pinned ssh-rsa key requires SHA-1.
 */
export async function handshake(transport: Duplex, credentials: Credentials): Promise<Client> {
  // Loaded at the first run, because a preview never dials and should not wait for it.
  const { Client } = await import("ssh2");
  const { hostKey, user } = credentials;
  const asked = hostKey === undefined ? HOST_KEYS : [hostKey.type as ServerHostKeyAlgorithm];
  const untried = [...credentials.methods];
  const tried: string[] = [];
  let mismatch = false;
  let offered = "";
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
      if (mismatch) fail("ssh: host key mismatch");
      else if (error.level === "client-authentication")
        fail(`ssh: unable to authenticate, attempted methods [${tried.join(" ")}], no supported methods remain`);
      else if (error.message.includes("no matching host key format"))
        fail(`ssh: no common algorithm for host key; we offered: [${asked.join(" ")}], peer offered: [${offered.replaceAll(",", " ")}]`);
      else fail(readText(error, transport));
    });
    client.on("close", () => fail("EOF"));
    client.connect({
      sock: transport,
      username: user,
      readyTimeout: 0,
      algorithms: { serverHostKey: [...asked] },
      ...(hostKey === undefined ? {} : { hostVerifier: (presented: Buffer) => !(mismatch = !presented.equals(hostKey.getPublicSSH())) }),
      // The only place where the library shows what the server offers.
      debug: (line) => (offered = /\(remote\) Host key format: (.*)/.exec(line)?.[1] ?? offered),
      authHandler: (allowed: AuthenticationType[] | null, _partial, next) => {
        for (let method = untried.shift(); method !== undefined; method = untried.shift()) {
          const kind = method.type === "agent" ? "publickey" : method.type;
          if (tried.includes(kind) || (allowed !== null && !allowed.includes(kind))) continue;
          tried.push(kind);
          return next(method);
        }
        // The library's types omit that `false` ends the login.
        next(false as unknown as AnyAuthMethod);
      },
    });
  });
}
