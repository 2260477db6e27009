import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { utils, type ParsedKey } from "ssh2";
import type { Properties } from "../../../lab/command-provider/values";
import { contract } from "./contract";
import { DIFFERENCES } from "./differences";
import { eventually, freePort, HOST_KEY_TYPES, keepAliveSeconds, PASSWORD, startDropbear, USER, type Dropbear } from "./dropbear";
import { ed25519 } from "../../../lab/ssh-key";
import type { Plugin } from "./plugin";

contract("the connection of a remote command", (subject) => {
  const key = ed25519();
  const unknownKey = ed25519();
  const locked = utils.generateKeyPairSync("ecdsa", { bits: 256, passphrase: "open", cipher: "aes256-cbc" });
  const wrongKeys = {
    ed25519: unknownKey,
    ecdsa: utils.generateKeyPairSync("ecdsa", { bits: 256 }),
    rsa: utils.generateKeyPairSync("rsa", { bits: 2048 }),
  };
  const { privateKey: rsa } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pkcs1 = rsa.export({ type: "pkcs1", format: "pem" }).toString();
  const pkcs8 = rsa.export({ type: "pkcs8", format: "pem" }).toString();
  const authorized = (utils.parseKey(pkcs1) as ParsedKey).getPublicSSH().toString("base64");
  let dropbear: Dropbear;
  let plugin: Plugin;

  before(async () => {
    dropbear = await startDropbear([key.public, locked.public, `ssh-rsa ${authorized}`]);
    plugin = await subject.start();
  });
  after(() => {
    plugin?.stop();
    dropbear?.stop();
  });
  beforeEach(() => plugin.logs.splice(0));

  const byKey = { privateKey: key.private };
  async function login(how: Properties, through = plugin, create = "echo in"): Promise<unknown> {
    const connection = { host: "127.0.0.1", port: dropbear.port, user: USER, dialErrorLimit: 0, ...how };
    const { inputs } = await through.check({ connection, create });
    return (await through.create(inputs)).state["stdout"];
  }

  it("logs in with a key, with an encrypted key, and with a password", async () => {
    assert.equal(await login(byKey), "in");
    assert.equal(await login({ privateKey: locked.private, privateKeyPassword: "open" }), "in");
    assert.equal(await login({ privateKey: pkcs1 }), "in");
    assert.equal(await login({ password: PASSWORD }), "in");
    assert.equal(await login({ privateKey: unknownKey.private, password: PASSWORD }), "in");
    assert.match(dropbear.log(), /Password auth succeeded for 'homelab'/);
  });

  for (const type of HOST_KEY_TYPES) {
    it(`accepts the right pinned ${type} host key and refuses a wrong one`, async () => {
      assert.equal(await login({ ...byKey, hostKey: dropbear.hostKeys[type] }), "in");
      const wrong = wrongKeys[type].public;
      await assert.rejects(login({ ...byKey, hostKey: wrong }), {
        message: "after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch",
      });
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
    const lasting = await subject.start();
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
    const unreadable: [how: Properties, message: string][] = [
      [{ privateKey: "no key" }, "ssh: no key found"],
      [{ privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nno end" }, "ssh: no key found"],
      [{ privateKey: locked.private }, "ssh: this private key is passphrase protected"],
      [{ privateKey: locked.private, privateKeyPassword: "wrong" }, "x509: decryption password incorrect"],
      [{ ...byKey, privateKeyPassword: "open" }, "ssh: key is not password protected"],
      [{ privateKey: pkcs1, privateKeyPassword: "open" }, "ssh: not an encrypted key"],
    ];
    for (const [how, message] of unreadable) await assert.rejects(login({ ...retrying, ...how }), { message });
    const noHostKey = "failed to parse host key: ssh: no key found";
    const rejected = await login({ ...retrying, privateKey: "no key", hostKey: "no key" }).catch((error: Error) => error.message);
    assert.ok(String(rejected).startsWith(noHostKey), String(rejected));
    assert.match(String(rejected).slice(noHostKey.length), subject.own(DIFFERENCES.whyNoHostKey));
    const socket = path.join(dropbear.home, "no-agent");
    const dead = { message: `dial unix ${socket}: connect: no such file or directory` };
    await assert.rejects(login({ ...retrying, ...byKey, agentSocketPath: socket }), dead);
    const withAgent = await subject.start({ SSH_AUTH_SOCK: socket });
    try {
      await assert.rejects(login({ ...retrying, ...byKey }, withAgent), dead);
    } finally {
      withAgent.stop();
    }
    assert.equal(dropbear.connections(), before);
    assert.deepEqual(plugin.logs, []);
  });

  it("reads a PKCS#8 key only with the official plugin", async () => {
    const attempt = login({ privateKey: pkcs8 });
    if (subject.own(DIFFERENCES.readsPkcs8)) assert.equal(await attempt, "in");
    else await assert.rejects(attempt, /^Error: ssh: /);
  });

  it("starts to probe a silent server after 15 s", async () => {
    const before = keepAliveSeconds(dropbear.port).length;
    const running = login(byKey, plugin, "echo >started; while [ ! -e end ]; do sleep 0.05; done");
    await eventually("the command", () => fs.existsSync(path.join(dropbear.home, "started")));
    const timers = keepAliveSeconds(dropbear.port);
    fs.writeFileSync(path.join(dropbear.home, "end"), "");
    await running;
    assert.equal(timers.length, before + 1);
    assert.ok(Math.max(...timers) > 10 && Math.max(...timers) <= 15, `${timers.join(", ")} s`);
    const { official, standIn } = DIFFERENCES.secondsUntilPeerIsLost;
    assert.deepEqual([official, standIn], [15 + 9 * 15, 15 + 10]);
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
});
