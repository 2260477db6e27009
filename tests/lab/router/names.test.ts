/** Tests the program's script for names in the firmware's shell, over SSH, against the check that predicts its result. */
import assert from "node:assert/strict";
import { type Ipv4 } from "../../../config/address/address";
import { type Mac } from "../../../config/address/mac";
import { asusRecords } from "../../../router/asus/records/driver";
import type { Reservation } from "../../../router/records";
import { devPlan } from "../../support/readings";
import { bench } from "./bench";
import { RouteRouter, type Action } from "./route-router";

const one: Reservation = { address: "192.168.50.61" as Ipv4, mac: "D8:3A:DD:00:00:61" as Mac };
const ofOne = "<D8:3A:DD:00:00:61>192.168.50.61>>";

describe("the script for names", function () {
  this.timeout(60_000);
  let router: RouteRouter;
  before(async () => {
    router = new RouteRouter(await bench().router());
  });
  after(() => router?.twin.switchOff());

  /** Returns what a change of names may touch besides the file. */
  async function state() {
    const command = 'echo "$(cat /flash/commits 2>/dev/null || echo 0) $(cat /var/run/dnsmasq.pid)"; nvram get dhcp_staticlist';
    const [first = "", list = ""] = (await router.twin.console(command)).split("\n");
    const [commits = "", server = ""] = first.split(" ");
    return { list, commits: Number(commits), server };
  }
  const grafana = { name: "grafana", address: "10.5.0.10" as Ipv4 };
  const wiki = { name: "wiki.home.arpa", address: "10.5.0.11" as Ipv4 };
  /** Lines of others, the last one without a line break. */
  const others = "# mine\n10.9.9.9 nas nas.lan\n\n10.9.9.8 tv";
  const file = "/jffs/configs/hosts.add";
  const block = (...names: readonly (typeof grafana)[]) =>
    `# homelab-network 552427561 begin\n${names.map(({ name, address }) => `${address} ${name}\n`).join("")}# homelab-network 552427561 end\n`;
  const named = (action: Action, names: readonly (typeof grafana)[], planned: readonly Reservation[] = []) => {
    const { stdin, ...commands } = asusRecords.commands({ planned, names }, { owner: "lab-dev", adopt: false, enableDormant: false });
    return router.twin.ssh(commands[action], {}, stdin);
  };
  const content = async () => (await router.twin.console(`cat ${file} 2>/dev/null; echo .`)).replace(/\.$/, "");
  const write = (text: string) => router.twin.console(`printf '${text.replaceAll("\n", "\\n")}' >${file}`);
  const differences = async (names: readonly (typeof grafana)[]) => {
    const plan = devPlan({ names: Object.fromEntries(names.map(({ name, address }) => [name, address])) });
    const reading = asusRecords.parse((await router.twin.ssh(asusRecords.query([], names))).stdout);
    const { refusals, differences: found } = asusRecords.judge({ plan, owned: [], ownedNames: names, reading });
    return { refusals: refusals.length, differences: found.map(({ rule }) => rule) };
  };
  beforeEach(() => router.twin.console(`rm -f ${file} /jffs/configs/hosts; nvram set jffs2_scripts=1`));

  it("resolves them, keeps the lines of others byte for byte, and removes its own alone", async () => {
    await write(others);
    const before = await state();
    assert.deepEqual(await named("create", [grafana, wiki]), {
      stdout: "reservations and names in place: grafana is 10.5.0.10, wiki.home.arpa is 10.5.0.11\n",
      stderr: "",
      code: 0,
    });
    assert.equal(await content(), `${others}\n${block(grafana, wiki)}`);
    assert.deepEqual(await bench().device.resolve("192.168.50.1", "grafana", "wiki.home.arpa", "nas"), [
      "10.5.0.10",
      "10.5.0.11",
      "10.9.9.9",
    ]);
    const after = await state();
    assert.deepEqual([after.list, after.commits, after.server === before.server], [before.list, before.commits, false]);
    assert.deepEqual(await differences([grafana, wiki]), { refusals: 0, differences: [] });
    assert.equal((await named("update", [grafana, wiki])).code, 0);
    assert.deepEqual(await state(), after);
    assert.equal((await named("update", [wiki])).code, 0);
    assert.equal(await content(), `${others}\n${block(wiki)}`);
    assert.equal((await named("remove", [wiki])).stderr, "");
    assert.equal(await content(), `${others}\n`);
    assert.deepEqual(await bench().device.resolve("192.168.50.1", "wiki.home.arpa", "nas"), ["EREFUSED", "10.9.9.9"]);
  });

  it("restarts dnsmasq once for names and reservations, and removes an empty file", async () => {
    const before = await state();
    assert.equal((await named("create", [grafana], [one])).stderr, "");
    const { list, commits } = await state();
    assert.deepEqual([list, commits - before.commits, await content()], [ofOne, 1, block(grafana)]);
    assert.equal((await named("remove", [grafana], [one])).stderr, "");
    assert.deepEqual([(await state()).list, await content()], ["", ""]);
  });

  it("corrects lines that were changed, in their place, and the check reports them", async () => {
    await named("create", [grafana]);
    await write(`${block(grafana).replace("10.5.0.10", "10.5.0.99")}# mine\n`);
    assert.equal((await differences([grafana])).differences.length, 1);
    assert.equal((await named("update", [grafana])).stderr, "");
    assert.equal(await content(), `${block(grafana)}# mine\n`);
    assert.deepEqual((await differences([grafana])).differences, []);
  });

  const refusedNames: [is: string, prepare: string, stderr: RegExp][] = [
    [
      "a name that others have",
      `echo 10.9.9.9 grafana >${file}; cp ${file} /tmp/hosts; cat ${file} >>/etc/hosts`,
      /already resolves grafana to 10\.9\.9\.9/,
    ],
    ["custom scripts and configs switched off", "nvram set jffs2_scripts=0", /firmware has no file for names/],
    [
      "a file that replaces the firmware's",
      "echo 127.0.0.1 localhost >/jffs/configs/hosts",
      /\/jffs\/configs\/hosts on the router replaces/,
    ],
  ];
  for (const [is, prepare, stderr] of refusedNames) {
    it(`refuses ${is} and changes nothing, as the check predicts`, async () => {
      await router.twin.console(prepare);
      const [before, lines] = [await state(), await content()];
      assert.equal((await differences([grafana])).refusals + (await differences([grafana])).differences.length > 0, true);
      const outcome = await named("create", [grafana]);
      assert.match(outcome.stderr, stderr);
      assert.deepEqual([await state(), await content()], [before, lines]);
    });
  }
});
