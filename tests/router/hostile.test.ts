/** Tests what hosts in the place of the router send: text with escape sequences, commands for a CI runner and lines that look like results. */
import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";

import { Server } from "ssh2";

import { failed, found, ok, toJson, toText } from "../../cli/check/check";
import { parseStackConfig } from "../../config/parse";
import { formatFinding } from "../../config/problem";
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
