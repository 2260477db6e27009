/** Tests DHCP and DNS of the router twin: docs/reference/asus-router.md, "Reservations and names". */
import assert from "node:assert/strict";
import { bench } from "./bench";
import { eventually, fullPath, type Router } from "./start-router";

const own = "192.168.50.1";
/** A record of each generation of firmware, and invalid ones. */
const others =
  "<AA:BB:CC:00:00:01>192.168.50.61<aa:bb:cc:00:00:02>192.168.50.62>1.1.1.1<AA:BB:CC:00:00:03>192.168.50.63>>tv<junk>192.168.50.64<";
/** A name for an address outside the LAN, which no device has. */
const service = "<02:68:0A:05:00:0A>10.5.0.10>>grafana";
const yazDhcp = "addn-hosts=/jffs/addons/YazDHCP.d/.hostnames # YazDHCP_hostnames\n";

describe("router twin: DHCP and DNS", function () {
  this.timeout(60_000);
  let router: Router;
  let hardware: string;
  const resolve = (...names: string[]): Promise<string[]> => bench().device.resolve(own, ...names);
  const running = async (): Promise<boolean> => (await router.console("kill -0 $(cat /var/run/dnsmasq.pid) && echo yes || true")) === "yes";

  /** Runs a command on the router, and applies the settings that it changed. */
  async function apply(command: string): Promise<void> {
    assert.deepEqual(await router.ssh(`${fullPath} ${command}; service restart_dnsmasq`), { stdout: "\nDone.\n", stderr: "", code: 0 });
    await eventually("the end of the restart", async () => (await router.console("nvram get rc_service")) === "");
  }

  /** Writes a file of the owner's, and applies it. */
  const write = (file: string, content: string): Promise<void> => apply(`printf '${content}' >/jffs/${file}`);

  describe("of Asuswrt-Merlin", () => {
    before(async () => {
      hardware = await bench().device.hardwareAddress();
      const list = `${others}<${hardware.toLowerCase()}>192.168.50.42>>node1${service}`;
      router = await bench().router({ dhcp_static_x: "1", dhcp_staticlist: list });
    });
    after(() => router?.switchOff());

    it("gives a device the address that is reserved for its hardware address, also outside the DHCP range", async () => {
      assert.deepEqual(await bench().device.lease(), { ip: "192.168.50.42", router: own, dns: own, domain: "", seconds: 86400 });
      assert.match(await router.console("cat /var/lib/misc/dnsmasq.leases"), / 192\.168\.50\.42 /);
    });

    it("resolves the names of reservations without a lease, also for an address outside the LAN", async () => {
      assert.deepEqual(await resolve("node1", "tv", "grafana", "unknown"), ["192.168.50.42", "192.168.50.63", "10.5.0.10", "ENOTFOUND"]);
    });

    it("writes no reservation for an address outside the LAN, or for an invalid hardware address", async () => {
      const lines = await router.console(
        "grep -c ^dhcp-host= /etc/dnsmasq.conf; grep -e 10.5.0.10 -e 192.168.50.64 /etc/dnsmasq.conf || true",
      );
      assert.equal(lines, "4");
    });

    it("appends the lines of hosts.add and dnsmasq.conf.add after its own", async () => {
      await write("configs/hosts.add", "10.5.0.20 wiki.home.example wiki\\n");
      await write("configs/dnsmasq.conf.add", `${yazDhcp.replace("\n", "\\n")}address=/k8s.example/10.5.0.30\\n`);
      assert.deepEqual(await resolve("wiki.home.example", "wiki", "web.k8s.example", "node1"), [
        "10.5.0.20",
        "10.5.0.20",
        "10.5.0.30",
        "192.168.50.42",
      ]);
    });

    it("keeps reservations, names and files over a reboot", async () => {
      await router.console("nvram commit");
      await router.switchOff();
      await router.switchOn();
      assert.equal((await bench().device.lease()).ip, "192.168.50.42");
      assert.deepEqual(await resolve("grafana", "wiki", "web.k8s.example"), ["10.5.0.10", "10.5.0.20", "10.5.0.30"]);
    });

    it("starts them again when the network restarts", async () => {
      await router.console("service restart_net");
      await eventually("the end of the restart", async () => (await router.console("nvram get rc_service")) === "");
      assert.equal((await bench().device.lease()).ip, "192.168.50.42");
    });

    it("reads hosts files again with restart_dns, but does not merge the owner's file", async () => {
      await router.console("echo 10.5.0.40 late >>/etc/hosts; echo 10.5.0.41 later >>/jffs/configs/hosts.add; service restart_dns");
      await eventually("the new name", async () => (await resolve("late"))[0] === "10.5.0.40");
      assert.deepEqual(await resolve("later"), ["ENOTFOUND"]);
    });

    it("replaces its files by whole ones of the owner, and lets a script edit them", async () => {
      await write("configs/hosts", "10.5.0.50 whole\\n");
      assert.deepEqual(await resolve("whole", "wiki", "tv"), ["10.5.0.50", "ENOTFOUND", "ENOTFOUND"]);
      await write("scripts/hosts.postconf", "#!/bin/sh\\necho 10.5.0.51 edited >>$1\\n");
      assert.deepEqual(await resolve("edited"), ["ENOTFOUND"]);
      await apply("chmod +x /jffs/scripts/hosts.postconf");
      assert.deepEqual(await resolve("edited"), ["10.5.0.51"]);
      await apply("rm /jffs/configs/hosts /jffs/scripts/hosts.postconf");
    });

    it("ignores the owner's files while custom scripts and configs are off", async () => {
      await apply("nvram set jffs2_scripts=0");
      assert.deepEqual(await resolve("wiki", "node1"), ["ENOTFOUND", "192.168.50.42"]);
      await apply("nvram set jffs2_scripts=1");
    });

    it("ignores reservations while they are off, but resolves their names", async () => {
      await apply("nvram set dhcp_static_x=0");
      assert.equal(await router.console("grep -c ^dhcp-host= /etc/dnsmasq.conf || true"), "0");
      assert.deepEqual(await resolve("node1"), ["192.168.50.42"]);
      await apply("nvram set dhcp_static_x=1");
    });

    it("drops private answers of a forwarded domain with rebind protection, unless the domain is exempt", async () => {
      const upstream = "port=5353\\nno-resolv\\nno-hosts\\npid-file=/tmp/dns.pid\\nlisten-address=127.0.0.1\\nbind-interfaces\\n";
      await router.console(`printf '${upstream}address=/k8s.example/10.5.0.60\\n' >/tmp/dns.conf`);
      // The firmware's restart ends every dnsmasq.
      const forwarded = async (): Promise<string[]> => {
        await router.console("dnsmasq -C /tmp/dns.conf");
        return resolve("web.k8s.example");
      };
      await write("configs/dnsmasq.conf.add", "server=/k8s.example/127.0.0.1#5353\\n");
      assert.deepEqual(await forwarded(), ["10.5.0.60"]);
      await apply("nvram set dns_norebind=1");
      assert.deepEqual(await forwarded(), ["ENODATA"]);
      await apply("echo rebind-domain-ok=/k8s.example/ >>/jffs/configs/dnsmasq.conf.add");
      assert.deepEqual(await forwarded(), ["10.5.0.60"]);
    });

    for (const [fault, command, reason] of [
      [
        "two records with one address",
        `nvram set 'dhcp_staticlist=${others}<02:00:00:00:00:01>192.168.50.61>>'`,
        "duplicate dhcp-host IP address",
      ],
      ["an unknown option", "echo nonsense=1 >>/jffs/configs/dnsmasq.conf.add", "bad option"],
    ] as const) {
      it(`does not start DHCP and DNS with ${fault}, and only logs the reason`, async () => {
        await apply(command);
        assert.equal(await running(), false);
        assert.match(await router.console("cat /tmp/syslog.log"), new RegExp(reason));
        await apply(`rm -f /jffs/configs/dnsmasq.conf.add; nvram set 'dhcp_staticlist=${others}'`);
        assert.equal(await running(), true);
      });
    }
  });

  describe("of stock firmware", () => {
    before(async () => {
      router = await bench().router(
        { dhcp_static_x: "1", dhcp_staticlist: `${others}${service}`, lan_domain: "home" },
        "dropbear",
        "stock",
      );
    });
    after(() => router?.switchOff());

    it("resolves the names of reservations with the LAN's domain only", async () => {
      assert.deepEqual(await resolve("grafana.home", "grafana", "tv.home"), ["10.5.0.10", "ENOTFOUND", "192.168.50.63"]);
    });

    it("resolves the short names if the LAN has no domain, as by default", async () => {
      await apply("nvram set lan_domain=");
      assert.deepEqual(await resolve("grafana"), ["10.5.0.10"]);
    });

    it("has no files of the owner's", async () => {
      await router.console("mkdir -p /jffs/configs");
      await write("configs/hosts.add", "10.5.0.20 wiki\\n");
      assert.deepEqual(await resolve("wiki"), ["ENOTFOUND"]);
      assert.equal(await router.console("ls /usr/sbin/helper.sh 2>/dev/null; nvram get jffs2_scripts"), "");
    });
  });
});
