import assert from "node:assert/strict";
import * as net from "node:net";
import { Server, utils, type Connection } from "ssh2";
import { ed25519 } from "../../../lab/ssh-key";
import type { Properties } from "../../../lab/command-provider/values";
import { contract } from "./contract";
import { DIFFERENCES } from "./differences";
import { eventually } from "./dropbear";
import type { Plugin } from "./plugin";

contract("what a remote command sends to an SSH server", (subject) => {
  let plugin: Plugin;
  before(async () => {
    plugin = await subject.start();
  });
  after(() => plugin?.stop());
  beforeEach(() => plugin.logs.splice(0));

  async function login(how: Properties, through = plugin): Promise<void> {
    const { inputs } = await through.check({ connection: { host: "127.0.0.1", dialErrorLimit: 0, ...how }, create: "echo in" });
    await through.create(inputs);
  }

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

  it("asks only for ssh-rsa if an RSA key is pinned, and else for ecdsa first and ed25519 last", async () => {
    await login({ port: await start(), hostKey: rsa.public });
    assert.equal(seen.algorithms.at(-1), "ssh-rsa");
    await login({ port: await start() });
    const asked = seen.algorithms.at(-1)?.split(",") ?? [];
    const certificates = asked.filter((name) => name.includes("-cert-"));
    assert.equal(certificates.length > 0, subject.own(DIFFERENCES.asksForCertificates));
    const ecdsa = ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];
    assert.deepEqual(asked.slice(certificates.length), [...ecdsa, "rsa-sha2-256", "rsa-sha2-512", "ssh-rsa", "ssh-dss", "ssh-ed25519"]);
  });

  it("names the host keys that the server has if the pinned one is of another type", async () => {
    await assert.rejects(login({ port: await start(), hostKey: ed25519().public }), {
      message:
        "after 0 failed attempts: ssh: handshake failed: ssh: no common algorithm for host key; we offered: [ssh-ed25519], peer offered: [rsa-sha2-512 rsa-sha2-256 ssh-rsa]",
    });
  });

  it("reports a server that closes the connection before the login", async () => {
    const server = net.createServer((socket) => void socket.once("data", () => socket.end()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    await assert.rejects(login({ port }), { message: "after 0 failed attempts: ssh: handshake failed: EOF" });
    server.close();
  });

  it("sends the variables, then the previous output", async () => {
    const { inputs } = await plugin.check({
      connection: { host: "127.0.0.1", port: await start() },
      update: "u",
      environment: { A: "1", B: "2" },
    });
    await plugin.update({ ...inputs, stdout: "so", stderr: "se" }, inputs);
    // Go's maps have no order.
    assert.deepEqual(seen.environment.slice(0, 2).sort(), ["A=1", "B=2"]);
    assert.deepEqual(seen.environment.slice(2), ["PULUMI_COMMAND_STDOUT=so", "PULUMI_COMMAND_STDERR=se"]);
    assert.deepEqual(plugin.logs, []);
  });

  it("stays open until the plugin ends", async () => {
    const brief = await subject.start();
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
