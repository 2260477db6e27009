/** The names and forwarded domains of a stack in the files of the user on Asuswrt-Merlin. */
import type { NamePlan, Plan } from "../../../config/plan";
import { quote, type Finding } from "../../../config/problem";
import { namePath } from "../../../config/sections";
import { ownerNumber } from "../script";
import type { AsusRecords } from "./reading";
import { nameLines, namesBlock } from "./script";

/** A file of the user for lines of the stack. */
interface LinesFile {
  /** What its lines are, for messages. */
  readonly what: string;
  /** The file that the firmware appends. */
  readonly added: string;
  /** The file that replaces the firmware's. */
  readonly replacing: string;
  readonly isIn: (one: NamePlan) => boolean;
  /** The lines of the added file, and of the file that dnsmasq uses. */
  readonly linesOf: (reading: AsusRecords) => readonly [added: readonly string[], used: readonly string[]];
  /** Returns why a line of others does not go with a name or domain. */
  readonly conflictOf: (one: NamePlan, line: string) => Pick<Finding, "rule" | "fix"> | undefined;
}

const FILES: readonly LinesFile[] = [
  {
    what: "names",
    added: "hosts.add",
    replacing: "hosts",
    isIn: ({ forwarded }) => forwarded !== true,
    linesOf: ({ hostsAdd, hosts }) => [hostsAdd, hosts],
    conflictOf: ({ name, address }, line) => {
      const [to = "", ...words] = line.replace(/#.*/, "").trim().split(/\s+/);
      // A DNS server ignores case.
      if (!words.some((word) => word.toLowerCase() === name) || to === address) return undefined;
      return { rule: `the router already resolves it to ${to}`, fix: "remove that name there, or change the stack's" };
    },
  },
  {
    what: "domains",
    added: "dnsmasq.conf.add",
    replacing: "dnsmasq.conf",
    isIn: ({ forwarded }) => forwarded === true,
    linesOf: ({ settingsAdd, settings }) => [settingsAdd, settings],
    conflictOf: ({ name, address }, line) => {
      const setting = line.replace(/\s/g, "");
      const isAbout = /^(server|local|address)=/.test(setting) && setting.toLowerCase().includes(`/${name}/`);
      if (!isAbout || setting === `server=/${name}/${address}`) return undefined;
      return { rule: `the router's DNS server already has '${line}'`, fix: "remove that setting there, or change the stack's domain" };
    },
  },
];

/** Returns the files with lines of a plan, each with these names or domains. */
const filesOf = ({ names }: Plan) =>
  FILES.map((file) => ({ ...file, names: names.filter(file.isIn) })).filter((one) => one.names.length > 0);

const about = (one: NamePlan, rule: string, fix: string): Finding => ({ path: namePath(one), value: quote(one.address), rule, fix });

/** Reports names and domains that the router does not have as planned. */
export function nameDifferences(plan: Plan, reading: AsusRecords): Finding[] {
  const fix = "pulumi up corrects it";
  return filesOf(plan).flatMap(({ names, added, linesOf }) => {
    const block = namesBlock(ownerNumber(plan.cluster.name), names);
    const [own, used] = linesOf(reading);
    if (hasOnly(own, block) && hasOnly(used, block)) return [];
    const missing = names.filter((one) => !nameLines(one).every((line) => used.includes(line)));
    if (missing.length > 0) return missing.map((one) => about(one, "the router's DNS server does not have it", fix));
    const gone = names.filter((one) => !nameLines(one).every((line) => own.includes(line)));
    if (gone.length > 0) return gone.map((one) => about(one, `it is missing from /jffs/configs/${added} on the router`, fix));
    return names.slice(0, 1).map((one) => about(one, `the stack's lines in /jffs/configs/${added} were changed on the router`, fix));
  });
}

/** Whether lines have a block exactly once. */
function hasOnly(lines: readonly string[], block: readonly string[]): boolean {
  const begin = lines.indexOf(block[0] ?? "");
  return begin >= 0 && lines.lastIndexOf(block[0] ?? "") === begin && block.every((line, index) => lines[begin + index] === line);
}

/**
 * Returns every reason why applying the names and domains would fail.
 *
 * @param formerOwner the number of the owner of the recorded names, which are removed first, if it has changed
 */
export function nameRefusals(plan: Plan, reading: AsusRecords, formerOwner?: number): Finding[] {
  return filesOf(plan).flatMap(({ what, added, replacing, names, linesOf, conflictOf }) => {
    const first = names.slice(0, 1);
    if (reading.ownFiles === "none") {
      const rule = `stock firmware has no file for ${what}, and its host names of reservations are for devices only`;
      return first.map((one) => about(one, rule, `install Asuswrt-Merlin, use a DNS server outside the router, or remove the ${what}`));
    }
    if (reading.ownFiles === "ignored") {
      const fix = `switch on JFFS custom scripts and configs on the page Administration > System, or remove the ${what}`;
      return first.map((one) => about(one, `the router ignores files with ${what}`, fix));
    }
    if (reading.replaced.includes(`/jffs/configs/${replacing}`)) {
      const fix = `rename it to ${added} with only the lines that you added`;
      return first.map((one) =>
        about(one, `/jffs/configs/${replacing} on the router replaces the firmware's ${what}, this one included`, fix),
      );
    }
    if (reading.irregular.includes(`/jffs/configs/${added}`))
      return first.map((one) => about(one, `/jffs/configs/${added} on the router is a link or a folder`, "replace it with a file"));
    const block = namesBlock(ownerNumber(plan.cluster.name), names);
    const [begin = "", end = ""] = [block[0], block.at(-1)];
    const [own, used] = linesOf(reading);
    const damage = damageOf(own, begin, end);
    if (damage !== undefined) {
      const rule = `/jffs/configs/${added} on the router has the line '${begin}' ${damage}`;
      return first.map((one) => about(one, rule, "remove the stack's lines there"));
    }
    const former = formerOwner === undefined ? [] : namesBlock(formerOwner, names);
    const others = withoutBlocks(withoutBlocks(used, begin, end), former[0], former.at(-1));
    return names.flatMap((one) =>
      others.flatMap((line) => {
        const conflict = conflictOf(one, line);
        return conflict === undefined ? [] : [about(one, conflict.rule, conflict.fix)];
      }),
    );
  });
}

/** Returns why the program cannot know which lines are the stack's; undefined if it can, or if there are none. */
function damageOf(own: readonly string[], begin: string, end: string): string | undefined {
  const start = own.indexOf(begin);
  if (start < 0) return own.some((line) => line.includes(begin)) ? "with other text beside it" : undefined;
  return own.includes(end, start) ? undefined : `without '${end}' after it`;
}

/** Returns the lines outside of blocks. */
function withoutBlocks(lines: readonly string[], begin?: string, end?: string): string[] {
  let isInside = false;
  return lines.filter((line) => {
    isInside ||= line === begin;
    const isOther = !isInside;
    isInside &&= line !== end;
    return isOther;
  });
}
