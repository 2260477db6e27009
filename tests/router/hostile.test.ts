/** Tests what hosts in the place of the router send: text with escape sequences, commands for a CI runner and lines that look like results. */
import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";

import { Server } from "ssh2";

import { failed, found, ok, toJson, toText } from "../../cli/check/check";
import { parseStackConfig } from "../../config/parse";
import { formatFinding } from "../../config/problem";
import { judge } from "../../router/asus/judge";
import { parseReading } from "../../router/asus/reading";
import { findingOf } from "../../router/findings";
import { queryRouter, readHostKey } from "../../router/ssh";
import { RouterRejects, RouterUnreachable } from "../../router/ssh-errors";
import { ed25519 } from "../../lab/ssh-key";
import { HOSTILE, isHarmless } from "../support/hostile";
import { devConfig } from "../support/stack-files";

const brief = { login: 2, answer: 2 };

/** Returns the packet with which an SSH server closes a connection before the key exchange, with a reason in the server's words. */
function disconnect(reason: string): Buffer {
  const text = Buffer.from(reason);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const payload = Buffer.concat([Buffer.from([1, 0, 0, 0, 2]), length, text, Buffer.alloc(4)]);
  const padding = Buffer.alloc(16 - ((payload.length + 5) % 8));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + padding.length + 1);
  head[4] = padding.length;
  return Buffer.concat([head, payload, padding]);
}

describe("a long answer of a router", () => {
  it("is read up to a limit", async () => {
    const key = ed25519();
    const ssh = new Server({ hostKeys: [key.private] }, (client) => {
      client.on("error", () => undefined).on("authentication", (login) => login.accept());
      client.on("session", (accept) =>
        accept().on("exec", (accepted) => {
          const channel = accepted();
          channel.on("error", () => undefined);
          const more = (): void => void channel.write("x".repeat(100_000), more);
          more();
        }),
      );
    });
    ssh.listen(0, "127.0.0.1");
    await once(ssh, "listening");
    try {
      const router = { host: "127.0.0.1", port: (ssh.address() as net.AddressInfo).port, user: "homelab" };
      await assert.rejects(queryRouter({ router, login: { password: "x" } }, "true"), /RouterUnreachable: the router sends more than 1 MB/);
    } finally {
      ssh.close();
    }
  });

  it("is refused if its list is longer than any nvram, and is judged quickly up to there", () => {
    const { plan } = parseStackConfig("lab-dev", devConfig());
    const values = { sw_mode: "1", lan_ifname: "br0", lan_ipaddr: "192.168.50.1", lan_netmask: "255.255.255.0", sr_enable_x: "1" };
    const answer = (records: number, table: number) => {
      const address = (index: number) => `10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
      const list = Array.from({ length: records }, (_, index) => `<${address(index)}>255.255.255.255>192.168.50.7>>LAN`).join("");
      const lines = Array.from({ length: table }, (_, index) => `${address(index)} via 192.168.50.7 dev br0 metric 1`).join("\n");
      const sections = Object.entries({ ...values, sr_rulelist: list }).map(([name, value]) => `@${name}\n${value}\n`);
      return `${sections.join("")}@table\n192.168.50.0/24 dev br0\n${lines}\n@end\n`;
    };
    const seconds = (work: () => unknown) => {
      const before = process.cpuUsage();
      work();
      return process.cpuUsage(before).user / 1e6;
    };
    const refused = answer(100_000, 0);
    assert.ok(
      seconds(() => assert.throws(() => parseReading(refused), /list of static routes has \d+ bytes, more than its nvram can hold/)) < 0.3,
    );
    const long = answer(5000, 15_000);
    assert.ok(seconds(() => judge({ plan: plan as never, owned: [], reading: parseReading(long) })) < 1);
  });
});

describe("a hostile host in the place of the router", () => {
  let server: net.Server | undefined;
  afterEach(() => server?.close());

  async function listen(on: (socket: net.Socket) => void) {
    server = net.createServer((socket) => on(socket.on("error", () => undefined)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { ...parseStackConfig("lab-dev", devConfig()).plan.router, host: "127.0.0.1", port: (server.address() as net.AddressInfo).port };
  }

  const errorOf = (answer: Promise<unknown>): Promise<unknown> =>
    answer.then(
      () => assert.fail("it answers"),
      (error: unknown) => error,
    );

  for (const [what, text] of HOSTILE) {
    it(`gets nothing to the terminal before the login: ${what} in the reason for which it closes the connection`, async () => {
      const router = await listen((socket) => socket.end(Buffer.concat([Buffer.from("SSH-2.0-x\r\n"), disconnect(text)])));
      for (const answer of [queryRouter({ router, login: { password: "x" } }, "true", brief), readHostKey({ router }, brief)]) {
        const error = await errorOf(answer);
        assert.ok(error instanceof RouterUnreachable, String(error));
        assert.match(error.message, /harmless/);
        isHarmless(error.message);
        const finding = findingOf(router, error);
        for (const shown of [
          formatFinding(finding),
          toText([{ subject: "lab-dev", lines: [found("failed", "router", { locate: (one) => ({ ...one, file: "a" }) }, finding)] }]),
        ])
          isHarmless(shown.split("\n").at(-1) ?? "");
      }
    });

    it(`gets nothing to the terminal with its greeting and its banner: ${what}`, async () => {
      const ssh = new Server({ hostKeys: [ed25519().private], banner: text, ident: "x" }, (client) => {
        client.on("error", () => undefined).on("authentication", (login) => login.reject(["password"]));
      });
      const router = await listen((socket) => void (socket.write(`${text}\r\n`), ssh.injectSocket(socket)));
      const error = await errorOf(queryRouter({ router, login: { password: "x" } }, "true", brief));
      assert.ok(error instanceof RouterRejects || error instanceof RouterUnreachable, String(error));
      isHarmless(error.message);
    });

    it(`cannot forge a line of a report: ${what}`, () => {
      const lines = [ok("cluster", text), failed("router", text, text)];
      const shown = toText([{ subject: "lab-dev", lines }]);
      assert.equal(shown.split("\n").length, 3);
      for (const line of shown.split("\n")) isHarmless(line);
      isHarmless(toJson([{ subject: "lab-dev", lines }]).replaceAll("\n", ""));
    });
  }
});
