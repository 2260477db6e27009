/**
 * Faults during a change of a name and a forwarded domain, which writes two files. Each leaves both files and the DNS server either unchanged or fully
 * changed, and lines of others as they are.
 */
import assert from "node:assert/strict";
import { type Ipv4 } from "../../../config/address/address";
import { asusRecords } from "../../../router/asus/records/driver";
import type { NameRecord } from "../../../router/records";
import { bench } from "./bench";
import { cutConnection, killScript, RouteRouter, type Action } from "./route-router";
import { eventually } from "./start-router";

const name: NameRecord = { name: "grafana.home.arpa", address: "10.5.0.10" as Ipv4 };
const domain: NameRecord = { name: "k8s.example", address: "10.5.0.53" as Ipv4, forwarded: true };
const blockOf = (lines: string) => `# homelab-network 552427561 begin\n${lines}\n# homelab-network 552427561 end\n`;
const hosts = "10.9.9.9 nas\n";
const settings = "# mine\nlog-dhcp";
const newSettings = blockOf("server=/k8s.example/10.5.0.53\nrebind-domain-ok=/k8s.example/") + settings;
const file = "/jffs/configs/dnsmasq.conf.add";

/** Everything that such a change may touch. */
interface State {
  readonly hosts: string;
  readonly settings: string;
  /** Whether the DNS server has the name, and the domain. */
  readonly used: readonly [boolean, boolean];
  readonly running: boolean;
}
const initial: State = { hosts, settings, used: [false, false], running: true };
const changed: State = { hosts: hosts + blockOf("10.5.0.10 grafana.home.arpa"), settings: newSettings, used: [true, true], running: true };
const printed = (text: string) => `homelab-network: ${text}\n`;

describe("a change of a forwarded domain is safe from faults:", function () {
  this.timeout(60_000);
  let router: RouteRouter;
  before(async () => {
    router = new RouteRouter(await bench().router());
  });
  after(() => router?.twin.switchOff());
  beforeEach(async () => {
    await healthy();
    await write("hosts.add", hosts);
    await write("dnsmasq.conf.add", settings);
    await restart();
    assert.deepEqual(await state(), initial);
  });

  const healthy = () => router.twin.console(`rm -rf /bin/printf /bin/service /bin/dnsmasq /tmp/reached ${file}.homelab-network`);
  const write = (to: string, text: string) => router.twin.console(`printf '${text.replaceAll("\n", "\\n")}' >/jffs/configs/${to}`);
  const read = async (path: string) => (await router.twin.console(`cat ${path} 2>/dev/null; echo .`)).replace(/\.$/, "");
  const settled = () => eventually("the end of the restart", async () => (await router.twin.console("nvram get rc_service")) === "");
  const running = async () =>
    (await router.twin.console("kill -0 $(cat /var/run/dnsmasq.pid) 2>/dev/null && echo yes || echo no")) === "yes";

  async function restart(): Promise<void> {
    await router.twin.console("service restart_dnsmasq");
    await settled();
  }

  async function state(): Promise<State> {
    const used = [(await read("/etc/hosts")).includes(name.name), (await read("/etc/dnsmasq.conf")).includes("k8s.example")] as const;
    return { hosts: await read("/jffs/configs/hosts.add"), settings: await read(file), used, running: await running() };
  }

  function script(action: Action) {
    const options = { owner: "lab-dev", adopt: false, enableDormant: false };
    const { stdin, ...commands } = asusRecords.commands({ planned: [], names: [name, domain] }, options);
    return router.twin.ssh(commands[action], {}, stdin);
  }

  /** Asserts that the next run on the healthy router makes the whole change, and leaves nothing behind. */
  async function recovers(action: Action = "create", expected = changed): Promise<void> {
    await healthy();
    assert.equal((await script(action)).stderr, "");
    assert.deepEqual(await state(), expected);
    assert.doesNotMatch(await router.twin.console("ls /tmp /jffs/configs"), /homelab-network/);
  }

  /** Asserts that a change fails with a message and leaves a state, by default the one before it. */
  async function fails(message: string, expected = initial): Promise<void> {
    const { code, stderr } = await script("create");
    assert.deepEqual([code, stderr], [1, printed(message)]);
    await router.unlocked();
    await settled();
    assert.deepEqual(await state(), expected);
  }

  it("a /jffs that is full after the file of names, which keeps a part of the second file", async () => {
    await router.tamperWrites("/dnsmasq.conf.add", '/usr/bin/printf "# homelab"; exit 1');
    await fails(`cannot write ${file} on the router; is its /jffs full or read-only?`);
    await recovers();
  });

  it("a second file that cannot be created, as on a read-only file system", async () => {
    await router.twin.console(`mkdir ${file}.homelab-network`);
    await fails(`cannot write ${file} on the router; is its /jffs full or read-only?`);
    await recovers();
  });

  it("a line that another program adds after the script has read the file", async () => {
    await router.tamperProgram("/usr/sbin/dnsmasq", `printf '\\nlog-queries\\n' >>${file}`);
    await fails(`another program changed ${file} on the router during this change; try again`, {
      ...initial,
      settings: `${settings}\nlog-queries\n`,
    });
    await recovers("create", { ...changed, settings: `${settings}\nlog-queries\n${newSettings.replace(settings, "")}` });
  });

  /** Starts a change that runs a line of shell before it writes the second file. */
  async function interrupted(text: string) {
    await router.tamperWrites("/dnsmasq.conf.add", `echo >/tmp/reached; ${text}`);
    const outcome = script("create").catch(() => ({ code: -1 }));
    await router.reached("/tmp/reached");
    return outcome;
  }

  it("a connection that is cut between the two files, after which the change still finishes", async () => {
    assert.equal((await interrupted(cutConnection)).code, -1);
    await router.unlocked();
    await settled();
    assert.deepEqual(await state(), changed);
    await recovers("update");
  });

  it("a run that was killed between the two files, whose change the next one undoes before it continues", async () => {
    assert.notEqual((await interrupted(killScript)).code, 0);
    const { hosts: first, settings: second } = await state();
    assert.deepEqual([first, second], [changed.hosts, settings]);
    await recovers();
  });

  describe("a removal", () => {
    const removed = "reservations and names removed: grafana.home.arpa is 10.5.0.10, domain k8s.example by 10.5.0.53";
    beforeEach(async () => {
      await recovers();
    });

    it("succeeds on a router whose DNS and DHCP server does not run, and says so", async () => {
      await write("dnsmasq.conf.add", `${newSettings}\nnonsense=1`);
      await restart();
      assert.equal(await running(), false);
      assert.deepEqual(await script("remove"), {
        stdout: `${removed}; the router's switch for reservations stays as it is; the router's DNS and DHCP server was not running\n`,
        stderr: "",
        code: 0,
      });
      await settled();
      assert.deepEqual(await state(), { ...initial, settings: `${settings}\nnonsense=1`, running: false });
      assert.equal((await script("remove")).code, 0);
    });

    it("is refused while a line of others would keep the running server from starting again", async () => {
      await write("dnsmasq.conf.add", `${newSettings}\nnonsense=1`);
      const { code, stderr } = await script("remove");
      assert.equal(code, 1);
      assert.match(
        stderr,
        /with \/jffs\/configs\/dnsmasq\.conf\.add, the router's DNS and DHCP server would not start again .*remove that line there\n$/,
      );
      assert.deepEqual(await state(), { ...changed, settings: `${newSettings}\nnonsense=1` });
      await write("dnsmasq.conf.add", newSettings);
      assert.equal((await script("remove")).stderr, "");
      assert.deepEqual(await state(), initial);
    });
  });
});
