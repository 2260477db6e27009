/** The rules for fields that only later releases of MetalLB know. */
import { DEFAULT_CHART, firstChartWith, hasChange, type Change } from "./metallb-releases";
import { quote, type Finding } from "./problem";
import type { Sections } from "./sections";

/** Reports fields that the chart of `metallb.version` would ignore. */
export function releaseRules({ metallb, advertisements = [] }: Sections): Finding[] {
  if (metallb === undefined) return [];
  const { version } = metallb;
  const check = (change: Change, path: string, value: unknown): Finding[] => {
    if (value === undefined || hasChange(change, version)) return [];
    const first = firstChartWith(change);
    const rule = `MetalLB ${version} does not have it; it was added in ${first}`;
    return [{ path, value: quote(value), rule, fix: `remove it, or set metallb.version to "${DEFAULT_CHART}"` }];
  };
  return [
    ...check("gratuitousARPInterval", "metallb.gratuitousARPInterval", metallb.gratuitousARPInterval),
    ...advertisements.flatMap(({ serviceSelectors, preferredNodeSelectors }, index) => [
      ...check("serviceSelectors", `advertisements[${index}].serviceSelectors`, serviceSelectors),
      ...check("preferredNodeSelectors", `advertisements[${index}].preferredNodeSelectors`, preferredNodeSelectors),
    ]),
  ];
}
