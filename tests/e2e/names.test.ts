/** Tests reservations and names with the real engine: the household's devices use the router's DHCP and DNS. */
import assert from "node:assert/strict";
import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { deployDemo, get, requestDemo } from "../../lab/proof";
import { provideTools } from "../../lab/tools/toolbox";
import { until } from "../../lab/wait";
import { LanClient } from "../support/lan-client";
import { endLab, pulumi, raiseLab } from "../support/lab";
import { RoutedStack } from "../support/routed-stack";
import { printed } from "../support/stack-edit";

const stack = "lab-dev";
/** Records of the user: of another generation of firmware, with a DNS server and a name, and an invalid one. */
const foreign = "<aa:bb:cc:00:00:61>192.168.50.61<AA:BB:CC:00:00:62>192.168.50.62>1.1.1.1>tv<junk";

describe("reservations on the router, applied by the real engine", () => {
  let lab: Lab;
  let on: RoutedStack;
  let node: LanClient;
  let device: LanClient;
  let record: string;
  before(async () => {
    lab = await raiseLab("test-names", { stacks: [stack] });
    on = new RoutedStack(lab, stack);
    const { routerRoot } = await provideTools(new Progress());
    node = new LanClient(lab.cluster(stack).master, routerRoot);
    device = new LanClient(lab.client, routerRoot);
    record = `<${await node.hardwareAddress()}>192.168.50.11>>`;
    await on.router(`nvram set 'dhcp_staticlist=${foreign}' set dhcp_static_x=1 commit`);
    await restartDns();
    on.edited.write({ "gateway.reserve": true });
    await on.up();
  });
  after(() => endLab(lab));

  const list = () => on.router("nvram get dhcp_staticlist");
  const address = async () => (await node.lease()).ip;

  async function restartDns(): Promise<void> {
    await on.router("service restart_dnsmasq");
    await until("the end of the restart", async () => (await on.router("nvram get rc_service")) === "");
  }

  it("gives the next hop's node its address by DHCP, and keeps unmanaged reservations byte for byte", async () => {
    assert.equal(await list(), foreign + record);
    assert.equal(await address(), "192.168.50.11");
    await on.nothingToDo();
  });

  it("survives a reboot of the router", async () => {
    await lab.router.reboot(lab.lan);
    assert.equal(await list(), foreign + record);
    assert.equal(await address(), "192.168.50.11");
    await on.nothingToDo();
  });

  for (const [what, damage] of [
    ["removed", () => `nvram set 'dhcp_staticlist=${foreign}'`],
    ["changed on the page", () => `nvram set 'dhcp_staticlist=${record.replace(".11>", ".99>")}${foreign}'`],
  ] as const) {
    it(`is reported by preview if it is ${what}, and repaired by up`, async () => {
      await on.router(`${damage()}; nvram commit`);
      await restartDns();
      const output = await on.preview();
      assert.equal(printed(output).filter((line) => line.endsWith("pulumi up corrects it")).length, 1, output);
      await on.up();
      assert.ok([foreign + record, record + foreign].includes(await list()), await list());
      assert.equal(await address(), "192.168.50.11");
      await on.nothingToDo();
    });
  }

  it("keeps the DNS server and the name that the user gave to it on the page", async () => {
    const own = record.replace(/>>$/, ">9.9.9.9>node1");
    await on.router(`nvram set 'dhcp_staticlist=${foreign}${own}'; nvram commit`);
    await restartDns();
    await on.nothingToDo();
    await on.up();
    assert.equal(await list(), foreign + own);
  });

  it("lets a device with an address from DHCP resolve a name, and reach the service behind the route", async () => {
    const [plan] = lab.plans;
    assert.ok(plan !== undefined);
    await deployDemo(lab.cluster(stack), plan);
    const { address: service } = await requestDemo(lab.client, lab.cluster(stack), plan);
    await on.router(`echo '${service} whoami.home.example' >>/jffs/configs/hosts.add`);
    await restartDns();
    const { ip, router, dns } = await device.join();
    assert.match(ip, /^192\.168\.50\.1[5-9]\d$/);
    assert.deepEqual([router, dns], ["192.168.50.1", "192.168.50.1"]);
    assert.equal((await get(lab.client, "whoami.home.example")).status, 200);
  });

  it("is removed by destroy, which keeps unmanaged reservations and the switch", async () => {
    await pulumi(lab, stack, ["destroy", "--yes", "--skip-preview", "--run-program"]);
    assert.deepEqual([await list(), await on.router("nvram get dhcp_static_x")], [foreign, "1"]);
    assert.equal((await node.lease()).ip === "192.168.50.11", false);
  });
});
