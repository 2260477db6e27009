import assert from "node:assert/strict";
import * as net from "node:net";
import * as path from "node:path";
import { Server, utils, type Connection } from "ssh2";
import type { Properties } from "../../../lab/command-provider/values";
import { eventually, freePort, HOST_KEY_TYPES, PASSWORD, startDropbear, USER, type Dropbear } from "./dropbear";
import { ed25519 } from "../../../lab/ssh-key";
import { startPlugin, type Plugin } from "./plugin";

describe("a connection of the command provider", function () {
  this.timeout(60_000);
  const key = ed25519();
  const unknownKey = ed25519();
  const locked = utils.generateKeyPairSync("ecdsa", { bits: 256, passphrase: "open", cipher: "aes256-cbc" });
  const wrongKeys = {
    ed25519: unknownKey,
    ecdsa: utils.generateKeyPairSync("ecdsa", { bits: 256 }),
    rsa: utils.generateKeyPairSync("rsa", { bits: 2048 }),
  };
  let dropbear: Dropbear;
  let plugin: Plugin;

  before(async () => {
    dropbear = await startDropbear([key.public, locked.public]);
    plugin = await startPlugin();
  });
  after(() => {
    plugin?.stop();
    dropbear?.stop();
  });
  beforeEach(() => plugin.logs.splice(0));

  const byKey = { privateKey: key.private };
  async function login(how: Properties, through = plugin): Promise<unknown> {
    const connection = { host: "127.0.0.1", port: dropbear.port, user: USER, dialErrorLimit: 0, ...how };
    const { inputs } = await through.check({ connection, create: "echo in" });
    return (await through.create(inputs)).state["stdout"];
  }

  it("logs in with a key, with an encrypted key, and with a password", async () => {
    assert.equal(await login(byKey), "in");
    assert.equal(await login({ privateKey: locked.private, privateKeyPassword: "open" }), "in");
    assert.equal(await login({ password: PASSWORD }), "in");
    assert.equal(await login({ privateKey: unknownKey.private, password: PASSWORD }), "in");
    assert.match(dropbear.log(), /Password auth succeeded for 'homelab'/);
  });

  for (const type of HOST_KEY_TYPES) {
    it(`accepts the right pinned ${type} host key and refuses a wrong one`, async () => {
      assert.equal(await login({ ...byKey, hostKey: dropbear.hostKeys[type] }), "in");
      const wrong = wrongKeys[type].public;
      await assert.rejects(
        login({ ...byKey, hostKey: wrong }),
        /^Error: after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch/,
      );
    });
  }

  it("dials dialErrorLimit + 1 times, even after a refused login, and reports each retry", async () => {
    const before = dropbear.connections();
    await assert.rejects(login({ privateKey: unknownKey.private, dialErrorLimit: 2 }), {
      message:
        "after 2 failed attempts: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
    });
    await eventually("dropbear's log", () => dropbear.connections() - before >= 3);
    assert.equal(dropbear.connections() - before, 3);
    assert.deepEqual(
      plugin.logs.map(({ message }) => message),
      ["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"],
    );
  });

  it("dials again after a wrong host key, and if nothing listens", async () => {
    const before = dropbear.connections();
    await assert.rejects(
      login({ ...byKey, hostKey: unknownKey.public, dialErrorLimit: 1 }),
      /after 1 failed attempts: .*host key mismatch/,
    );
    await eventually("dropbear's log", () => dropbear.connections() - before >= 2);
    assert.equal(dropbear.connections() - before, 2);
    await assert.rejects(login({ ...byKey, port: await freePort(), dialErrorLimit: 1 }), /after 1 failed attempts: .*connection refused/);
  });

  it("keeps dialling with a limit of -1, until something listens or the engine cancels", async () => {
    const port = await freePort();
    const lasting = await startPlugin();
    try {
      const waiting = assert.rejects(login({ ...byKey, port, dialErrorLimit: -1 }, lasting), { message: "context canceled" });
      await eventually("two retries", () => lasting.logs.some(({ message }) => message === "Dial 2/inf failed: retrying"));
      await lasting.cancel();
      await waiting;
    } finally {
      lasting.stop();
    }
  });

  it("fails at once, without a dial, on an unreadable key and on a dead agent socket", async () => {
    const before = dropbear.connections();
    const retrying = { dialErrorLimit: 5 };
    await assert.rejects(login({ ...retrying, privateKey: "no key" }), /^Error: failed to parse private key: /);
    await assert.rejects(login({ ...retrying, ...byKey, hostKey: "no key" }), /^Error: failed to parse host key: /);
    const socket = path.join(dropbear.home, "no-agent");
    await assert.rejects(login({ ...retrying, ...byKey, agentSocketPath: socket }), new RegExp(`dial unix ${socket}: `));
    const withAgent = await startPlugin({ SSH_AUTH_SOCK: socket });
    try {
      await assert.rejects(login({ ...retrying, ...byKey }, withAgent), new RegExp(`dial unix ${socket}: `));
    } finally {
      withAgent.stop();
    }
    assert.equal(dropbear.connections(), before);
    assert.deepEqual(plugin.logs, []);
  });

  it("uses a proxy, and reports the proxy's failure", async () => {
    const proxy = { host: "127.0.0.1", port: dropbear.port, user: USER, dialErrorLimit: 0 };
    assert.equal(await login({ ...byKey, proxy: { ...proxy, password: PASSWORD } }), "in");
    await assert.rejects(
      login({ ...byKey, proxy: { ...proxy, password: "wrong" } }),
      /^Error: proxy: after 0 failed attempts: .*unable to authenticate/,
    );
    await assert.rejects(
      login({ ...byKey, port: await freePort(), proxy: { ...proxy, password: PASSWORD } }),
      /^Error: proxy: after 0 failed attempts: /,
    );
  });

  describe("to a server that records requests", () => {
    const rsa = utils.generateKeyPairSync("rsa", { bits: 2048 });
    const seen = { algorithms: [] as string[], environment: [] as string[], open: new Set<Connection>() };
    const servers: Server[] = [];

    async function start(): Promise<number> {
      const debug = (line: string) => {
        const offered = /\(remote\) host key format\S*: (.*)/i.exec(line)?.[1];
        if (offered !== undefined) seen.algorithms.push(offered);
      };
      const server = new Server({ hostKeys: [rsa.private], debug }, (client) => {
        seen.open.add(client);
        client.on("close", () => seen.open.delete(client)).on("error", () => undefined);
        client.on("authentication", (context) => context.accept());
        client.on("session", (accept) => {
          const session = accept();
          session.on("env", (take, _refuse, { key: name, val }) => {
            seen.environment.push(`${name}=${val}`);
            take();
          });
          session.on("exec", (take) => {
            const channel = take();
            channel.exit(0);
            channel.end();
          });
        });
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return (server.address() as net.AddressInfo).port;
    }
    after(() => servers.forEach((server) => server.close()));

    it("offers only ssh-rsa if an RSA key is pinned", async () => {
      await login({ port: await start(), hostKey: rsa.public });
      assert.equal(seen.algorithms.at(-1), "ssh-rsa");
      await login({ port: await start() });
      assert.match(seen.algorithms.at(-1) ?? "", /^ssh-ed25519,.*rsa-sha2-256/);
    });

    it("sends the variables, then the previous output", async () => {
      const { inputs } = await plugin.check({
        connection: { host: "127.0.0.1", port: await start() },
        update: "u",
        environment: { A: "1", B: "2" },
      });
      await plugin.update({ ...inputs, stdout: "so", stderr: "se" }, inputs);
      assert.deepEqual(seen.environment, ["A=1", "B=2", "PULUMI_COMMAND_STDOUT=so", "PULUMI_COMMAND_STDERR=se"]);
      assert.deepEqual(plugin.logs, []);
    });

    it("stays open until the plugin ends", async () => {
      const brief = await startPlugin();
      const port = await start();
      const before = seen.open.size;
      try {
        await login({ port }, brief);
        await login({ port }, brief);
        assert.equal(seen.open.size - before, 2);
      } finally {
        brief.stop();
      }
      await eventually("the connections to close", () => seen.open.size === before);
    });
  });
});
