/** The objects of a plan in their cluster. */
import { read } from "../../cluster/api/api-client";
import type { ApiServer } from "../../cluster/api/kubeconfig";
import { collectionOf } from "../../cluster/api/resource-path";
import type { Difference, KubeObject } from "../../cluster/manifests/kube-object";
import { deviations, type PlannedObject } from "../../cluster/manifests/planned-objects";

/** A planned object, and what became of it. */
export interface Compared {
  /** Such as `pool lab-dev`. */
  readonly what: string;
  readonly kind: string;
  /** With its kind: `IPAddressPool metallb-system/lab-dev`. */
  readonly id: string;
  /** Undefined where it is missing. */
  readonly found: readonly Difference[] | undefined;
}

/** What a line about an object is headed by. */
export const nameOf = ({ role, object }: PlannedObject): string =>
  role === "next hop" ? `next hop's ${object.kind}` : `${role} ${object.metadata.name}`;

/** Holds planned objects against the living ones. @throws NoAnswer where the server refuses, or keeps silent */
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
