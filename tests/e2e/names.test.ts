/** Tests reservations, names and forwarded domains with the real engine: the household's devices use the router's DHCP and DNS. */
import assert from "node:assert/strict";
import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { deployDemo, get, requestDemo } from "../../lab/proof";
import { provideTools } from "../../lab/tools/toolbox";
import { until } from "../../lab/wait";
import { type ClusterDns, deployDns } from "../support/cluster-dns";
import { LanClient } from "../support/lan-client";
import { pulumi } from "../support/lab";
import { sharedLab } from "../support/shared-lab";
import { RoutedStack } from "../support/routed-stack";
import { printed } from "../support/stack-edit";
import { VerifiedStack } from "../support/verified-stack";

const stack = "lab-dev";
/** Records of the user: of another generation of firmware, with a DNS server and a name, and an invalid one. */
const foreign = "<aa:bb:cc:00:00:61>192.168.50.61<AA:BB:CC:00:00:62>192.168.50.62>1.1.1.1>tv<junk";
const name = "whoami.home.example";
/** The first address of the pool, which MetalLB gives to the first service. */
const service = "10.5.0.1";
/** Lines of the user: with spaces, an empty line, and one that only looks like a line of the stack. */
const others = "# mine\n10.9.9.9\tnas  nas.lan\n\n# homelab-network 552427561 end of my lines\n";
const blockOf = (lines: string) => `# homelab-network 552427561 begin\n${lines}\n# homelab-network 552427561 end\n`;
const block = blockOf(`${service} ${name}`);
const dns: ClusterDns = { domain: "k8s.example", address: "10.5.0.53", answer: service };
const forwarded = `web.${dns.domain}`;
/** Settings of the user, without a line break at their end: the stack's lines go above them. */
const settings = "# mine\n\naddress=/ads.example/0.0.0.0 # blocked";
const forward = blockOf(`server=/${dns.domain}/${dns.address}\nrebind-domain-ok=/${dns.domain}/`);

describe("reservations, names and forwarded domains on the router, applied by the real engine", () => {
  let lab: Lab;
  let on: RoutedStack;
  let node: LanClient;
  let device: LanClient;
  let record: string;
  let routerRoot: string;
  before(async () => {
    lab = await sharedLab(__filename);
    on = new RoutedStack(lab, stack);
    ({ routerRoot } = await provideTools(new Progress()));
    node = new LanClient(lab.cluster(stack).master, routerRoot);
    device = new LanClient(lab.client, routerRoot);
    record = `<${await node.hardwareAddress()}>192.168.50.11>>`;
    await on.router(`nvram set 'dhcp_staticlist=${foreign}' set dhcp_static_x=1 commit`);
    await write("hosts.add", others);
    await write("dnsmasq.conf.add", settings);
    await restartDns();
    on.edited.write({ "gateway.reserve": true, names: { [name]: service }, domains: { [dns.domain]: dns.address } });
  });
  // The router keeps the user's settings, and the client its address from DHCP: the files after this one use neither.
  after(() => on?.edited.reset());

  const list = () => on.router("nvram get dhcp_staticlist");
  const address = async () => (await node.lease()).ip;
  /** Returns a file of the user, with all of its line breaks. */
  const read = async (file: string) => (await on.router(`cat /jffs/configs/${file}; echo .`)).replace(/\.$/, "");
  const write = (file: string, text: string) =>
    on.router(`printf '${text.replaceAll("\n", "\\n").replaceAll("\t", "\\t")}' >/jffs/configs/${file}`);
  /** Returns the list of reservations and the files of the user. */
  const kept = async () => [await list(), await read("hosts.add"), await read("dnsmasq.conf.add")];
  const deployed = () => [foreign + record, others + block, forward + settings];
  const resolved = () => device.resolve("192.168.50.1", name, "nas");

  async function restartDns(): Promise<void> {
    await on.router("service restart_dnsmasq");
    await until("the end of the restart", async () => (await on.router("nvram get rc_service")) === "");
  }

  it("are shown by preview, which changes nothing", async () => {
    const output = await on.preview("--diff");
    for (const word of [
      `name '${name}' '${service}'`,
      `domain '${dns.domain}' '${dns.address}'`,
      `'${record.slice(1, 18)}' '192.168.50.11'`,
    ])
      assert.ok(output.includes(word), output);
    assert.deepEqual(await kept(), [foreign, others, settings]);
  });

  it("give the next hop's node its address by DHCP, resolve a name, and keep what others made byte for byte", async () => {
    await on.up();
    assert.deepEqual(await kept(), deployed());
    assert.deepEqual([await address(), ...(await resolved())], ["192.168.50.11", service, "10.9.9.9"]);
    await on.nothingToDo();
  });

  it("survive a reboot of the router", async () => {
    await lab.router.reboot(lab.lan);
    assert.deepEqual(await kept(), deployed());
    assert.deepEqual([await address(), ...(await resolved())], ["192.168.50.11", service, "10.9.9.9"]);
    await on.nothingToDo();
  });

  for (const [what, damagedList, damagedNames, damagedSettings] of [
    ["removed", () => foreign, others, settings],
    [
      "changed by hand",
      () => record.replace(".11>", ".99>") + foreign,
      block.replace(service, "10.5.0.99") + others,
      forward.replace(".53", ".99") + settings,
    ],
  ] as const) {
    it(`are reported by preview if they are ${what}, and repaired by up`, async () => {
      await on.router(`nvram set 'dhcp_staticlist=${damagedList()}'; nvram commit`);
      await write("hosts.add", damagedNames);
      await write("dnsmasq.conf.add", damagedSettings);
      await restartDns();
      const warnings = printed(await on.preview()).filter((line) => line.endsWith("pulumi up corrects it"));
      assert.equal(warnings.length, 3, warnings.join("\n"));
      assert.match(warnings.join("\n"), /names\["whoami\.home\.example"\] = "10\.5\.0\.1": the router's DNS server does not have it/);
      assert.match(warnings.join("\n"), /domains\["k8s\.example"\] = "10\.5\.0\.53": the router's DNS server does not have it/);
      await on.up();
      assert.ok([foreign + record, record + foreign].includes(await list()), await list());
      const [, names = "", domains] = await kept();
      assert.ok([others + block, block + others].includes(names), names);
      assert.equal(domains, forward + settings);
      assert.deepEqual([await address(), ...(await resolved())], ["192.168.50.11", service, "10.9.9.9"]);
      await on.nothingToDo();
    });
  }

  it("keep the DNS server and the name that the user gave to it on the page", async () => {
    const own = record.replace(/>>$/, ">9.9.9.9>node1");
    await on.router(`nvram set 'dhcp_staticlist=${foreign}${own}'; nvram commit`);
    await restartDns();
    await on.up("--expect-no-changes");
    assert.equal(await list(), foreign + own);
  });

  it("let a device with an address from DHCP reach the service behind the route by its name, as verify does", async () => {
    const [plan] = lab.plans;
    assert.ok(plan !== undefined);
    await deployDemo(lab.cluster(stack), plan);
    assert.equal((await requestDemo(lab.client, lab.cluster(stack), plan)).address, service);
    await deployDns(lab, stack, dns, routerRoot);
    const { lines, exitCode } = await new VerifiedStack(lab, stack, on).verify();
    assert.equal(exitCode, 0, lines.join("\n"));
    const texts = `192.168.50.11 for ${record.slice(1, 18)}, ${name} is ${service}, domain ${dns.domain} by ${dns.address}`;
    assert.ok(lines.includes(`ok | reservations | ${texts}: in the router's settings and in use`), lines.join("\n"));
    assert.ok(lines.includes(`ok | name ${name} | resolves to ${service} on 192.168.50.1`), lines.join("\n"));
    assert.ok(lines.includes(`ok | domain ${dns.domain} | ${dns.address} answers for it through 192.168.50.1`), lines.join("\n"));
    assert.equal((await get(lab.client, name)).status, 200, "the lab's client does not use the router's DNS server");
    const lease = await device.join();
    assert.match(lease.ip, /^192\.168\.50\.1[5-9]\d$/);
    assert.deepEqual([lease.router, lease.dns], ["192.168.50.1", "192.168.50.1"]);
    assert.equal((await get(lab.client, name)).status, 200);
  });

  it("let that device reach the service by a name that only the DNS server in the cluster knows", async () => {
    assert.deepEqual(await device.resolve("192.168.50.1", forwarded, "ads.example"), [service, "0.0.0.0"]);
    assert.equal((await get(lab.client, forwarded)).status, 200);
  });

  it("are removed by destroy, which keeps what others made and the switch", async () => {
    await pulumi(lab, stack, ["destroy", "--yes", "--skip-preview", "--run-program"]);
    assert.deepEqual([...(await kept()), await on.router("nvram get dhcp_static_x")], [foreign, others, settings, "1"]);
    assert.deepEqual([(await node.lease()).ip === "192.168.50.11", ...(await resolved())], [false, "EREFUSED", "10.9.9.9"]);
    assert.deepEqual(await device.resolve("192.168.50.1", forwarded, "ads.example"), ["EREFUSED", "0.0.0.0"]);
  });
});
