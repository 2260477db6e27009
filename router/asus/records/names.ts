/** The names of a stack in /jffs/configs/hosts.add. */
import type { NamePlan, Plan } from "../../../config/plan";
import { pathText } from "../../../config/path";
import { quote, type Finding } from "../../../config/problem";
import type { AsusRecords } from "./reading";
import { namesBlock } from "./script";

const about = ({ name, address }: NamePlan, rule: string, fix: string): Finding => ({
  path: pathText(["names", name]),
  value: quote(address),
  rule,
  fix,
});

/** Reports names that the router does not have as planned. */
export function nameDifferences({ cluster, names }: Plan, { hostsAdd, hosts }: AsusRecords): Finding[] {
  const block = namesBlock(cluster.name, names);
  const [first] = names;
  if (first === undefined || (hasOnly(hostsAdd, block) && hasOnly(hosts, block))) return [];
  const missing = names.filter(({ name, address }) => !hosts.includes(`${address} ${name}`));
  const fix = "pulumi up corrects it";
  if (missing.length > 0) return missing.map((one) => about(one, "the router's DNS server does not have it", fix));
  return [about(first, "the stack's lines in /jffs/configs/hosts.add were changed on the router", fix)];
}

/** Whether lines have a block exactly once. */
function hasOnly(lines: readonly string[], block: readonly string[]): boolean {
  const begin = lines.indexOf(block[0] ?? "");
  return begin >= 0 && lines.lastIndexOf(block[0] ?? "") === begin && block.every((line, index) => lines[begin + index] === line);
}

/** Returns every reason why applying the names would fail. */
export function nameRefusals(plan: Plan, { usesOwnFiles, replaced, hostsAdd, hosts }: AsusRecords): Finding[] {
  const [first] = plan.names;
  if (first === undefined) return [];
  if (!usesOwnFiles) {
    const fix =
      "install Asuswrt-Merlin, and switch JFFS custom scripts and configs on on the page Administration > System, or remove the names";
    return [about(first, "the router's firmware has no file for names", fix)];
  }
  if (replaced.includes("/jffs/configs/hosts")) {
    const fix = "rename it to hosts.add with only the lines that you added";
    return [about(first, "/jffs/configs/hosts on the router replaces the firmware's names, this one included", fix)];
  }
  const block = namesBlock(plan.cluster.name, plan.names);
  const [begin = "", end = ""] = [block[0], block.at(-1)];
  if (hostsAdd.includes(begin) && !hostsAdd.includes(end, hostsAdd.indexOf(begin))) {
    const rule = `/jffs/configs/hosts.add on the router has the line '${begin}' without '${end}' after it`;
    return [about(first, rule, "remove the stack's lines there")];
  }
  const others = withoutBlocks(hosts, begin, end);
  return plan.names.flatMap((one) =>
    others.flatMap((line) => {
      const [address = "", ...words] = line.replace(/#.*/, "").trim().split(/\s+/);
      if (!words.includes(one.name) || address === one.address) return [];
      return [about(one, `the router already resolves it to ${address}`, "remove that name there, or change the stack's")];
    }),
  );
}

/** Returns the lines outside of blocks. */
function withoutBlocks(lines: readonly string[], begin: string, end: string): string[] {
  let isInside = false;
  return lines.filter((line) => {
    isInside ||= line === begin;
    const isOther = !isInside;
    isInside &&= line !== end;
    return isOther;
  });
}
