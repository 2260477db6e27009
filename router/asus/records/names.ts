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
  const isIn = (lines: readonly string[]) => block.every((line) => lines.includes(line)) && countOf(lines, block) === block.length;
  const [first] = names;
  if (first === undefined || (isIn(hostsAdd) && isIn(hosts))) return [];
  const missing = names.filter(({ name, address }) => !hosts.includes(`${address} ${name}`));
  const fix = "pulumi up corrects it";
  if (missing.length > 0) return missing.map((one) => about(one, "the router's DNS server does not have it", fix));
  return [about(first, "the stack's lines in /jffs/configs/hosts.add were changed on the router", fix)];
}

/** Returns how many lines there are from the first to the last line of a block. */
const countOf = (lines: readonly string[], block: readonly string[]): number =>
  lines.indexOf(block.at(-1) ?? "") - lines.indexOf(block[0] ?? "") + 1;

/** Returns every reason why applying the names would fail. */
export function nameRefusals(plan: Plan, { usesOwnFiles, replaced, hosts }: AsusRecords): Finding[] {
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
  const marks = namesBlock(plan.cluster.name, plan.names);
  const [begin, end] = [hosts.indexOf(marks[0] ?? ""), hosts.indexOf(marks.at(-1) ?? "")];
  const others = hosts.filter((_, index) => begin < 0 || index < begin || index > end);
  return plan.names.flatMap((one) =>
    others.flatMap((line) => {
      const [address = "", ...words] = line.replace(/#.*/, "").trim().split(/\s+/);
      if (!words.includes(one.name) || address === one.address) return [];
      return [about(one, `the router already resolves it to ${address}`, "remove that name there, or change the stack's")];
    }),
  );
}
