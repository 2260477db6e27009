import type { KubeObject } from "../manifests/kube-object";
import { list, read } from "../api/api-client";
import type { ApiServer } from "../api/kubeconfig";

interface ApiGroup {
  readonly versions?: readonly { readonly version: string }[];
  readonly preferredVersion?: { readonly version: string };
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string }[];
}

/** Matches the kinds in which MetalLB and frr-k8s write their own state. */
const STATUS = /^[^.]*(statuses|states)\./;

/**
 * Returns the objects of custom resource definitions in every namespace, without those in which MetalLB writes its own state.
 *
 * @param definitions the names of the definitions, such as `bgppeers.metallb.io`
 * @throws NoResponse
 */
export async function readCustomObjects(server: ApiServer, definitions: readonly string[]): Promise<KubeObject[]> {
  const relevant = definitions.filter((name) => !STATUS.test(name));
  const groups = [...new Set(relevant.map(groupOf))];
  const found = await Promise.all(groups.map((group) => readGroup(server, group, relevant)));
  return found.flat();
}

const groupOf = (definition: string): string => definition.slice(definition.indexOf(".") + 1);

/** A group can have several versions, and not every kind is in each of them. */
async function readGroup(server: ApiServer, group: string, relevant: readonly string[]): Promise<KubeObject[]> {
  const { versions = [], preferredVersion } = (await read<ApiGroup>(server, `/apis/${group}`)) ?? {};
  const names = [...new Set([preferredVersion, ...versions].flatMap((one) => one?.version ?? []))];
  const lists = await Promise.all(names.map((version) => read<ResourceList>(server, `/apis/${group}/${version}`)));
  const kinds = new Map<string, { readonly kind: string; readonly apiVersion: string }>();
  for (const [index, version] of names.entries())
    for (const { name, kind } of lists[index]?.resources ?? [])
      if (relevant.includes(`${name}.${group}`) && !kinds.has(name)) kinds.set(name, { kind, apiVersion: `${group}/${version}` });
  const objects = [...kinds].map(async ([plural, { kind, apiVersion }]) => {
    // The items of a list have no kind.
    return (await list<KubeObject>(server, `/apis/${apiVersion}/${plural}`)).map((object) => ({ ...object, kind, apiVersion }));
  });
  return (await Promise.all(objects)).flat();
}
