import { cidrOf, isIpv4 } from "../../config/address/address";
import type { Plan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";
import type { Examined } from "../driver";
import { reservationsIn } from "../records";
import type { AsusReading } from "./reading";
import { PATH } from "./script";
import { isRecordOf, parseList, placeRoute, renderList, unfilled, type RuleList } from "./rule-list";
import { linesOf, parseSections, type Sections } from "./sections";

/** The external commands that the script in `script/` needs. */
export const APPLETS = ["cat", "cut", "echo", "grep", "ip", "kill", "mkdir", "nvram", "ping", "printf", "rm", "sleep", "["];

/** The external commands that the script in `script/records/` needs besides those. */
export const RECORDS_APPLETS = ["mv", "service"];

const FOLDERS = ["/bin", "/usr/bin", "/sbin", "/usr/sbin"];

/** The nvram variables with the product and the firmware's version, such as `3.0.0.4`, `388`, `8_2-gnuton1`. */
const FIRMWARE = ["productid", "firmver", "buildno", "extendno"];

/**
 * Returns a command that reads firmware, commands and free nvram. Of nvram's content it sends only the size, because nvram contains
 * passwords.
 */
export function examination(): string {
  const found = FOLDERS.map((folder) => `[ -x ${folder}/$name ]`).join(" || ");
  return [
    `${PATH}; export PATH`,
    ...FIRMWARE.map((name) => `echo "@${name}"; nvram get ${name}`),
    "echo @lacking",
    `for name in ${[...APPLETS, ...RECORDS_APPLETS].map((name) => (name === "[" ? "'['" : name)).join(" ")}; do ${found} || echo "$name"; done`,
    "echo @space",
    "nvram show 2>&1 | grep '^size: [0-9]'",
    "echo @examined",
  ].join("; ");
}

/** Compares a plan with the reading and with the output of {@link examination}. */
export function examine(plan: Plan, reading: AsusReading, answer: string, owned: readonly string[] = []): Examined {
  const sections = parseSections(answer);
  const host = { path: "router.host", value: quote(plan.router.host) };
  return {
    firmware: examineFirmware(host, reading, sections),
    programs: examinePrograms(host, sections, reservationsIn(plan).length + plan.names.length > 0),
    space: examineSpace(host, sections, neededBytes(plan, reading, owned)),
    lan: examineLan(plan, reading),
  };
}

type Host = Pick<Finding, "path" | "value">;

function examineFirmware(host: Host, { mode }: AsusReading, sections: Sections): Examined["firmware"] {
  if (mode !== "1") {
    const rule = `not in routing mode (sw_mode is '${mode}', not 1), so it ignores static routes`;
    return { ...host, rule, fix: "set it to wireless router mode" };
  }
  const [product = [], ...numbers] = FIRMWARE.map((name) => linesOf(sections, name));
  const [version = "", build = "", extension = ""] = numbers.map(([text = ""]) => text);
  if (version === "") return "routing mode; its nvram does not name the firmware";
  return `routing mode, ${product[0] ?? "ASUS router"} with firmware ${version}.${build}${extension === "" ? "" : `_${extension}`}`;
}

/** @param hasRecords whether the plan has reservations or names */
function examinePrograms(host: Host, sections: Sections, hasRecords: boolean): Examined["programs"] {
  if (!sections.has("examined")) return { ...host, rule: "its answer is incomplete", fix: "try again" };
  const needed = [...APPLETS, ...(hasRecords ? RECORDS_APPLETS : [])];
  const lacking = linesOf(sections, "lacking").filter((name) => needed.includes(name));
  if (lacking.length === 0) return `all ${needed.length} that are needed`;
  const forRoutes = lacking.some((name) => APPLETS.includes(name));
  const rule = `has no ${lacking.join(", ")} in ${FOLDERS.join(", ")}, which the program needs to set ${forRoutes ? "routes" : "reservations and names"}`;
  const instead = forRoutes ? "enter the routes yourself with router.type: manual" : "remove reservations and names from the stack file";
  return { ...host, rule, fix: `update its firmware, or ${instead}` };
}

/** The warning limit in bytes. Below it, the router may lose the next setting that the user saves, without an error. */
const SCARCE = 1024;

/** Returns by how many bytes the list grows: an edit that replaces the stack's own records needs only the difference. */
function neededBytes({ routes }: Plan, { list }: AsusReading, owned: readonly string[]): number {
  const { preamble, records } = parseList(list);
  const isPlanned = (record: string) => routes.some((route) => isRecordOf(record, route));
  const remaining = records.filter((record) => isPlanned(record) || !owned.some((own) => own === record || unfilled(own) === record));
  const planned = routes.reduce<RuleList>((done, route) => placeRoute(done, route), { preamble, records: remaining });
  return Math.max(0, renderList(planned).length - list.length);
}

function examineSpace(host: Host, sections: Sections, needed: number): Examined["space"] {
  const [, size = "", left] = /^size: (\d+) bytes \((\d+) left\)/.exec(linesOf(sections, "space").at(-1) ?? "") ?? [];
  if (left === undefined) return "not reported by this firmware";
  const fix = "remove settings that you do not need, such as old static leases or VPN profiles, or reset it and set it up again";
  if (Number(left) < needed + "sr_enable_x=1".length + 1) {
    return { ...host, rule: `its nvram has ${left} bytes left of ${Number(size) + Number(left)}, and the routes need ${needed} more`, fix };
  }
  const space = `${left} of ${Number(size) + Number(left)} bytes free, and the routes need ${needed} more`;
  return Number(left) < SCARCE ? { ...host, rule: `its nvram is nearly full: ${space}`, fix, isWarning: true } : space;
}

function examineLan(plan: Plan, { lanAddress, lanNetmask, lanInterface }: AsusReading): Examined["lan"] {
  const { lan, host } = plan.router;
  const at = { path: "router.lan", value: quote(lan.text) };
  const networks = isIpv4(lanAddress) ? Array.from({ length: 33 }, (_, prefix) => cidrOf(lanAddress, prefix)) : [];
  const network = networks.find(({ netmask }) => netmask === lanNetmask);
  if (network === undefined) {
    const rule = `the router's LAN is '${lanAddress}' with mask '${lanNetmask}', no network`;
    return { ...at, rule, fix: "check its page LAN > LAN IP" };
  }
  const { text } = network;
  if (text !== lan.text)
    return { ...at, rule: `the router's LAN is ${text}`, fix: `set it to ${quote(text)}, or correct the page LAN > LAN IP` };
  if (isIpv4(host) && host !== lanAddress) {
    return {
      path: "router.host",
      value: quote(host),
      rule: `the router has ${lanAddress} on its LAN`,
      fix: `set it to ${quote(lanAddress)}`,
    };
  }
  return `${text} on ${lanInterface}, as planned`;
}
