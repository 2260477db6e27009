/** Reservations in doctor, verify, drift and destroy. */
import assert from "node:assert/strict";

import { checkRecords } from "../../../cli/check/records";
import { checkGateway, judgeRecords, recordsCommands } from "../../../cli/doctor/records";
import { stateOf, withoutRoutes } from "../../../cli/destroy/state";
import type { Ipv4 } from "../../../config/address/address";
import type { Mac } from "../../../config/address/mac";
import { RECORDS_COMMAND } from "../../../engine/state-contents";
import { asus } from "../../../router/asus/driver";
import { asusRecords } from "../../../router/asus/records/driver";
import { reservationText, type Reservation } from "../../../router/records";
import { RouterUnreachable } from "../../../router/ssh-errors";
import { HOST_KEY } from "../../support/host-key";
import { answerOf } from "../../support/readings";
import { recordsAnswer } from "../../support/records";
import { fresh, plannedStack, text } from "../../support/stacks";
import { PROJECT } from "../../support/stack-files";

const node = { address: "192.168.50.11" as Ipv4, mac: "D8:3A:DD:00:00:11" as Mac };
const stack = plannedStack({ "gateway.reserve": true });
const input = asusRecords.commands({ planned: [node], owned: [] }, { owner: "lab-dev", adopt: false, enableDormant: false }).stdin;
const urn = `urn:pulumi:lab-dev::${PROJECT}${RECORDS_COMMAND}`;
const applied = (host = "192.168.50.1") => ({ outputs: new Map([[urn, { triggers: [host], stdin: input }]]) });
const record = ({ mac, address }: Reservation) => `<${mac}>${address}>>`;
const inUse = recordsAnswer({ dhcp_staticlist: record(node) }, [node], [node]);
const describes = "192.168.50.11 for D8:3A:DD:00:00:11";

describe("reservations in verify and drift", () => {
  const lines = async (answer: string | Error, state: Parameters<typeof checkRecords>[1], asDrift: boolean, of = stack) => {
    const query = () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ text: answer, hostKey: HOST_KEY }));
    const readKey = () => Promise.resolve(HOST_KEY);
    return (await checkRecords(of, state, asDrift, { query, readKey })).map(text);
  };

  it("are not read for a plan without them", async () => {
    assert.deepEqual(await lines(new Error("read"), fresh, true, plannedStack()), []);
  });

  it("are fine in the router's settings and in use", async () => {
    assert.deepEqual(await lines(inUse, applied(), true), [`ok reservations: ${describes}: in the router's settings and in use`]);
  });

  it("differ if they are missing, or not deployed, or on another router", async () => {
    const missing =
      'gateway.addresses[0] = "192.168.50.11": its record is missing from the router\'s list of reservations; pulumi up corrects it';
    for (const [asDrift, outcome] of [
      [true, "differs"],
      [false, "failed"],
    ] as const) {
      assert.deepEqual(await lines(recordsAnswer({}, [node]), applied(), asDrift), [
        `${outcome} reservations: Pulumi.lab-dev.yaml:12: ${missing}`,
      ]);
      assert.deepEqual(await lines(recordsAnswer({}, [node]), fresh, asDrift), [
        `${outcome} reservations: planned for 192.168.50.11, and not deployed yet; pulumi up --stack lab-dev`,
      ]);
      assert.deepEqual(await lines(inUse, applied("192.168.50.2"), asDrift), [
        `${outcome} reservations: the state has them on router 192.168.50.2, the plan on router 192.168.50.1; pulumi up --stack lab-dev`,
      ]);
    }
  });

  it("are unknown if the router does not answer", async () => {
    const unreachable = new RouterUnreachable("192.168.50.1:22 does not answer (ECONNREFUSED)");
    assert.deepEqual(await lines(unreachable, applied(), true), ["unknown reservations: skipped: the router cannot be read, see above"]);
  });
});

describe("reservations in doctor", () => {
  it("are judged before the first up, with the hardware address that the router sees", () => {
    assert.equal(recordsCommands(stack, fresh).length, 1);
    assert.deepEqual(judgeRecords(stack, recordsAnswer({}, [node]), fresh).map(text), [`ok reservations: ${describes}: no conflict`]);
    const [unseen] = judgeRecords(stack, recordsAnswer(), fresh).map(text);
    assert.match(unseen ?? "", /^failed reservations: .* no host with this address answers on the router's LAN/);
    assert.deepEqual([recordsCommands(plannedStack(), fresh), judgeRecords(plannedStack(), "", fresh)], [[], []]);
  });

  it("are recommended for a node's address in the DHCP range", async () => {
    const variables = { dhcp_enable_x: "1", dhcp_start: "192.168.50.2", dhcp_end: "192.168.50.254" };
    const lines = async (answer: string, list = "") => {
      const query = () => Promise.resolve({ text: recordsAnswer({ dhcp_staticlist: list }), hostKey: HOST_KEY });
      return (await checkGateway(plannedStack(), asus as never, answer, query)).map(text).join();
    };
    assert.match(await lines(answerOf({ variables })), /^warning reservations: .*another host may get it; set gateway\.reserve: true$/);
    assert.equal(await lines(answerOf({ variables }), record(node)), "");
    assert.equal(await lines(answerOf()), "");
  });
});

describe("reservations in destroy", () => {
  const deployment = { resources: [{ urn, type: "command:remote:Command", inputs: { triggers: ["192.168.50.1"], stdin: input } }] };
  const reservedBy = (stdin: string) => asusRecords.appliedBy(stdin).map(reservationText);

  it("are listed, and can be forgotten with a router that no longer exists", () => {
    assert.deepEqual(stateOf(deployment, () => [], reservedBy).reservations, { host: "192.168.50.1", texts: [describes] });
    assert.deepEqual(withoutRoutes(deployment).resources, []);
  });
});
