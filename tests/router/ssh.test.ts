/** Tests unusual hosts on loopback. tests/lab/router/reader.test.ts tests the real server. */
import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";

import { Server, utils, type ServerConfig } from "ssh2";

import { queryRouter, readHostKey } from "../../router/ssh";
import { noResponse } from "../../router/ssh-errors";
import { ed25519 } from "../../lab/ssh-key";
import { loginRefused, rejectionOf } from "../support/refused";

const login = { password: "se-cret" };
const brief = { login: 0.3, answer: 0.3 };

describe("a query of a router", () => {
  let server: net.Server | undefined;
  afterEach(() => server?.close());

  /** Starts a listener. @returns how to address it as a router */
  async function listen(on: (socket: net.Socket) => void): Promise<{ host: string; port: number; user: string }> {
    server = net.createServer((socket) => on(socket.on("error", () => undefined)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { host: "127.0.0.1", port: (server.address() as net.AddressInfo).port, user: "homelab" };
  }

  /** Starts an SSH server that rejects every login and accepts only keys, with some changes. Records the login attempts. */
  function strange(config: Partial<ServerConfig> = {}, tried: string[] = []): Promise<{ host: string; port: number; user: string }> {
    const ssh = new Server({ hostKeys: [ed25519().private], ...config }, (client) => {
      client.on("error", () => undefined).on("authentication", (context) => (tried.push(context.method), context.reject(["publickey"])));
    });
    return listen((socket) => void ssh.injectSocket(socket));
  }

  /** Asserts that both queries have the same result. */
  async function both(router: { host: string; port: number; user: string }): Promise<unknown> {
    const [asked, seen] = [queryRouter({ router, login }, "true", brief), readHostKey({ router }, brief)];
    const reasons = await Promise.all([rejectionOf(asked, ["se-cret"]), rejectionOf(seen, ["se-cret"])]);
    assert.deepEqual(reasons[0], reasons[1]);
    return reasons[0];
  }

  it("reports a port without a listener", async () => {
    const router = await listen(() => undefined);
    server?.close();
    assert.equal(await both(router), `RouterUnreachable: 127.0.0.1:${router.port} does not answer (ECONNREFUSED)`);
  });

  it("waits up to its timeout for a server that accepts the connection and sends nothing, then closes it", async () => {
    const gone: Promise<unknown>[] = [];
    const router = await listen((socket) => gone.push(once(socket.resume(), "close")));
    assert.equal(await both(router), `RouterUnreachable: 127.0.0.1:${router.port} does not answer (silent for 0.3 s)`);
    assert.equal((await Promise.all(gone)).length, 2);
  });

  it("reports a server that closes the connection before its greeting", async () => {
    const router = await listen((socket) => socket.end());
    assert.equal(await both(router), `RouterUnreachable: 127.0.0.1:${router.port} does not answer (Connection lost before handshake)`);
  });

  it("tries again if a router closes the connection at once, because other programs are logging in", async () => {
    for (const close of [(socket: net.Socket) => socket.end(), (socket: net.Socket) => socket.resetAndDestroy()]) {
      const key = ed25519();
      const ssh = new Server({ hostKeys: [key.private] }, (client) => void client.on("error", () => undefined));
      let calls = 0;
      const router = await listen((socket) => ((calls += 1) <= 2 ? close(socket) : ssh.injectSocket(socket)));
      assert.equal(await readHostKey({ router }), key.public.split(" ").slice(0, 2).join(" "));
      assert.equal(calls, 3);
      server?.close();
    }
  });

  it("reports a server that closes the connection after its greeting, of which the library reports nothing", async () => {
    const router = await listen((socket) => socket.end("SSH-2.0-dropbear\r\n"));
    assert.equal(await both(router), `RouterUnreachable: 127.0.0.1:${router.port} does not answer (it closed the connection)`);
  });

  it("reports the reason that a server sends before it closes the connection", async () => {
    const [length, padding, message, reason] = [[0, 0, 0, 28], [10], [1], [0, 0, 0, 12]];
    const text = [0, 0, 0, 4, ...Buffer.from("busy"), 0, 0, 0, 0];
    const bytes = Buffer.from([...length, ...padding, ...message, ...reason, ...text, ...Array<number>(10).fill(0)]);
    const router = await listen((socket) => {
      socket.write("SSH-2.0-dropbear\r\n");
      socket.write(bytes);
    });
    assert.equal(await both(router), `RouterUnreachable: 127.0.0.1:${router.port} does not answer (busy)`);
  });

  it("does not report the host key if the key exchange has no common algorithm", async () => {
    const router = await strange({ algorithms: { kex: ["diffie-hellman-group1-sha1"] } });
    const message = `RouterUnreachable: 127.0.0.1:${router.port} does not answer (Handshake failed: no matching key exchange algorithm)`;
    assert.equal(await both(router), message);
    const hostKey = "ssh-ed25519 AAAA";
    assert.equal(await rejectionOf(queryRouter({ router: { ...router, hostKey }, login }, "true", brief), ["se-cret"]), message);
  });

  it("sends each packet at once, and does not wait for the acknowledgement of the one before", async () => {
    const setNoDelay = Reflect.get<object, string>(net.Socket.prototype, "setNoDelay") as (
      this: net.Socket,
      noDelay?: boolean,
    ) => net.Socket;
    const delays: (boolean | undefined)[] = [];
    net.Socket.prototype.setNoDelay = function (noDelay) {
      delays.push(noDelay);
      return setNoDelay.call(this, noDelay);
    };
    try {
      await rejectionOf(queryRouter({ router: await strange(), login }, "true", brief), ["se-cret"]);
    } finally {
      net.Socket.prototype.setNoDelay = setNoDelay;
    }
    assert.deepEqual(delays, [true]);
  });

  it("sends no password to a server that accepts none", async () => {
    const tried: string[] = [];
    const router = await strange({}, tried);
    assert.deepEqual(
      await rejectionOf(queryRouter({ router, login }, "true", brief), ["se-cret"]),
      loginRefused(`127.0.0.1:${router.port}`),
    );
    assert.deepEqual(tried, ["none"]);
  });

  it("says of a name without an address what to correct", () => {
    for (const code of ["ENOTFOUND", "EAI_AGAIN"]) {
      const { message, fix } = noResponse({ host: "router", port: 22 }, Object.assign(new Error("x"), { code }), 1);
      assert.equal(`${message}; ${fix}`, `the name router has no address here (${code}); correct the name, or write the router's address`);
    }
  });

  it("reports a missing agent, and does not report that the router does not answer", async () => {
    const router = await strange();
    assert.deepEqual(await rejectionOf(queryRouter({ router, login: { agent: "/nowhere/agent" } }, "true", brief)), {
      key: "agent",
      rule: "the SSH agent at SSH_AUTH_SOCK cannot be used (Failed to connect to agent)",
      fix: "start one and add the key with ssh-add, or set router.privateKeyFile instead",
    });
  });

  it("shares one connection between stacks, and logs in to a router one after the other", async () => {
    const seen = { connections: 0, waiting: 0, most: 0 };
    const ssh = new Server({ hostKeys: [ed25519().private] }, (client) => {
      seen.connections += 1;
      seen.waiting += 1;
      seen.most = Math.max(seen.most, seen.waiting);
      client.on("error", () => undefined);
      client.on("authentication", (context) => {
        if (context.method !== "password") return context.reject(["password"]);
        seen.waiting -= 1;
        context.accept();
      });
      client.on("session", (accept) =>
        accept().on("exec", (accepted, _reject, { command }) => {
          const channel = accepted();
          channel.end(`${command}\n`);
          channel.exit(0);
        }),
      );
    });
    const router = await listen((socket) => void ssh.injectSocket(socket));
    const asked = Array.from({ length: 6 }, (_, index) => queryRouter({ router, login }, `stack ${index}`));
    const others = ["one", "two"].map((password) => queryRouter({ router, login: { password } }, password));
    const texts = (await Promise.all([...asked, ...others])).map(({ text }) => text.trim());
    assert.deepEqual(texts, [...asked.map((_, index) => `stack ${index}`), "one", "two"]);
    assert.deepEqual(seen, { connections: 3, waiting: 0, most: 1 });
    assert.equal((await queryRouter({ router, login }, "later")).text, "later\n");
    assert.equal(seen.connections, 4);
  });

  it("opens no connection with an unusable key", async () => {
    let calls = 0;
    const router = await listen(() => (calls += 1));
    const encrypted = utils.generateKeyPairSync("ecdsa", { bits: 256, cipher: "aes256-ctr", passphrase: "pass-phrase" }).private;
    const useless = (reason: string) => ({
      key: "privateKeyFile",
      rule: `the private key cannot be used (${reason})`,
      fix: reason.includes("passphrase")
        ? "use one without a passphrase, or router.agent with an SSH agent that has it"
        : "use a private key in OpenSSH's form, PEM or PKCS#8, such as ssh-keygen -t ed25519 makes",
    });
    for (const [privateKey, reason] of [
      [encrypted, "Cannot parse privateKey: Encrypted private OpenSSH key detected, but no passphrase given"],
      ["se-cret", "Cannot parse privateKey: Unsupported key format"],
      [ed25519().public, "privateKey value does not contain a (valid) private key"],
    ] as const) {
      const secrets = [privateKey, "pass-phrase"];
      assert.deepEqual(await rejectionOf(queryRouter({ router, login: { privateKey } }, "true", brief), secrets), useless(reason));
    }
    assert.equal(calls, 0);
  });
});
