import { RELEASE, type Holding, type Planned, type Reconciler } from "../../cluster/diagnosis/adoption";
import type { KubeObject } from "../../cluster/manifests/kube-object";
import { read } from "../../cluster/api/api-client";
import { ClusterObjects } from "../../cluster/api/objects";
import type { ClusterConnection } from "../../cluster/survey/reader";
import { surveyCluster } from "../../cluster/survey/survey";
import { readReleases, type StoredRelease } from "../../cluster/survey/helm-releases";
import { readIdentity } from "../../cluster/survey/identity";
import { apiServerOf, type ApiServer } from "../../cluster/api/kubeconfig";

/** An object that the stack makes, and by which name, where its state has it. */
export type StackObject = Omit<Planned, "live">;

/** All that is asked of a cluster before an adoption. */
export interface AdoptionSurvey extends Holding {
  readonly releases: readonly StoredRelease[];
  /** Tells clusters apart. */
  readonly cluster: string;
}

/**
 * Asks a cluster for the objects of a stack's names, and for whose they are, and changes nothing.
 *
 * @throws NoAnswer where the cluster cannot be asked, or keeps silent.
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
  const lives = planned.flatMap(({ live }) => live ?? []);
  const [releases, reconcilers] = await Promise.all([
    readMarkedReleases(server, connection.namespace, lives),
    readReconcilers(server, lives),
  ]);
  return { planned, releases, reconcilers, survey, cluster: id };
}

/** Those that objects are marked with, and MetalLB's own in its namespace, whose objects may be without marks since an adoption that was cut off. */
async function readMarkedReleases(server: ApiServer, namespace: string, lives: readonly KubeObject[]): Promise<StoredRelease[]> {
  const marked = placesOf(lives, "annotations", "meta.helm.sh/release-namespace", "meta.helm.sh/release-name");
  const elsewhere = marked.filter((place) => place.namespace !== namespace);
  const [own, ...others] = await Promise.all([
    readReleases(server, namespace),
    ...elsewhere.map((place) => readReleases(server, place.namespace, place.name)),
  ]);
  const isMarked = ({ name }: StoredRelease) => marked.some((place) => place.namespace === namespace && place.name === name);
  return [...own.filter((release) => release.chart === RELEASE || isMarked(release)), ...others.flat()];
}

const versions = { HelmRelease: ["v2", "v2beta2", "v2beta1"], Kustomization: ["v1", "v1beta2"] } as const;

/** Flux writes on each object which of its own it is from. */
async function readReconcilers(server: ApiServer, lives: readonly KubeObject[]): Promise<Reconciler[]> {
  const found = (["HelmRelease", "Kustomization"] as const).flatMap((kind) => {
    const group = kind === "HelmRelease" ? "helm.toolkit.fluxcd.io" : "kustomize.toolkit.fluxcd.io";
    return placesOf(lives, "labels", `${group}/namespace`, `${group}/name`).map((place) => ({ kind, group, ...place }));
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

/** The places that objects are marked with, each once. */
function placesOf(objects: readonly KubeObject[], kind: "labels" | "annotations", namespaceKey: string, nameKey: string) {
  const places = objects.flatMap(({ metadata: { [kind]: marks = {} } }) => {
    const [namespace, name] = [marks[namespaceKey], marks[nameKey]];
    return namespace === undefined || name === undefined ? [] : [{ namespace, name }];
  });
  return [...new Map(places.map((place) => [`${place.namespace}/${place.name}`, place])).values()];
}
