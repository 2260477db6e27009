import { parseMac, type Mac } from "../../../config/address/mac";
import { RouterFault, UnsupportedRouter } from "../../driver";
import type { NameRecord, PlannedReservation, RecordsReading } from "../../records";
import { PATH } from "../script";
import { linesOf, parseSections, type Sections } from "../sections";
import { wordAfter } from "../table";
import { reservedAddresses } from "./list";

/** The state of an ASUS router that reservations depend on. */
export interface AsusRecords extends RecordsReading {
  /** The value of `sw_mode`: `1` is a router. */
  readonly mode: string;
  /** The value of `dhcp_enable_x`: `1` means that the DHCP server is on. */
  readonly dhcp: string;
  /** The value of `dhcp_staticlist`, with one character per byte. */
  readonly list: string;
  /** The value of `dhcp_static_x`: `1` means that reservations are switched on. */
  readonly enabled: string;
  /** The lines of dnsmasq's settings with reservations. */
  readonly served: readonly string[];
  /** The lines of the user with reservations in /jffs/configs/dnsmasq.conf.add. */
  readonly reservedAdd: readonly string[];
  /** The files of the user that replace the firmware's settings. */
  readonly replaced: readonly string[];
  /** Whether the firmware uses the files in /jffs/configs: Merlin does unless they are switched off, and stock firmware has none. */
  readonly ownFiles: "used" | "ignored" | "none";
  /** The files of the user for lines of the stack that are links or folders. */
  readonly irregular: readonly string[];
  /** The lines of /jffs/configs/hosts.add. */
  readonly hostsAdd: readonly string[];
  /** The lines of /etc/hosts, which dnsmasq uses. */
  readonly hosts: readonly string[];
  /** The lines of /jffs/configs/dnsmasq.conf.add. */
  readonly settingsAdd: readonly string[];
  /** The lines of /etc/dnsmasq.conf, which dnsmasq uses. */
  readonly settings: readonly string[];
}

const variables = ["sw_mode", "dhcp_enable_x", "dhcp_static_x", "dhcp_staticlist"];

/** More bytes than the nvram of any ASUS router has. */
const NVRAM = 256 * 1024;

/** Returns a command that reads the state for {@link AsusRecords}. A ping makes the router look up a hardware address that is not known yet. */
export function recordsQuery(planned: readonly PlannedReservation[], names: readonly NameRecord[] = []): string {
  const hasDomains = names.some(({ forwarded }) => forwarded);
  const unknown = planned.filter(({ mac }) => mac === undefined).map(({ address }) => `ping -c 1 -W 1 ${address} >/dev/null 2>&1 &`);
  return [
    `${PATH}; export PATH`,
    "nvram get sw_mode >/dev/null || exit 3",
    ...variables.map((name) => `echo "@${name}"; nvram get ${name}`),
    "echo @served; grep '^dhcp-host=' /etc/dnsmasq.conf 2>/dev/null",
    ...(planned.length === 0
      ? []
      : [`echo @reserved-add; ${MERLIN} && ${USED} && grep '^[[:space:]]*dhcp-host' /jffs/configs/dnsmasq.conf.add 2>/dev/null`]),
    `echo @replaced; ${MERLIN} && ${USED} && for name in dnsmasq.conf hosts; do [ ! -f /jffs/configs/$name ] || echo /jffs/configs/$name; done`,
    ...(names.length === 0
      ? []
      : [
          `echo @own-files; ${MERLIN} && { ${USED} && echo used || echo ignored; }`,
          `echo @irregular; for name in hosts.add${hasDomains ? " dnsmasq.conf.add" : ""}; do ${IRREGULAR} && echo /jffs/configs/$name; done`,
          "echo @hosts-add; grep -v '^@' /jffs/configs/hosts.add 2>/dev/null",
          "echo; echo @hosts; grep -v '^@' /etc/hosts",
          ...(hasDomains
            ? [
                "echo @settings-add; grep -v '^@' /jffs/configs/dnsmasq.conf.add 2>/dev/null",
                "echo @settings; grep -v '^@' /etc/dnsmasq.conf",
              ]
            : []),
        ]),
    ...(unknown.length === 0 ? [] : [`${unknown.join(" ")} wait`]),
    ...planned.map(({ address }) => `echo '@host ${address}'; ip neigh show ${address} dev "$(nvram get lan_ifname)"`),
    "echo @recorded",
  ].join("; ");
}

/** A test for Merlin's firmware. */
const MERLIN = "[ -f /usr/sbin/helper.sh ]";

/** A test whether Merlin's firmware uses the files in /jffs/configs. */
const USED = '[ "$(nvram get jffs2_scripts)" != 0 ]';

/** A test for a link or a folder in place of a file. */
const IRREGULAR = "{ [ -L /jffs/configs/$name ] || [ -d /jffs/configs/$name ]; }";

/** Parses the output of {@link recordsQuery}. @throws UnsupportedRouter if it is incomplete or not from an ASUS router */
export function parseRecords(answer: string): AsusRecords {
  const sections = parseSections(answer);
  if (sections.size === 0) throw new UnsupportedRouter("it has no nvram");
  if (!sections.has("recorded")) throw new UnsupportedRouter("its answer is incomplete");
  const value = (name: string) => sections.get(name) ?? "";
  const [list, enabled] = [value("dhcp_staticlist"), value("dhcp_static_x")];
  if (list.length > NVRAM)
    throw new RouterFault(`its list of reservations has ${list.length} bytes, more than its nvram can hold`, "check which host answers");
  return {
    mode: value("sw_mode"),
    dhcp: value("dhcp_enable_x"),
    list,
    enabled,
    served: linesOf(sections, "served"),
    reservedAdd: linesOf(sections, "reserved-add"),
    replaced: linesOf(sections, "replaced"),
    ownFiles: (["used", "ignored"] as const).find((one) => linesOf(sections, "own-files").includes(one)) ?? "none",
    irregular: linesOf(sections, "irregular"),
    hostsAdd: linesOf(sections, "hosts-add"),
    hosts: linesOf(sections, "hosts"),
    settingsAdd: linesOf(sections, "settings-add"),
    settings: linesOf(sections, "settings"),
    backup: `dhcp_static_x=${enabled}\ndhcp_staticlist=${list}\n`,
    seen: seenIn(sections),
    reserved: enabled === "1" ? reservedAddresses(list) : new Set(),
  };
}

/** Returns the hardware addresses in the router's neighbour table, except those of hosts that did not answer. */
function seenIn(sections: Sections): Map<string, Mac> {
  const entries = [...sections].flatMap(([name, text]): [string, Mac][] => {
    const [line] = text.split("\n").filter((one) => one.includes(" lladdr ") && !/\b(FAILED|INCOMPLETE)\b/.test(one));
    const mac = parseMac(wordAfter("lladdr", (line ?? "").trim().split(/\s+/)));
    return name.startsWith("host ") && mac.ok ? [[name.slice(5), mac.value]] : [];
  });
  return new Map(entries);
}
