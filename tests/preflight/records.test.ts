import assert from "node:assert/strict";

import type { Ipv4 } from "../../config/address/address";
import type { Mac } from "../../config/address/mac";
import { RECORDS_COMMAND } from "../../engine/state-contents";
import { checkRecords } from "../../preflight/records";
import { asusRecords } from "../../router/asus/records/driver";
import type { Reservation } from "../../router/records";
import { inHome } from "../support/home";
import { HOST_KEY } from "../support/host-key";
import { listening } from "../support/program";
import { recordsAnswer } from "../support/records";
import { deps, routerStack } from "../support/router-stack";
import { PROJECT } from "../support/stack-files";

const node = { address: "192.168.50.11" as Ipv4, mac: "D8:3A:DD:00:00:11" as Mac };
const other = { address: "192.168.50.12" as Ipv4, mac: "D8:3A:DD:00:00:12" as Mac };
const record = ({ mac, address }: Reservation) => `<${mac}>${address}>>`;

describe("the check of reservations before a run", () => {
  inHome();

  const stack = routerStack({ "router.reservations": [node] });
  const urn = `urn:pulumi:lab-dev::${PROJECT}${RECORDS_COMMAND}`;
  const options = { owner: "lab-dev", adopt: false, enableDormant: false };
  /** The state after a run that removed the other reservation. */
  const { stdin } = asusRecords.commands({ planned: [node], owned: [node, other] }, options);
  const state = new Map([[urn, { triggers: [stack.plan.router.host], stdin }]]);
  const check = (list: string) => {
    const text = recordsAnswer({ dhcp_staticlist: list }, [node], [node]);
    return listening(() => checkRecords({ ...stack, state }, deps({ query: () => Promise.resolve({ text, hostKey: HOST_KEY }) })));
  };

  it("keeps the recorded input if the router has what the last run applied", async () => {
    const { result, notes, warnings } = await check(record(node));
    assert.deepEqual([result.repair, result.input, notes, warnings], [false, stdin, [], []]);
  });

  it("leaves a reservation to its new owner if it was entered again after the stack removed it", async () => {
    const { result, notes, warnings } = await check(record(node) + record(other));
    assert.deepEqual([result.repair, result.owned, warnings], [true, [node], []]);
    assert.deepEqual(notes, [
      "info: [runtime] The router 192.168.50.1 has a reservation again that this stack removed: this run leaves it to its new owner.",
    ]);
    assert.doesNotMatch(asusRecords.commands({ planned: [node], owned: result.owned }, options).stdin.split("\n")[0] ?? "", /gone/);
  });

  it("does not leave a reservation to another owner if it is the stack's own, edited back on the router", () => {
    const moved = { ...other, address: node.address };
    const { stdin: input } = asusRecords.commands({ planned: [moved], owned: [other] }, options);
    const reading = asusRecords.parse(recordsAnswer({ dhcp_staticlist: record(other) }));
    assert.equal(asusRecords.isOutdated(input, [moved], reading), false);
    const both = asusRecords.parse(recordsAnswer({ dhcp_staticlist: record(moved) + record(other) }));
    assert.equal(asusRecords.isOutdated(input, [moved], both), true);
  });

  it("does not leave a reservation to another owner if the plan has it again", () => {
    const reading = asusRecords.parse(recordsAnswer({ dhcp_staticlist: record(node) + record(other) }));
    assert.deepEqual(
      [asusRecords.isOutdated(stdin, [node, other], reading), asusRecords.isOutdated(stdin, [node], reading)],
      [false, true],
    );
  });
});
