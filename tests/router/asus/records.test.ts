import assert from "node:assert/strict";

import fc from "fast-check";

import type { Ipv4 } from "../../../config/address/address";
import { parseMac, type Mac } from "../../../config/address/mac";
import { asusRecords } from "../../../router/asus/records/driver";
import { RECORDS_SCRIPT } from "../../../router/asus/records/script";
import { reservationsIn, resolveReservations, type Reservation } from "../../../router/records";
import { devPlan, lineOf } from "../../support/readings";
import { recordsAnswer as answerOf } from "../../support/records";

const OPTIONS = { owner: "lab-dev", adopt: false, enableDormant: false };
const node = { address: "192.168.50.11" as Ipv4, mac: "D8:3A:DD:00:00:11" as Mac };
const other = { address: "192.168.50.12" as Ipv4, mac: "D8:3A:DD:00:00:12" as Mac };
/** What the router's root shell may receive before the script. */
const WORDS = /^set -- "\$1" \d{1,10} [01] [01]( (reserve|add|gone) '[0-9A-F:]{17}' '[0-9.]+')*\n$/;
const firstLine = (stdin: string) => stdin.replace(RECORDS_SCRIPT, "");

const reservations = fc
  .record({
    address: fc.ipV4().map((text) => text as Ipv4),
    mac: fc
      .array(fc.integer({ min: 0, max: 255 }), { minLength: 6, maxLength: 6 })
      .map((bytes) => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":"))
      .map((text) => text.toUpperCase() as Mac),
  })
  .map((one): Reservation => ({ ...one }));

const plan = devPlan({ "gateway.reserve": true, "gateway.addresses": [node.address] });
const record = ({ mac, address }: Reservation) => `<${mac}>${address}>>`;

/** Returns the judgement, with each finding in one line. */
function judged(owned: readonly Reservation[], answer: string, of = plan) {
  const { refusals, differences, warnings } = asusRecords.judge({ plan: of, owned, reading: asusRecords.parse(answer) });
  return { refusals: refusals.map(lineOf), differences: differences.map(lineOf), warnings: warnings.map(lineOf) };
}

describe("hardware addresses", () => {
  it("are accepted with colons or dashes, in any case", () => {
    for (const text of ["D8:3A:DD:00:00:11", "d8:3a:dd:00:00:11", "d8-3A-dd-00-00-11"])
      assert.deepEqual(parseMac(text), { ok: true, value: node.mac });
  });

  it("are refused in other forms, and if no single host has them", () => {
    for (const text of [
      "",
      "D83ADD000011",
      "D8:3A:DD:00:00:1",
      "D8:3A:DD:00:00:11:22",
      "G8:3A:DD:00:00:11",
      "01:00:5E:00:00:01",
      "00:00:00:00:00:00",
      "FF:FF:FF:FF:FF:FF",
      "D8:3A:DD:00:00:11\n",
    ])
      assert.equal(parseMac(text).ok, false, text);
  });
});

describe("the script for reservations", () => {
  it("receives its values as quoted words of its first line", () => {
    const { stdin, identity } = asusRecords.commands({ planned: [node, other], owned: [other] }, OPTIONS);
    assert.equal(
      firstLine(stdin),
      `set -- "$1" 552427561 0 0 add '${node.mac}' '${node.address}' reserve '${other.mac}' '${other.address}'\n`,
    );
    assert.deepEqual(identity, [`${node.mac}>${node.address}`, `${other.mac}>${other.address}`]);
    assert.deepEqual(asusRecords.appliedBy(stdin), [node, other]);
  });

  it("removes what the stack had, which its input does not count as applied", () => {
    const { stdin } = asusRecords.commands({ planned: [node], owned: [node, other] }, { ...OPTIONS, adopt: true, enableDormant: true });
    assert.equal(
      firstLine(stdin),
      `set -- "$1" 552427561 1 1 gone '${other.mac}' '${other.address}' reserve '${node.mac}' '${node.address}'\n`,
    );
    assert.deepEqual(asusRecords.appliedBy(stdin), [node]);
    assert.deepEqual(asusRecords.appliedBy(""), []);
  });

  it("allows only hardware addresses and addresses inside the quotes", () => {
    fc.assert(
      fc.property(fc.array(reservations), fc.array(reservations), (planned, owned) => {
        const { stdin, ...rest } = asusRecords.commands({ planned, owned }, OPTIONS);
        assert.match(firstLine(stdin), WORDS);
        assert.deepEqual(asusRecords.appliedBy(stdin), planned);
        assert.equal(rest.create, "PATH=/bin:/usr/bin:/sbin:/usr/sbin sh -s -- create");
      }),
    );
  });
});

describe("the hardware address of a reservation", () => {
  const planned = reservationsIn(plan);

  it("is that of the stack file, or the recorded one, or the one that the router sees", () => {
    const written = { path: "router.reservations[0].address", ...node };
    const seen = new Map([[node.address, other.mac]]);
    assert.equal(resolveReservations([written], [{ ...node, mac: other.mac }], seen).known[0]?.mac, node.mac);
    assert.equal(resolveReservations(planned, [node], seen).known[0]?.mac, node.mac);
    assert.equal(resolveReservations(planned, [], seen).known[0]?.mac, other.mac);
    assert.deepEqual(resolveReservations(planned, [other]).unknown, [
      { path: "gateway.addresses[0]", address: node.address, mac: undefined },
    ]);
  });

  it("is looked up with a ping only if it is not known", () => {
    const query = (of: Parameters<typeof asusRecords.query>[0]) => asusRecords.query(of).includes("ping ");
    assert.deepEqual([query(planned), query([{ path: "", ...node }]), query([])], [true, false, false]);
  });

  it("is not read from a host that did not answer", () => {
    const answer = `${answerOf().replace("@recorded\n", "")}@host ${node.address}\n${node.address} lladdr ${node.mac} FAILED\n@recorded\n`;
    assert.equal(asusRecords.parse(answer).seen.size, 0);
  });
});

describe("the check of reservations", () => {
  const own = record(node);
  const inUse = answerOf({ dhcp_staticlist: own }, [node], [node]);
  const nothing = { refusals: [], differences: [], warnings: [] };

  it("finds nothing for a new reservation, and for one in place", () => {
    assert.deepEqual(judged([], answerOf({}, [node])), nothing);
    assert.deepEqual(judged([node], inUse), nothing);
    assert.deepEqual(
      judged([node], answerOf({ dhcp_staticlist: `<${node.mac.toLowerCase()}>${node.address}>1.1.1.1>name` }, [], [node])),
      nothing,
    );
  });

  it("refuses a node that the router does not see", () => {
    assert.match(
      judged([], answerOf()).refusals.join(),
      /^gateway\.addresses\[0\] = "192\.168\.50\.11": no host with this address answers/,
    );
  });

  it("warns of a host that has the address with another hardware address, and keeps the reservation", () => {
    const { warnings, differences } = judged([node], answerOf({ dhcp_staticlist: own }, [{ ...node, mac: other.mac }], [node]));
    assert.match(warnings.join(), /reserved for D8:3A:DD:00:00:11, but a host with the hardware address D8:3A:DD:00:00:12 has it now/);
    assert.deepEqual(differences, []);
  });

  it("warns of an obstacle to a reservation that is in place, and refuses nothing", () => {
    const { refusals, warnings } = judged([node], answerOf({ dhcp_staticlist: own, dhcp_enable_x: "0" }, [], [node]));
    assert.deepEqual([refusals, warnings.length], [[], 1]);
  });

  it("refuses an address that a line of the user reserves, too, and only warns of it if the reservation is in place", () => {
    const added = (line: string, of: string) => of.replace("@replaced", `@reserved-add\n${line}\n@replaced`);
    const line = "dhcp-host=02:00:00:00:00:99,192.168.50.11,12h";
    assert.match(
      judged([], added(line, answerOf({}, [node]))).refusals.join(),
      /has 'dhcp-host=02:00:00:00:00:99,192\.168\.50\.11,12h', .* second reservation of this address; remove that line there/,
    );
    assert.deepEqual(judged([], added("dhcp-host=02:00:00:00:00:99,192.168.50.111", answerOf({}, [node]))), nothing);
    assert.equal(judged([node], added(line, inUse)).warnings.length, 1);
  });

  it("throws for an incomplete answer, and for a host without nvram", () => {
    assert.throws(() => asusRecords.parse(answerOf().replace("@recorded\n", "")), /its answer is incomplete/);
    assert.throws(() => asusRecords.parse("sh: nvram: not found\n"), /it has no nvram/);
  });
});

describe("names on the router", () => {
  const grafana = { name: "grafana", address: "10.5.0.10" as Ipv4 };
  const withNames = devPlan({ names: { grafana: "10.5.0.10" } });
  const block = ["# homelab-network 552427561 begin", "10.5.0.10 grafana", "# homelab-network 552427561 end"];
  const answer = (hostsAdd: readonly string[], hosts: readonly string[], ownFiles = "used") =>
    answerOf().replace("@recorded", ["@own-files", ownFiles, "@hosts-add", ...hostsAdd, "@hosts", ...hosts, "@recorded"].join("\n"));
  const judgement = (ownedNames: readonly (typeof grafana)[], text: string) => {
    const { refusals, differences } = asusRecords.judge({ plan: withNames, owned: [], ownedNames, reading: asusRecords.parse(text) });
    return { refusals: refusals.map(({ path, rule }) => `${path}: ${rule}`), differences: differences.map(({ rule }) => rule) };
  };

  it("reach the script as quoted words, which its input returns", () => {
    const { stdin, identity } = asusRecords.commands(
      { planned: [node], names: [grafana, { ...grafana, name: "wiki.home.arpa" }] },
      OPTIONS,
    );
    assert.match(firstLine(stdin), / reserve '[^']+' '[^']+' name 'grafana' '10\.5\.0\.10' name 'wiki\.home\.arpa' '10\.5\.0\.10'\n$/);
    assert.deepEqual(asusRecords.namesAppliedBy(stdin), [grafana, { ...grafana, name: "wiki.home.arpa" }]);
    assert.deepEqual([asusRecords.appliedBy(stdin), identity.length], [[node], 1]);
  });

  it("are fine as planned, and differ if their lines were changed or dnsmasq does not have them", () => {
    assert.deepEqual(judgement([grafana], answer(["1.2.3.4 nas", ...block], ["127.0.0.1 localhost", ...block])), {
      refusals: [],
      differences: [],
    });
    assert.match(judgement([grafana], answer(block, [])).differences.join(), /does not have it/);
    assert.match(judgement([grafana], answer([block[0]!, "10.5.0.9 grafana", block[2]!], block)).differences.join(), /missing from \/jffs/);
    assert.match(judgement([grafana], answer(block.slice(0, 2), block)).differences.join(), /were changed on the router/);
    assert.match(judgement([grafana], answer([block[0]!, "10.5.0.9 extra", ...block.slice(1)], block)).differences.join(), /were changed/);
    for (const twice of [
      [...block, "1.2.3.4 nas", ...block],
      [...block.slice(2), ...block, ...block],
    ])
      assert.match(judgement([grafana], answer(twice, block)).differences.join(), /were changed/);
    assert.deepEqual(judgement([grafana], answer([block[2]!, ...block], block)).differences, []);
  });

  it("are refused if their last line is missing, because the program cannot know which of the following lines are its own", () => {
    assert.match(
      judgement([grafana], answer([...block.slice(0, 2), "10.9.9.9 nas"], block)).refusals.join(),
      /hosts\.add on the router has the line '# homelab-network 552427561 begin' without '# homelab-network 552427561 end' after it/,
    );
    assert.deepEqual(
      judgement(
        [grafana],
        answer(
          block.filter((_, index) => index !== 1),
          [],
        ),
      ).refusals,
      [],
    );
  });

  it("are refused if a mark has other text beside it, or the file is a link or a folder", () => {
    assert.match(
      judgement([grafana], answer([`#${block[0]}`, ...block.slice(1)], [])).refusals.join(),
      /hosts\.add on the router has the line '# homelab-network 552427561 begin' with other text beside it/,
    );
    const linked = answer([], []).replace("@hosts-add", "@irregular\n/jffs/configs/hosts.add\n@hosts-add");
    assert.match(judgement([], linked).refusals.join(), /hosts\.add on the router is a link or a folder/);
  });

  it("are refused on stock firmware, if files of the user are switched off, and if the router has the name with another address", () => {
    assert.deepEqual(judgement([], answer([], [])), { refusals: [], differences: [] });
    assert.match(judgement([], answer([], [], "")).refusals.join(), /^names\.grafana: stock firmware has no file for names, /);
    assert.equal(judgement([], answer([], [], "ignored")).refusals.join(), "names.grafana: the router ignores files with names");
    assert.match(judgement([], answer([], ["10.9.9.9 nas grafana # mine"])).refusals.join(), /already resolves it to 10\.9\.9\.9/);
    assert.match(judgement([], answer([], ["10.9.9.9 Grafana\r"])).refusals.join(), /already resolves it to 10\.9\.9\.9/);
    assert.deepEqual(judgement([], answer([], ["10.5.0.10 grafana"])).refusals, []);
  });
});
