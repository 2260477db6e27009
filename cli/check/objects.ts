/** Compares a plan's objects with those in its cluster. */
import { read } from "../../cluster/api/api-client";
import type { ApiServer } from "../../cluster/api/kubeconfig";
import { collectionOf } from "../../cluster/api/resource-path";
import type { Difference, KubeObject } from "../../cluster/manifests/kube-object";
import { deviations, type PlannedObject } from "../../cluster/manifests/planned-objects";

/** A planned object and its differences. */
export interface Compared {
  /** Such as `pool lab-dev`. */
  readonly what: string;
  readonly kind: string;
  /** Kind, namespace and name, such as `IPAddressPool metallb-system/lab-dev`. */
  readonly id: string;
  /** The differences; undefined if the object is missing. */
  readonly found: readonly Difference[] | undefined;
}

/** Returns the name that a line about an object begins with. */
export const nameOf = ({ role, object }: PlannedObject): string =>
  role === "next hop" ? `next hop's ${object.kind}` : `${role} ${object.metadata.name}`;

/** Compares planned objects with those in the cluster. @throws NoResponse if the server rejects the request or does not answer */
export function compareObjects(server: ApiServer, planned: readonly PlannedObject[]): Promise<Compared[]> {
  return Promise.all(
    planned.map(async (one) => {
      const { kind, metadata } = one.object;
      const live = await read<KubeObject>(server, `${collectionOf(one.object)}/${metadata.name}`);
      const id = `${kind} ${metadata.namespace}/${metadata.name}`;
      return { what: nameOf(one), kind, id, found: live === undefined ? undefined : deviations(one.object, live) };
    }),
  );
}
