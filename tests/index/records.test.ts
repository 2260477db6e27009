/** Reservations in the program: which resources it registers, and what it reads from the router. */
import assert from "node:assert/strict";

import type { Ipv4 } from "../../config/address/address";
import type { Mac } from "../../config/address/mac";
import { asusRecords } from "../../router/asus/records/driver";
import { RECORDS_SCRIPT } from "../../router/asus/records/script";
import { reservationsIn, type Reservation } from "../../router/records";
import { inHome } from "../support/home";
import { HOST_KEY } from "../support/host-key";
import { runProgram, type Circumstances, type Run } from "../support/program";
import { answerOf, devPlan } from "../support/readings";
import { recordsAnswer } from "../support/records";
import { devConfig } from "../support/stack-files";

const HOST = "192.168.50.1";
const gateway = { address: "192.168.50.11" as Ipv4, mac: "D8:3A:DD:00:00:11" as Mac };
const node = { address: "192.168.50.12" as Ipv4, mac: "D8:3A:DD:00:00:12" as Mac };
const options = { owner: "lab-dev", adopt: false, enableDormant: false };
const reserve = { "gateway.reserve": true };
const ROUTE = "10.5.0.0>255.255.255.0>192.168.50.11>0>LAN";
const inputOf = (planned: readonly Reservation[], owned: readonly Reservation[] = planned) =>
  asusRecords.commands({ planned, owned }, options).stdin;

describe("reservations of a stack", () => {
  inHome();

  /** Runs the program with a router that answers, and counts the queries of reservations. */
  async function run(changes: Readonly<Record<string, unknown>>, records = recordsAnswer({}, [gateway, node]), rest: Circumstances = {}) {
    let queries = 0;
    const query = (_: unknown, command: string) => {
      const isOfRecords = command.includes("dhcp_staticlist");
      if (isOfRecords) queries += 1;
      return Promise.resolve({
        text: isOfRecords
          ? records
          : answerOf({ variables: { sr_rulelist: `<${ROUTE}` }, table: ["10.5.0.0/24 via 192.168.50.11 dev br0 metric 1"] }),
        hostKey: HOST_KEY,
      });
    };
    const router = { query, readKey: () => Promise.resolve(HOST_KEY) };
    const result = await runProgram("lab-dev", devConfig({ "router.hostKey": HOST_KEY, ...changes }), {
      state: [HOST, ROUTE],
      router,
      ...rest,
    });
    return { ...result, queries };
  }
  const commandOf = ({ resources }: Run) => resources.find(({ type, name }) => type === "command:remote:Command" && name === "records");
  const wordsOf = (result: Run) => String(commandOf(result)?.inputs["stdin"]).replace(RECORDS_SCRIPT, "");
  const first = (words: string) => `set -- "$1" 552427561 0 0 ${words}\n`;
  const word = (kind: string, { mac, address }: Reservation) => `${kind} '${mac}' '${address}'`;

  it("without them, registers no resource, exports no output and reads nothing more from the router", async () => {
    const result = await run({});
    assert.deepEqual(
      [commandOf(result), result.queries, "reservations" in result.outputs, "names" in result.outputs],
      [undefined, 0, false, false],
    );
    assert.ok(result.resources.every(({ type }) => !type.includes("LanRecords")));
  });

  it("have the hardware addresses that the router sees", async () => {
    const result = await run({ ...reserve, "router.reservations": [{ address: node.address }] });
    assert.equal(wordsOf(result), first(`${word("add", gateway)} ${word("add", node)}`));
    assert.deepEqual(commandOf(result)?.inputs["triggers"], [HOST, "552427561"]);
    assert.deepEqual(result.outputs["reservations"], [gateway, node]);
    assert.equal(result.queries, 1);
  });

  it("keep the input of the last run, so that nothing changes", async () => {
    for (const input of [inputOf([gateway]), inputOf([gateway], []), inputOf([gateway], [gateway, node])]) {
      const answer = recordsAnswer({ dhcp_staticlist: `<${gateway.mac}>${gateway.address}>>` }, [], [gateway]);
      const result = await run(reserve, answer, { records: [HOST, input] });
      assert.equal(commandOf(result)?.inputs["stdin"], input);
      assert.deepEqual([result.warnings, commandOf(result)?.ignoreChanges], [[], ["update", "triggers"]]);
    }
  });

  it("are updated in place: the command removes those that are gone", async () => {
    const answer = recordsAnswer({ dhcp_staticlist: `<${node.mac}>${node.address}>>` }, [gateway], [node]);
    const result = await run(reserve, answer, { records: [HOST, inputOf([node])] });
    assert.equal(wordsOf(result), first(`${word("gone", node)} ${word("add", gateway)}`));
  });

  it("are repaired if they were changed on the router", async () => {
    const result = await run(reserve, recordsAnswer({}, [gateway]), { records: [HOST, inputOf([gateway], [])] });
    assert.match(
      result.warnings.join(),
      /gateway\.addresses\[0\] = "192\.168\.50\.11": its record is missing from the router's list of reservations; pulumi up corrects it/,
    );
    assert.match(String(commandOf(result)?.inputs["update"]), / # repair /);
    assert.equal(wordsOf(result), first(word("reserve", gateway)));
  });

  it("are replaced for another cluster.name, with the old owner's names removed first", async () => {
    const named = (address: string) => [{ name: "grafana", address: address as Ipv4 }];
    const { stdin } = asusRecords.commands({ planned: [], names: named("10.5.0.10") }, options);
    const block = ["# homelab-network 552427561 begin", "10.5.0.10 grafana", "# homelab-network 552427561 end"];
    const lines = ["@own-files", "used", "@hosts-add", ...block, "@hosts", ...block, "@recorded"];
    const answer = recordsAnswer().replace("@recorded", lines.join("\n"));
    for (const address of ["10.5.0.10", "10.5.0.11"]) {
      const result = await run({ "cluster.name": "lab-new", names: { grafana: address } }, answer, { records: [HOST, stdin] });
      assert.deepEqual([result.warnings, commandOf(result)?.ignoreChanges], [[], ["update"]]);
      assert.deepEqual(commandOf(result)?.inputs["triggers"], [HOST, "3748848678"]);
      assert.equal(wordsOf(result), `set -- "$1" 3748848678 0 0 name 'grafana' '${address}'\n`);
      const { reservations, names, domains } = result.outputs;
      assert.deepEqual([reservations, names, domains], [[], [{ name: "grafana", address }], []]);
    }
  });

  it("of all masters may have the one of a gateway auto among them", () => {
    const { router, gateway: hop } = devPlan({ ...reserve, "gateway.addresses": [gateway.address] });
    const all = [gateway, node].map(({ address }) => ({ address }));
    const planned = reservationsIn({ gateway: hop, router: { ...router, reservations: all } });
    assert.deepEqual(
      planned.map(({ path, address }) => [path, address]),
      [
        ["router.reservations[0].address", gateway.address],
        ["router.reservations[1].address", node.address],
      ],
    );
  });

  it("are refused before anything changes, with the reason", async () => {
    const taken = recordsAnswer({ dhcp_staticlist: `<AA:BB:CC:00:00:01>${gateway.address}>>tv` }, [gateway]);
    await assert.rejects(
      run(reserve, taken),
      /lab-dev cannot be deployed:\n.*the router's list of reservations has '<AA:BB:CC:00:00:01>192\.168\.50\.11>>tv' for this address/,
    );
    await assert.rejects(run(reserve, recordsAnswer()), /no host with this address answers on the router's LAN/);
  });

  it("without an answer of the router are shown in a preview as recorded, and up needs it for a new one", async () => {
    const silent = { router: {}, preview: true };
    assert.equal(wordsOf(await run(reserve, "", { ...silent, records: [HOST, inputOf([gateway])] })), firstLine(inputOf([gateway])));
    const unknown = await run(reserve, "", silent);
    assert.equal(commandOf(unknown), undefined);
    assert.match(unknown.notes.join(), /This preview does not include the reservation of 192\.168\.50\.11/);
    await assert.rejects(run(reserve, "", { router: {} }), /192\.168\.50\.1:22 does not answer/);
  });

  it("are managed by the stack if an interrupted run was applying them", async () => {
    const urn = "urn:pulumi:lab-dev::homelab-network::homelab:network:LanRecords$command:remote:Command::records";
    const resource = { urn, type: "command:remote:Command", inputs: { triggers: [HOST], stdin: inputOf([gateway], []) } };
    const answer = recordsAnswer({ dhcp_staticlist: `<${gateway.mac}>${gateway.address}>>` }, [], [gateway]);
    const result = await run(reserve, answer, { pending: [{ type: "creating", resource }] });
    assert.match(wordsOf(result), /^set -- "\$1" 552427561 1 0 reserve /);
    assert.match(result.notes.join(), /interrupted while it applied the reservations/);
  });

  it("are recommended for a node's address in the DHCP range", async () => {
    const range = {
      variables: { sr_rulelist: `<${ROUTE}`, dhcp_enable_x: "1", dhcp_start: "192.168.50.2", dhcp_end: "192.168.50.254" },
      table: ["10.5.0.0/24 via 192.168.50.11 dev br0 metric 1"],
    };
    const query = (records: string) => (_: unknown, command: string) =>
      Promise.resolve({ text: command.includes("dhcp_staticlist") ? records : answerOf(range), hostKey: HOST_KEY });
    const warned = async (records: string) =>
      (await run({}, "", { router: { query: query(records), readKey: () => Promise.resolve(HOST_KEY) } })).warnings.join();
    assert.match(
      await warned(recordsAnswer()),
      /among 192\.168\.50\.2-192\.168\.50\.254, which the router hands out by DHCP, and not reserved/,
    );
    assert.equal(await warned(recordsAnswer({ dhcp_staticlist: `<AA:BB:CC:00:00:01>${gateway.address}` })), "");
  });
});

const firstLine = (stdin: string) => stdin.replace(RECORDS_SCRIPT, "");
