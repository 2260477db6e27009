import type { Plan } from "../../../config/plan";
import { quote, type Finding } from "../../../config/problem";
import type { Judgement } from "../../driver";
import {
  hasSameNames,
  isSame,
  reservationsIn,
  resolveReservations,
  type JudgedRecords,
  type PlannedReservation,
  type Reservation,
} from "../../records";
import { parseList, renderList, type RuleList } from "../rule-list";
import {
  conflictsWith,
  isRecordOf,
  MAX_BYTES,
  MAX_RECORDS,
  placeReservation,
  parseReservation,
  removeReservation,
  withinLimits,
} from "./list";
import { nameDifferences, nameRefusals } from "./names";
import type { AsusRecords } from "./reading";
import { reservationsAppliedBy, reservationsRemovedBy } from "./script";

type Known = PlannedReservation & Reservation;

/** Predicts the result of the script in `script/records/`. */
export function judgeRecords({
  plan,
  owned,
  ownedNames = [],
  formerOwner,
  mayBeMissing = false,
  reading,
}: JudgedRecords<AsusRecords>): Judgement {
  const { known, unknown } = resolveReservations(reservationsIn(plan), owned, reading.seen);
  const isOwned = (one: Reservation) => owned.some((other) => isSame(one, other));
  const sameReservations = unknown.length === 0 && known.length === owned.length && known.every(isOwned);
  const same = !mayBeMissing && formerOwner === undefined && sameReservations && hasSameNames(plan.names, ownedNames);
  const differences = same ? [...known.flatMap((one) => differencesOf(one, reading)), ...nameDifferences(plan, reading)] : [];
  const mayAdopt = (one: Reservation) => mayBeMissing || plan.router.adopt || isOwned(one);
  const refusals = [
    ...unknown.map(unseen),
    ...refusalsOf(plan, known, { owned, mayAdopt, reading }),
    ...nameRefusals(plan, reading, formerOwner),
  ];
  const warnings = known.flatMap((one) => anotherHost(one, reading));
  return same && differences.length === 0
    ? { refusals: [], differences, warnings: [...refusals, ...warnings], overrides: [] }
    : { refusals, differences, warnings, overrides: [] };
}

const about = ({ path, address }: PlannedReservation, rule: string, fix: string): Finding => ({ path, value: quote(address), rule, fix });

/** Returns how to write a node's hardware address into the stack file. */
const macFix = ({ path }: PlannedReservation): string =>
  path.startsWith("router.")
    ? "write its hardware address as mac beside it"
    : "list it with its hardware address (mac) in router.reservations, without gateway.reserve";

const unseen = (one: PlannedReservation): Finding =>
  about(
    one,
    "no host with this address answers on the router's LAN, so the hardware address to reserve it for is not known",
    `start the node, or ${macFix(one)}`,
  );

/**
 * Whether the router has a reservation again that an input removes. Not if the plan has it again, or if it is the stack's own record, edited: then this
 * run takes it over, or corrects it.
 */
export function isOutdated(stdin: string, planned: readonly Reservation[], { list }: AsusRecords): boolean {
  const parsed = parseList(list);
  const edited = reservationsAppliedBy(stdin).map((one) => editedRecordOf(parsed, one));
  const gone = reservationsRemovedBy(stdin).filter((one) => !planned.some((other) => isSame(one, other)));
  return gone.some((one) => parsed.records.some((record) => isRecordOf(record, one) && !edited.includes(record)));
}

/** Warns of a host that has the reserved address with another hardware address. */
function anotherHost(one: Known, { seen }: AsusRecords): Finding[] {
  const mac = seen.get(one.address);
  if (mac === undefined || mac === one.mac) return [];
  const rule = `reserved for ${one.mac}, but a host with the hardware address ${mac} has it now`;
  return [about(one, rule, `if the node has another network interface now, ${macFix(one)}`)];
}

/** Returns the record that replaced the reservation's own: the only one about its node or address, if its own is missing. */
function editedRecordOf({ records }: RuleList, one: Reservation): string | undefined {
  const conflicts = records.filter((record) => conflictsWith(record, one));
  return conflicts.length === 1 && !records.some((record) => isRecordOf(record, one)) ? conflicts[0] : undefined;
}

function differencesOf(one: Known, reading: AsusRecords): Finding[] {
  const list = parseList(reading.list);
  const warning = (rule: string) => about(one, rule, "pulumi up corrects it");
  const copies = list.records.filter((record) => isRecordOf(record, one)).length;
  const edited = editedRecordOf(list, one);
  const isOn = copies > 0 && reading.enabled === "1" && reading.dhcp === "1";
  return [
    ...(copies === 0 && edited === undefined ? [warning("its record is missing from the router's list of reservations")] : []),
    ...(edited === undefined ? [] : [warning(`its record was changed on the router to '<${edited}'`)]),
    ...(copies > 1 ? [warning("its record is in the router's list of reservations twice")] : []),
    ...(reading.enabled === "1" ? [] : [warning("reservations are switched off on the router")]),
    ...(isOn && !isServed(one, reading) ? [warning("the router's DHCP server was not restarted since it was reserved")] : []),
  ];
}

/** Whether dnsmasq has a reservation. */
function isServed({ mac, address }: Reservation, { served }: AsusRecords): boolean {
  return served.some((line) => line.toUpperCase().includes(mac) && line.split(",").slice(1).includes(address));
}

interface Circumstances {
  readonly owned: readonly Reservation[];
  readonly mayAdopt: (one: Reservation) => boolean;
  readonly reading: AsusRecords;
}

const remedy = "remove it on the page LAN > DHCP Server, or change the stack's reservation";
const adoption = "set router.adopt: true to take it over, or remove it on the page LAN > DHCP Server";

/** Returns every reason why applying the reservations would fail. */
function refusalsOf(plan: Plan, known: readonly Known[], { owned, mayAdopt, reading }: Circumstances): Finding[] {
  const router = (rule: string, fix: string): Finding => ({ path: "router.host", value: quote(plan.router.host), rule, fix });
  const { mode, dhcp, enabled, replaced } = reading;
  if (mode !== "1")
    return [
      router(`not in routing mode (sw_mode is '${mode}', not 1), so it gives no addresses and names`, "set it to wireless router mode"),
    ];
  const findings: Finding[] = [];
  if (known.length === 0) return findings;
  if (dhcp !== "1") {
    const fix = "switch it on at LAN > DHCP Server, or remove the reservations";
    findings.push(router("its DHCP server is off, so it reserves no address", fix));
  }
  for (const file of replaced.filter((one) => one.endsWith("dnsmasq.conf"))) {
    const fix = "rename it to dnsmasq.conf.add with only the lines that you added";
    findings.push(router(`${file} on it replaces the firmware's settings, reservations included`, fix));
  }
  findings.push(...known.flatMap((one) => addedReservation(one, reading)));
  const before = owned.filter((one) => !known.some((other) => isSame(one, other))).reduce(removeReservation, parseList(reading.list));
  const isOwned = (one: Reservation) => owned.some((other) => isSame(one, other));
  const placed = known.reduce((list, one) => {
    const edited = isOwned(one) ? editedRecordOf(list, one) : undefined;
    findings.push(...conflictsOf(one, list, { edited, adopt: mayAdopt(one) }));
    return placeReservation(list, one, edited);
  }, before);
  const others = renderList(known.reduce(removeReservation, placed));
  if (enabled !== "1" && !plan.router.enableDormant && others !== "") {
    const fix = "remove those on the page LAN > DHCP Server, switch Manual Assignment on there, or set router.enableDormant: true";
    findings.push(router(`reservations are switched off there, and switching them on would activate '${others}'`, fix));
  }
  const text = renderList(placed);
  if (text.length > reading.list.length && !withinLimits(placed)) {
    const rule = `its list would hold ${placed.records.length} reservations in ${text.length} bytes, and some firmware drops more than ${MAX_RECORDS} or ${MAX_BYTES - 1} bytes`;
    findings.push(router(rule, "remove reservations"));
  }
  return findings;
}

/** Reports a line of the user that reserves the address, too: dnsmasq does not start with both. */
function addedReservation(one: Known, { reservedAdd }: AsusRecords): Finding[] {
  const line = reservedAdd.find((text) => text.split(/[=,\s]+/).includes(one.address));
  if (line === undefined) return [];
  const rule = `/jffs/configs/dnsmasq.conf.add on the router has '${line}', and its DNS and DHCP server does not start with a second reservation of this address`;
  return [about(one, rule, "remove that line there, or the reservation")];
}

function conflictsOf(one: Known, { records }: RuleList, { edited, adopt }: { edited: string | undefined; adopt: boolean }): Finding[] {
  const has = records.some((record) => isRecordOf(record, one));
  const conflicts = records.filter((record) => conflictsWith(record, one) && record !== edited);
  return [
    ...conflicts.map((record) => {
      const subject = parseReservation(record)?.address === one.address ? "this address" : `its node ${one.mac}`;
      return about(one, `the router's list of reservations has '<${record}' for ${subject}`, remedy);
    }),
    ...(has && !adopt
      ? [about(one, `the router already reserves it for ${one.mac}, made by hand or by an interrupted run`, adoption)]
      : []),
  ];
}
