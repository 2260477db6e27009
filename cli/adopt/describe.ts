/** The text that describes an adoption before the user confirms it. */
import type { Adoption, Release } from "../../cluster/diagnosis/adoption";
import type { Survey } from "../../cluster/diagnosis/cluster-state";
import { idOf, type Difference, type KubeObject } from "../../cluster/manifests/kube-object";

/** Longer texts are shortened; of more differences, only the number is printed. */
const limits = { text: 60, differences: 5 };

/** Describes what happens to the cluster's objects. */
export function describe(stack: string, adoption: Adoption, releases: readonly Release[], { services }: Survey): string {
  const holders = services.filter(({ addresses }) => addresses.length > 0).map(({ name, addresses }) => `${name} ${addresses.join(", ")}`);
  return [
    ...releases.map(describeRelease),
    ...section(`Taken over by stack ${stack}`, byKind(adoption.taken)),
    ...section("Created", byKind(adoption.made)),
    ...section("Changed to what the stack file says", adoption.changes.flatMap(describeChange)),
    ...section("Left as it is, unmanaged", adoption.left),
    ...section("Keeps its address", holders),
    adoption.restarts.length === 0
      ? "No pod restarts."
      : `Pods that restart, those of a DaemonSet node by node: ${adoption.restarts.map(idOf).join(", ")}.`,
  ].join("\n");
}

const describeRelease = ({ name, namespace, chart, version, revision }: Release) =>
  `Helm's release ${namespace}/${name}, chart ${chart} ${version}, revision ${revision}: Helm will no longer manage it.`;

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];

function byKind(objects: readonly KubeObject[]): string[] {
  const kinds = new Map<string, string[]>();
  for (const { kind, metadata } of objects) kinds.set(kind, [...(kinds.get(kind) ?? []), metadata.name]);
  return [...kinds].sort(([one], [other]) => (one < other ? -1 : 1)).map(([kind, names]) => `${kind} ${names.sort().join(", ")}`);
}

function describeChange({ object, differences }: Adoption["changes"][number]): string[] {
  const firstDifferences = differences.slice(0, limits.differences).map((one) => `${idOf(object)}: ${describeDifference(one)}`);
  const more = differences.length - firstDifferences.length;
  return more === 0 ? firstDifferences : [...firstDifferences, `${idOf(object)}: and ${more} more`];
}

const describeDifference = ({ path, from, to }: Difference) => `${path}: ${text(from)} -> ${text(to)}`;

function text(value: unknown): string {
  const all = value === undefined ? "none" : JSON.stringify(value);
  return all.length > limits.text ? `${all.slice(0, limits.text - 3)}...` : all;
}
