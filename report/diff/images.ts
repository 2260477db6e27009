import type { KubeObject } from "../../cluster/manifests/kube-object";
import type { ImageChange } from "./diff";

/** Returns the images whose tags or digests differ between two lists of objects. */
export function imageChanges(from: readonly KubeObject[], to: readonly KubeObject[]): ImageChange[] {
  const [before, after] = [imagesIn(from), imagesIn(to)];
  const images = [...new Set([...before.keys(), ...after.keys()])].sort();
  return images
    .map((image) => ({ image, from: [...(before.get(image) ?? [])].sort(), to: [...(after.get(image) ?? [])].sort() }))
    .filter((one) => one.from.join() !== one.to.join());
}

interface PodTemplate {
  readonly template?: { readonly spec?: Readonly<Record<string, readonly { readonly image?: string }[] | undefined>> };
}

/** Returns the tags or digests of each image of the objects' containers. */
function imagesIn(objects: readonly KubeObject[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { template } of objects.map(({ spec }) => (spec ?? {}) as PodTemplate)) {
    const { containers = [], initContainers = [] } = template?.spec ?? {};
    for (const { image = "" } of [...initContainers, ...containers]) {
      // A colon before the last slash belongs to the registry's port.
      const [, name = image, version = "latest"] = /^(.+?)(?:@|:(?=[^/]*$))(.+)$/.exec(image) ?? [];
      if (image !== "") found.set(name, (found.get(name) ?? new Set()).add(version));
    }
  }
  return found;
}
