/** Helpers for the tables of router judgements: situations, their text, and the test of one line. */
import assert from "node:assert/strict";

import { it } from "mocha";

import { judge } from "../../router/asus/judge";
import { recordOf } from "../../config/route-list";
import type { Judgement } from "../../router/driver";
import { devPlan, lineOf, neighbour, readingOf, type Situation } from "./readings";

export const RECORD = "<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN";
export const UNFILLED = "<10.5.0.0>255.255.255.0>192.168.50.11>>LAN";
export const LIVE = "10.5.0.0/24 via 192.168.50.11 dev br0 metric 1";
export const FOREIGN = "<172.30.0.0>255.255.255.0>192.168.50.77>>LAN";
export const inPlace: Situation = { variables: { sr_rulelist: RECORD }, table: [LIVE] };
export const silent = { "192.168.50.11": neighbour("FAILED") };

/** A router's list, switch and mode, and lines of its routing table, for lab-dev. */
export const having = (list: string, ...table: string[]): Situation => ({ variables: { sr_rulelist: list }, table });
export const off = (list: string): Situation => ({ variables: { sr_rulelist: list, sr_enable_x: "0" } });

/** One situation and its expected judgement. Omitted parts are empty. */
export interface Case {
  readonly is: string;
  readonly situation: Situation;
  readonly changes?: Readonly<Record<string, unknown>>;
  /** Whether the state has the plan's routes, or the routes that it has instead. */
  readonly owned?: true | readonly string[];
  /** Whether an interrupted run was applying the routes. */
  readonly mayBeMissing?: boolean;
  /** Whether, by the state, the cluster announces a next hop. */
  readonly announced?: boolean;
  readonly refusals?: readonly string[];
  readonly differences?: readonly string[];
  readonly warnings?: readonly string[];
}

export const pool = 'pools[0].addresses[0] = "10.5.0.0/24": ';
export const host = 'router.host = "192.168.50.1": ';
export const gateway = 'gateway.addresses[0] = "192.168.50.11": ';
const adoption = "; set router.adopt: true to take it over, or remove it on the page LAN > Route";
export const byHand = `, made by hand or by an interrupted run${adoption}`;
export const remedy = " for it; remove it on the page LAN > Route, or make the stack's values the same";
export const repaired = "; pulumi up corrects it";
export const another = " for it; remove that route, or correct gateway.addresses";
export const overlapping = ", which overlaps it; remove that route, or move the pool";
export const inTable = (line: string) => `${pool}the router's table already has '${line}'`;
export const inList = (record: string) => `${pool}the router's list already has '${record}'`;
export const beside = (line: string) => `${pool}the router's table has '${line}' for the same destination${repaired}`;
export const missingRecord = `${pool}its record is missing from the router's list${repaired}`;
export const missingLive = `${pool}it is missing from the router's table${repaired}`;
export const switchedOff = `${pool}static routes are switched off on the router${repaired}`;
export const unanswered = `${gateway}does not answer on the router's LAN (br0); start that node, or use another master's address`;
export const dormant = (list: string) =>
  `${host}static routes are switched off there, and switching them on would activate '${list}'; ` +
  "remove those on the page LAN > Route, switch static routes on there, or set router.enableDormant: true";
export const onLan = `${pool}on the router's LAN (10.5.0.1 with mask 255.255.0.0); use a network outside the LAN`;

/** Defines the test of one situation. */
export function test({
  is,
  situation,
  changes = {},
  owned = [],
  mayBeMissing = false,
  announced = false,
  refusals = [],
  differences = [],
  warnings = [],
}: Case): void {
  it(is, () => {
    const plan = devPlan(changes);
    const judged = {
      plan,
      owned: owned === true ? plan.routes.map(recordOf) : owned,
      mayBeMissing,
      announced,
      reading: readingOf(situation),
    };
    const reported = (judgement: Judgement) => ({
      refusals: judgement.refusals.map(lineOf),
      differences: judgement.differences.map(lineOf),
      warnings: judgement.warnings.map(lineOf),
    });
    assert.deepEqual(reported(judge(judged)), { refusals, differences, warnings });
  });
}
