import { ask, METADATA_ONLY, type Metadata } from "../api/api-client";
import type { ApiServer } from "../api/kubeconfig";
import { collectionOf } from "../api/resource-path";
import { idOf, type KubeObject } from "../manifests/kube-object";

/** The largest number of objects that a message names. */
const MAX_NAMES = 5;

/** The objects of a stack that its cluster lacks. */
export interface MissingObjects {
  /** The missing objects, of the kinds that the user may list. */
  readonly missing: readonly KubeObject[];
  /** The number of objects that are being deleted. */
  readonly terminating: number;
  readonly live: LiveMetadata;
}

/** The metadata of a stack's objects in the cluster, by the API path of each. */
export type LiveMetadata = ReadonlyMap<string, Metadata>;

/** Compares a stack's objects with those in the cluster. @throws NoResponse */
export async function findMissingObjects(server: ApiServer, objects: readonly KubeObject[]): Promise<MissingObjects> {
  const paths = [...new Set(objects.map(collectionOf))];
  const expected = new Set(objects.map((object) => `${collectionOf(object)}/${object.metadata.name}`));
  const answers = await Promise.all(paths.map(async (path) => ({ path, answer: await ask(server, path, undefined, METADATA_ONLY) })));
  const present = new Map<string, Set<string>>();
  const live = new Map<string, Metadata>();
  let terminating = 0;
  for (const { path, answer } of answers) {
    if (answer.status !== 200 && answer.status !== 404) continue;
    const { items = [] } = answer.status === 404 ? {} : (JSON.parse(answer.body) as { items?: { metadata: Metadata }[] | null });
    const found = (items ?? []).map(({ metadata }) => metadata);
    terminating += found.filter(({ name, deletionTimestamp }) => deletionTimestamp !== undefined && expected.has(`${path}/${name}`)).length;
    present.set(path, new Set(found.map(({ name }) => name)));
    for (const metadata of found) if (expected.has(`${path}/${metadata.name}`)) live.set(`${path}/${metadata.name}`, metadata);
  }
  return { missing: objects.filter((object) => present.get(collectionOf(object))?.has(object.metadata.name) === false), terminating, live };
}

/** Names objects for a message. */
export function nameObjects(objects: readonly KubeObject[]): string {
  const more = objects.length > MAX_NAMES ? ` and ${objects.length - MAX_NAMES} more` : "";
  return `${objects.slice(0, MAX_NAMES).map(idOf).join(", ")}${more}`;
}
