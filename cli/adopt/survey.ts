import { RELEASE, type AdoptionInputs, type Planned, type Reconciler } from "../../cluster/diagnosis/adoption";
import type { KubeObject } from "../../cluster/manifests/kube-object";
import { read } from "../../cluster/api/api-client";
import { ClusterObjects } from "../../cluster/api/objects";
import type { ClusterConnection } from "../../cluster/survey/reader";
import { surveyCluster } from "../../cluster/survey/survey";
import { readReleases, type StoredRelease } from "../../cluster/survey/helm-releases";
import { readIdentity } from "../../cluster/survey/identity";
import { apiServerOf, type ApiServer } from "../../cluster/api/kubeconfig";

/** An object that the stack creates, and its field manager if the object is in the stack's state. */
export type StackObject = Omit<Planned, "live">;

/** What an adoption reads from a cluster before it changes anything. */
export interface AdoptionSurvey extends AdoptionInputs {
  readonly releases: readonly StoredRelease[];
  /** The cluster's identity. */
  readonly cluster: string;
}

/**
 * Reads the planned objects from a cluster, and which tool manages them; changes nothing.
 *
 * @throws NoResponse if the cluster cannot be read
 */
export async function surveyAdoption(connection: ClusterConnection, objects: readonly StackObject[]): Promise<AdoptionSurvey> {
  const server = apiServerOf(connection.kubeconfig, connection.context);
  const cluster = new ClusterObjects(server);
  const [survey, id, ...found] = await Promise.all([
    surveyCluster(connection),
    readIdentity(server),
    ...objects.map(({ object }) => cluster.read(object)),
  ]);
  const planned = objects.map((one, index): Planned => {
    const live = found[index];
    return { ...one, ...(live === undefined ? {} : { live }) };
  });
  const liveObjects = planned.flatMap(({ live }) => live ?? []);
  const [releases, reconcilers] = await Promise.all([
    readMarkedReleases(server, connection.namespace, liveObjects),
    readReconcilers(server, liveObjects),
  ]);
  return { planned, releases, reconcilers, survey, cluster: id };
}

/**
 * Reads the releases that the objects' marks name, and MetalLB's releases in its namespace: after an interrupted adoption the objects may
 * have lost their marks.
 */
async function readMarkedReleases(server: ApiServer, namespace: string, liveObjects: readonly KubeObject[]): Promise<StoredRelease[]> {
  const marked = referencesOf(liveObjects, "annotations", "meta.helm.sh/release-namespace", "meta.helm.sh/release-name");
  const otherNamespaces = marked.filter((reference) => reference.namespace !== namespace);
  const [own, ...others] = await Promise.all([
    readReleases(server, namespace),
    ...otherNamespaces.map((reference) => readReleases(server, reference.namespace, reference.name)),
  ]);
  const isMarked = ({ name }: StoredRelease) => marked.some((reference) => reference.namespace === namespace && reference.name === name);
  return [...own.filter((release) => release.chart === RELEASE || isMarked(release)), ...others.flat()];
}

const versions = { HelmRelease: ["v2", "v2beta2", "v2beta1"], Kustomization: ["v1", "v1beta2"] } as const;

/** Reads Flux's resources, which the labels of the objects name. */
async function readReconcilers(server: ApiServer, liveObjects: readonly KubeObject[]): Promise<Reconciler[]> {
  const found = (["HelmRelease", "Kustomization"] as const).flatMap((kind) => {
    const group = kind === "HelmRelease" ? "helm.toolkit.fluxcd.io" : "kustomize.toolkit.fluxcd.io";
    return referencesOf(liveObjects, "labels", `${group}/namespace`, `${group}/name`).map((reference) => ({ kind, group, ...reference }));
  });
  const working = await Promise.all(
    found.map(async ({ kind, group, namespace, name }): Promise<Reconciler[]> => {
      const plural = `${kind.toLowerCase()}s`;
      const answers = await Promise.all(
        versions[kind].map((version) =>
          read<{ spec?: { suspend?: boolean } }>(server, `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}`),
        ),
      );
      const one = answers.find((answer) => answer !== undefined);
      return one === undefined || one.spec?.suspend === true ? [] : [{ kind, namespace, name }];
    }),
  );
  return working.flat();
}

/** Returns the namespaces and names that the objects are marked with, without duplicates. */
function referencesOf(objects: readonly KubeObject[], kind: "labels" | "annotations", namespaceKey: string, nameKey: string) {
  const references = objects.flatMap(({ metadata: { [kind]: marks = {} } }) => {
    const [namespace, name] = [marks[namespaceKey], marks[nameKey]];
    return namespace === undefined || name === undefined ? [] : [{ namespace, name }];
  });
  return [...new Map(references.map((reference) => [`${reference.namespace}/${reference.name}`, reference])).values()];
}
