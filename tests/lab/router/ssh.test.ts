/** Tests the SSH server: docs/reference/asus-router.md, "SSH server". */
import assert from "node:assert/strict";
import { once } from "node:events";
import { bench } from "./bench";
import { eventually, key, type Router, type SshServer, user } from "./start-router";

/** The releases, with whether they sign with SHA-1, as clients ask that pin a key of type ssh-rsa. */
const releases: readonly { server: SshServer; release: string; signsWithSha1: boolean }[] = [
  { server: "dropbear", release: "2025.89", signsWithSha1: false },
  { server: "dropbear-older", release: "2022.83", signsWithSha1: true },
];

for (const { server, release, signsWithSha1 } of releases)
  describe(`router twin: SSH server, dropbear ${release}`, function () {
    this.timeout(60_000);
    let router: Router;
    before(async () => {
      router = await bench().router({ http_passwd: "right horse", sshd_pass: "1" }, server);
    });
    after(() => router?.switchOff());

    const hostKey = (algorithm: string, of: Router = router): Promise<string> =>
      new Promise((resolve, reject) => {
        let seen = "";
        const hostVerifier = (offered: Buffer): boolean => ((seen = offered.toString("base64")), true);
        const algorithms = { serverHostKey: [algorithm as "ssh-ed25519"] };
        of.connect({ username: user, privateKey: key.private, algorithms, hostVerifier }).then(
          (client) => (client.end(), resolve(seen)),
          reject,
        );
      });

    it("is of that release", async () => {
      const stream = router.dial();
      const [greeting] = (await once(stream, "data")) as [Buffer];
      stream.destroy();
      assert.match(greeting.toString(), new RegExp(`^SSH-2\\.0-dropbear_${release.replace(".", "\\.")}\\s`));
    });

    it(`${signsWithSha1 ? "signs" : "does not sign"} with SHA-1, which the type ssh-rsa stands for`, async () => {
      const signed = await hostKey("ssh-rsa").then(Boolean, (error: Error) => error.message);
      assert.deepEqual(signed, signsWithSha1 || "Handshake failed: no matching host key format");
    });

    it("accepts the user of http_username, who has uid 0 and the home /root", async () => {
      assert.equal((await router.ssh('echo "$USER $HOME"; cat /proc/self/status | grep Uid')).stdout, `${user} /root\nUid:\t0\t0\t0\t0\n`);
    });

    for (const name of ["root", "admin"]) {
      it(`rejects user ${name}`, async () => {
        await assert.rejects(router.connect({ username: name, privateKey: key.private }), /authentication methods failed|disconnected/);
      });
    }

    it("accepts the password if sshd_pass is 1", async () => {
      (await router.connect({ username: user, password: "right horse" })).end();
    });

    it("drops the connection at the third wrong password", async () => {
      let tries = 0;
      const authHandler = (_methods: unknown, _partial: unknown, next: (method: object) => void): void => {
        tries += 1;
        next({ type: "password", username: user, password: `wrong ${tries}` });
      };
      await assert.rejects(router.connect({ username: user, authHandler: authHandler as never }));
      assert.equal(tries, 3);
    });

    it("has no sftp server", async () => {
      const client = await router.connect();
      const failure = await new Promise<Error | undefined>((resolve) => client.sftp((error) => resolve(error)));
      client.end();
      assert.ok(failure, "sftp was served");
    });

    it("accepts no environment variables", async () => {
      assert.equal((await router.ssh('echo "[$PULUMI_COMMAND_STDOUT]"', { PULUMI_COMMAND_STDOUT: "x" })).stdout, "[]\n");
    });

    it("keeps at most three connections without a login from one address, and nine in all", async () => {
      const dialled = [100, 101, 102].flatMap((host) => [1, 2, 3].map(() => router.dial(`192.168.50.${host}`)));
      const refused = async (from: string): Promise<boolean> => {
        const stream = router.dial(from);
        const got = await Promise.race([once(stream, "data").then(() => false), once(stream, "close").then(() => true)]);
        stream.destroy();
        return got;
      };
      try {
        for (const stream of dialled) await once(stream, "data");
        assert.equal(await refused("192.168.50.100"), true, "a fourth of one address");
        assert.equal(await refused("192.168.50.103"), true, "a tenth in all");
      } finally {
        for (const stream of dialled) stream.destroy();
      }
      await eventually("room for a new connection", async () => !(await refused("192.168.50.103")));
    });

    it("refuses passwords if sshd_pass is 0, and keeps its three host keys over a reboot", async () => {
      const other = router;
      await other.console("nvram set sshd_pass=0; nvram commit");
      const algorithms = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256"];
      const before: string[] = [];
      for (const algorithm of algorithms) before.push(await hostKey(algorithm));
      assert.equal(new Set(before).size, 3);
      await other.switchOff();
      await other.switchOn();
      const after: string[] = [];
      for (const algorithm of algorithms) after.push(await hostKey(algorithm));
      assert.deepEqual(after, before);
      await assert.rejects(other.connect({ username: user, password: "right horse" }));
    });
  });
