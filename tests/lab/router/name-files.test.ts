/** Tests the program's script for names with files of the user that are long, were edited with other programs, or are no files. */
import assert from "node:assert/strict";
import { type Ipv4 } from "../../../config/address/address";
import { asusRecords } from "../../../router/asus/records/driver";
import type { NameRecord } from "../../../router/records";
import { devPlan } from "../../support/readings";
import { bench } from "./bench";
import { RouteRouter, type Action } from "./route-router";
import { eventually } from "./start-router";

const grafana: NameRecord = { name: "grafana", address: "10.5.0.10" as Ipv4 };
const domain: NameRecord = { name: "k8s.example", address: "10.5.0.53" as Ipv4, forwarded: true };
const hosts = "/jffs/configs/hosts.add";
const settings = "/jffs/configs/dnsmasq.conf.add";
const mark = "# homelab-network 552427561";
const block = `${mark} begin\n10.5.0.10 grafana\n${mark} end\n`;

describe("the script for names, with a file of the user", function () {
  this.timeout(60_000);
  let router: RouteRouter;
  before(async () => {
    router = new RouteRouter(await bench().router());
  });
  after(() => router?.twin.switchOff());
  beforeEach(() => router.twin.console(`rm -rf ${hosts} ${settings} /tmp/mine; mkdir -p /jffs/configs`));

  const script = (action: Action, ...names: readonly NameRecord[]) => {
    const { stdin, ...commands } = asusRecords.commands({ planned: [], names }, { owner: "lab-dev", adopt: false, enableDormant: false });
    return router.twin.ssh(commands[action], {}, stdin);
  };
  const content = async (file = hosts) => (await router.twin.console(`cat ${file} 2>/dev/null; echo .`)).replace(/\.$/, "");
  const escaped = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("%", "%%").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  const write = (text: string, file = hosts) => router.twin.console(`printf '${escaped(text)}' >${file}`);
  const refusals = async (...names: readonly NameRecord[]) => {
    const listed = (forwarded: boolean) =>
      Object.fromEntries(names.flatMap((one) => ((one.forwarded ?? false) === forwarded ? [[one.name, one.address]] : [])));
    const plan = devPlan({ names: listed(false), domains: listed(true) });
    const reading = asusRecords.parse((await router.twin.ssh(asusRecords.query([], names))).stdout);
    return asusRecords.judge({ plan, owned: [], reading }).refusals.map(({ rule }) => rule);
  };

  it("of 200 KB, as with a list of blocked hosts, changes its lines and keeps the others", async () => {
    await router.twin.console(`awk 'BEGIN { for (; i < 6000; i++) print "0.0.0.0 host" i ".advertisement.example" }' >${hosts}`);
    const before = await content();
    assert.ok(before.length > 200_000);
    assert.equal((await script("create", { ...grafana, address: "10.5.0.11" as Ipv4 })).stderr, "");
    assert.equal((await script("update", grafana)).stderr, "");
    assert.equal(await content(), before + block);
    assert.equal((await script("remove", grafana)).stderr, "");
    assert.equal(await content(), before);
  });

  it("with Windows line breaks or other space around the stack's lines, finds these", async () => {
    for (const text of [block.replaceAll("\n", "\r\n"), `  ${mark} begin\n10.5.0.10 grafana\n${mark} end \n`, block.trimEnd()]) {
      await write(`10.9.9.9 nas\r\n\n${text}\n\n# last`);
      assert.deepEqual(await refusals(grafana), []);
      assert.equal((await script("update", grafana)).stderr, "");
      assert.equal(await content(), `10.9.9.9 nas\r\n\n${block}${text.endsWith("\n") ? "\n" : ""}\n# last`);
      assert.equal((await script("remove", grafana)).stderr, "");
      assert.equal(await content(), `10.9.9.9 nas\r\n\n${text.endsWith("\n") ? "\n" : ""}\n# last`);
    }
  });

  it("with other text beside a mark, is refused, by a removal too", async () => {
    await write(`#${block}`);
    assert.match((await refusals(grafana)).join(), /begin' with other text beside it/);
    for (const action of ["create", "remove"] as const)
      assert.match((await script(action, grafana)).stderr, /begin' with other text beside it; remove the stack's lines there\n$/);
    assert.equal(await content(), `#${block}`);
  });

  it("with the name or domain in capitals, or with Windows line breaks, is refused", async () => {
    const conflicts = [
      [grafana, hosts, "10.9.9.9 Grafana\n", /already resolves/],
      [grafana, hosts, "10.9.9.9 grafana\r\n", /already resolves/],
      [domain, settings, "server=/K8s.Example/10.9.9.9\n", /already has/],
    ] as const;
    for (const [one, file, text, message] of conflicts) {
      await router.twin.console(`rm -f ${hosts} ${settings}`);
      await write(text, file);
      await router.twin.console("service restart_dnsmasq");
      await eventually("the end of the restart", async () => (await router.twin.console("nvram get rc_service")) === "");
      assert.match((await refusals(one)).join(), message);
      assert.match((await script("create", one)).stderr, message);
      assert.equal(await content(file), text);
    }
  });

  it("that is a link or a folder, is refused, by a removal too", async () => {
    await router.twin.console(`mkdir ${hosts}`);
    assert.match((await refusals(grafana)).join(), /is a link or a folder/);
    assert.match((await script("create", grafana)).stderr, /hosts\.add on the router is a folder; replace it with a file\n$/);
    assert.equal(await router.twin.console(`ls ${hosts}`), "");
    await router.twin.console(`rmdir ${hosts}; mkdir /tmp/mine`);
    await write(block, "/tmp/mine/hosts");
    await router.twin.console(`ln -s /tmp/mine/hosts ${hosts}`);
    assert.match((await refusals(grafana)).join(), /is a link or a folder/);
    assert.match((await script("remove", grafana)).stderr, /hosts\.add on the router is a link; replace it with the file\n$/);
    assert.equal(await content("/tmp/mine/hosts"), block);
  });
});
