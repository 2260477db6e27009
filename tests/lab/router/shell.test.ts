/** Tests the shell and its programs, over SSH: docs/reference/asus-router.md, "Shell and applets". */
import assert from "node:assert/strict";
import { bench } from "./bench";
import { fullPath, type Router } from "./start-router";

describe("router twin: shell", function () {
  this.timeout(30_000);
  let router: Router;
  before(async () => {
    router = await bench().router();
  });
  after(() => router?.switchOff());

  // Missing on Merlin, on the stock firmware, or on both; or different between builds.
  const lacking =
    "flock base64 mktemp timeout stat id realpath seq sha1sum sha256sum sha512sum diff wget nc scp sftp-server bash python3 perl curl jq";
  for (const applet of lacking.split(" ")) {
    it(`has no ${applet}`, async () => {
      const { code, stderr } = await router.ssh(`${fullPath} ${applet} x`);
      assert.equal(code, 127, stderr);
    });
  }

  it("has no missing applet behind busybox's name either", async () => {
    const { code, stderr } = await router.ssh(`${fullPath} busybox mktemp`);
    assert.deepEqual([code, stderr], [127, "mktemp: applet not found\n"]);
  });

  for (const builtin of ["command -v sh", "getopts a name -a"]) {
    it(`has no shell builtin for "${builtin}"`, async () => {
      assert.equal((await router.ssh(`${fullPath} ${builtin}`)).code, 127);
    });
  }

  for (const program of ["echo x", "printf x", "[ a = a ]", "test a = a"]) {
    it(`has "${program}" only as a program, which a bad PATH hides`, async () => {
      assert.equal((await router.ssh(`PATH=/nowhere; ${program}`)).code, 127);
    });
  }

  const there =
    "sed awk grep cut head tail sort xargs cat rm mkdir sleep logger printf echo [ ip route cmp md5sum rmdir mv cp ln ls test " +
    "ifconfig ps kill date uname touch chmod wc tr ping true false nvram service iptables";
  it(`has ${there}`, async () => {
    const { stdout, code } = await router.ssh(`${fullPath} for name in ${there}; do type "$name" >/dev/null || echo "$name"; done`);
    assert.deepEqual([stdout, code], ["", 0]);
  });

  it("gives wrong results for tr with character classes", async () => {
    assert.equal((await router.ssh(`${fullPath} printf 'a b:s' | tr -d '[:space:]'`)).stdout, " b");
  });

  it("searches only /usr/bin and /bin by default, so that nvram exits with 127", async () => {
    assert.equal((await router.ssh("echo $PATH")).stdout, "/usr/bin:/bin\n");
    const { code } = await router.ssh("nvram get lan_ipaddr");
    assert.equal(code, 127);
    assert.equal((await router.ssh(`${fullPath} nvram get lan_ipaddr`)).stdout, "192.168.50.1\n");
  });

  it("runs the real ip of iproute2", async () => {
    assert.match((await router.ssh(`${fullPath} ip -V`)).stdout, /^ip utility, iproute2/);
  });
});
