/** Tests router/ssh.ts against the router's SSH server. tests/router/ssh.test.ts has unusual servers. */
import assert from "node:assert/strict";
import { queryRouter, readHostKey, type RouterQuery } from "../../../router/ssh";
import type { RouterLogin } from "../../../config/stack-loader";
import { ed25519 } from "../../../lab/ssh-key";
import { parseReading, query } from "../../../router/asus/reading";
import { UnsupportedRouter } from "../../../router/driver";
import { loginRefused, rejectionOf } from "../../support/refused";
import { Agent } from "./agent";
import { bench } from "./bench";
import { dev, RouteRouter } from "./route-router";
import { eventually, key, user } from "./start-router";

const password = "right horse";
const unknownKey = ed25519();
const secrets = [password, "wrong horse", key.private, unknownKey.private];

describe("the program's queries of the router", function () {
  this.timeout(60_000);
  let router: RouteRouter;
  let open: Awaited<ReturnType<RouteRouter["port"]>> | undefined;
  let address: RouterQuery["router"];
  let at: string;
  const asking = (login: RouterLogin, command = "echo hello", changes: Partial<RouterQuery["router"]> = {}) =>
    queryRouter({ router: { ...address, ...changes }, login }, command);
  const log = () => router.twin.console("cat /tmp/syslog.log");

  /** Boots a router without any login so far, and opens its port. */
  async function boot(settings: Record<string, string>): Promise<void> {
    open?.close();
    router = new RouteRouter(await bench().router(settings));
    open = await router.port();
    at = `127.0.0.1:${open.port}`;
    address = { host: "127.0.0.1", port: open.port, user };
  }

  /** Waits until the router has logged the end of every connection. @returns one entry each, with the number of failed logins */
  async function connections(): Promise<string[]> {
    return eventually("the end of every connection", async () => {
      const lines = (await log()).split("\n");
      const [begun, ended] = ["Child connection from", "Exit "].map((words) =>
        lines.filter((line) => line.includes(`] `) && line.includes(words)),
      );
      if (begun === undefined || ended === undefined || begun.length !== ended.length) return undefined;
      return ended.map((line) => (line.includes("before auth") ? (/\d+ fails/.exec(line)?.[0] ?? "no login") : "logged in"));
    });
  }

  async function forgetConnections(): Promise<void> {
    await connections();
    await router.twin.console(": > /tmp/syslog.log");
  }

  after(async () => {
    open?.close();
    await router?.twin.switchOff();
  });

  describe("with keys and passwords enabled", () => {
    before(() => boot({ http_passwd: password, sshd_pass: "1" }));
    beforeEach(forgetConnections);

    it("show the router's host key without a login", async () => {
      const file = "/jffs/.ssh/dropbear_ed25519_host_key";
      const hostKey = await readHostKey({ router: address });
      assert.ok((await router.twin.console(`dropbearkey -y -f ${file}`)).includes(`\n${hostKey} `), hostKey);
      assert.deepEqual(await connections(), ["no login"]);
    });

    it("are answered with a key, on one connection, which ends, and return the host key", async () => {
      const hostKey = await readHostKey({ router: address });
      await forgetConnections();
      assert.deepEqual(await asking({ privateKey: key.private }, "echo hello"), { text: "hello\n", hostKey });
      assert.deepEqual(await connections(), ["logged in"]);
    });

    it("are answered with a password, and with the right one of key and password", async () => {
      for (const login of [
        { password },
        { password, privateKey: unknownKey.private },
        { password: "wrong horse", privateKey: key.private },
      ]) {
        assert.equal((await asking(login)).text, "hello\n");
      }
      assert.deepEqual(await connections(), ["logged in", "logged in", "logged in"]);
    });

    it("return each byte of the answer, and nothing of standard error", async () => {
      const { text } = await asking({ password }, String.raw`printf '\344\377\303\244\200'; echo no >&2; exit 7`);
      assert.deepEqual([...Buffer.from(text, "latin1")], [0xe4, 0xff, 0xc3, 0xa4, 0x80]);
    });

    it("return the router's state", async () => {
      const { text } = await asking({ password }, query([dev]));
      assert.deepEqual(parseReading(text), await router.reading([dev]));
    });

    it("are refused with a wrong password on one connection, at the cost of one failure", async () => {
      assert.deepEqual(await rejectionOf(asking({ password: "wrong horse" }), secrets), loginRefused(at));
      assert.deepEqual(await connections(), ["1 fails"]);
    });

    it("are refused with a wrong key on one connection, at the cost of no failure", async () => {
      assert.deepEqual(await rejectionOf(asking({ privateKey: unknownKey.private }), secrets), loginRefused(at));
      assert.deepEqual(await connections(), ["0 fails"]);
    });

    it("are refused with both wrong on one connection, at the cost of one failure", async () => {
      const login = { password: "wrong horse", privateKey: unknownKey.private };
      assert.deepEqual(await rejectionOf(asking(login), secrets), loginRefused(at));
      assert.deepEqual(await connections(), ["1 fails"]);
    });

    it("are refused for an unknown user", async () => {
      assert.deepEqual(await rejectionOf(asking({ password }, "true", { user: "admin" }), secrets), loginRefused(at));
      assert.deepEqual(await connections(), ["no login"]);
    });

    it("are answered if the pinned key is the router's, for each type of key", async () => {
      for (const kind of ["ed25519", "ecdsa"]) {
        const text = await router.twin.console(`dropbearkey -y -f /jffs/.ssh/dropbear_${kind}_host_key`);
        const [hostKey = ""] = /^(ssh-ed25519|ecdsa-sha2-nistp\d+) \S+/m.exec(text) ?? [];
        assert.deepEqual(await asking({ password }, "echo hello", { hostKey }), { text: "hello\n", hostKey });
      }
    });

    it("do not log in to a router with another key than the pinned one, and show that key", async () => {
      const hostKey = await readHostKey({ router: address });
      await forgetConnections();
      const [kind = "", text = ""] = unknownKey.public.split(" ");
      assert.deepEqual(await rejectionOf(asking({ password, privateKey: key.private }, "true", { hostKey: `${kind} ${text}` }), secrets), {
        key: "hostKey",
        rule: `127.0.0.1 shows another host key, ${hostKey}`,
        fix: "if the router was reset or updated, write this key; if not, another host answers there",
      });
      assert.deepEqual(await connections(), ["no login"]);
    });

    (Agent.isHere ? it : it.skip)(
      `are answered by the key of an agent${Agent.isHere ? "" : "; skipped: no ssh-agent on this machine"}`,
      async () => {
        const agent = await Agent.start();
        try {
          assert.deepEqual(await rejectionOf(asking({ agent: agent.socket }), secrets), loginRefused(at));
          agent.add(unknownKey.private);
          agent.add(key.private);
          assert.equal((await asking({ agent: agent.socket })).text, "hello\n");
          assert.deepEqual(await connections(), ["0 fails", "logged in"]);
        } finally {
          agent.stop();
        }
      },
    );

    it("end when the connection is cut during the answer", async () => {
      const asked = rejectionOf(asking({ password }, "echo some; touch /tmp/begun; exec sleep 60"), secrets);
      await eventually("the command", async () => (await router.twin.console("ls /tmp")).includes("begun"));
      open?.cut();
      assert.equal(await asked, "RouterUnreachable: the router closed the connection");
    });

    it("end when the command hangs, and close the connection", async () => {
      const asked = queryRouter({ router: address, login: { password } }, "echo some; exec sleep 60", { login: 5, answer: 0.5 });
      assert.equal(await rejectionOf(asked, secrets), "RouterUnreachable: the router did not answer within 0.5 s");
      assert.deepEqual(await connections(), ["logged in"]);
    });

    it("are answered by a host without nvram, which is no ASUS router", async () => {
      await router.twin.console("mv /usr/sbin/nvram /usr/sbin/nvram.away");
      try {
        const { text } = await asking({ password }, query([dev]));
        assert.throws(() => parseReading(text), new UnsupportedRouter("it has no nvram"));
      } finally {
        await router.twin.console("mv /usr/sbin/nvram.away /usr/sbin/nvram");
      }
    });
  });

  describe("with only keys enabled", () => {
    before(() => boot({ http_passwd: password, sshd_pass: "0" }));

    it("send no password", async () => {
      assert.deepEqual(await rejectionOf(asking({ password }), secrets), loginRefused(at));
      assert.deepEqual(await connections(), ["0 fails"]);
    });
  });

  describe("with only an RSA host key on the router", () => {
    before(async () => {
      await boot({});
      const end = `for process in /proc/[0-9]*; do [ "$(cat $process/comm)" != dropbear ] || kill \${process#/proc/}; done`;
      await router.twin.console(`rm /jffs/.ssh/dropbear_ed25519_host_key /jffs/.ssh/dropbear_ecdsa_host_key; ${end}`);
      const listening = "grep -c ':0016 00000000:0000 0A' /proc/net/tcp || true";
      await eventually("the server's end", async () => (await router.twin.console(listening)) === "0");
      await router.twin.console("dropbear -s -p 192.168.50.1:22 -r /jffs/.ssh/dropbear_rsa_host_key </dev/null >>/tmp/syslog.log 2>&1");
      await router.twin.answering();
    });

    it("report that it has no key that can be pinned", async () => {
      assert.deepEqual(await rejectionOf(readHostKey({ router: address })), {
        key: "hostKey",
        rule: "the router has no ed25519 or ecdsa host key (Handshake failed: no matching host key format)",
        fix: "update the firmware, or set router.acceptAnyHostKey: true, which trusts any host that answers",
      });
    });

    it("report that it has no key of the pinned type", async () => {
      assert.deepEqual(await rejectionOf(asking({ privateKey: key.private }, "true", { hostKey: "ssh-ed25519 AAAA" }), secrets), {
        key: "hostKey",
        rule: "the router has no ssh-ed25519 host key (Handshake failed: no matching host key format)",
        fix: "remove the line, and run again to see the key that it has",
      });
    });

    it("are answered if any key is accepted", async () => {
      const { text, hostKey } = await asking({ privateKey: key.private });
      assert.equal(text, "hello\n");
      assert.match(hostKey, /^ssh-rsa AAAA/);
    });
  });
});
