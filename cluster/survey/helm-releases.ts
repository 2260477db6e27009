import { gunzipSync } from "node:zlib";

import { parseAllDocuments } from "yaml";

import type { Release } from "../diagnosis/adoption";
import type { KubeObject } from "../manifests/kube-object";
import { list } from "../api/api-client";
import type { ApiServer } from "../api/kubeconfig";

/** A release and the Secrets with its revisions. */
export interface StoredRelease extends Release {
  readonly secrets: readonly KubeObject[];
}

interface ReleaseSecret extends KubeObject {
  readonly data?: { readonly release?: string };
}

/** The parts of a revision that this file needs. */
interface Stored {
  readonly name: string;
  readonly namespace: string;
  readonly version: number;
  readonly info: { readonly status: string };
  readonly chart: { readonly metadata: { readonly name: string; readonly version: string } };
  readonly manifest: string;
}

/**
 * Returns the Helm releases in a namespace, each by its latest revision.
 *
 * @param name returns only the release with this name
 * @throws NoResponse if the cluster does not answer
 */
export async function readReleases(server: ApiServer, namespace: string, name?: string): Promise<StoredRelease[]> {
  const selector = ["owner=helm", ...(name === undefined ? [] : [`name=${name}`])].join(",");
  const path = `/api/v1/namespaces/${namespace}/secrets?labelSelector=${encodeURIComponent(selector)}`;
  const secrets = (await list<ReleaseSecret>(server, path)).map((secret) => ({ ...secret, apiVersion: "v1", kind: "Secret" }));
  const names = [...new Set(secrets.map(nameOf))];
  return names.map((one) => toRelease(secrets.filter((secret) => nameOf(secret) === one)));
}

const nameOf = ({ metadata: { labels = {} } }: KubeObject) => labels["name"] ?? "";
const revisionOf = ({ metadata: { labels = {} } }: KubeObject) => Number(labels["version"]);

function toRelease(secrets: readonly ReleaseSecret[]): StoredRelease {
  const [latest] = [...secrets].sort((one, other) => revisionOf(other) - revisionOf(one));
  // Helm encodes the release in base64, and the Secret encodes it again.
  const packed = Buffer.from(Buffer.from(latest?.data?.release ?? "", "base64").toString(), "base64");
  const { name, namespace, version, info, chart, manifest } = JSON.parse(gunzipSync(packed).toString()) as Stored;
  return {
    name,
    namespace,
    revision: version,
    status: info.status,
    chart: chart.metadata.name,
    version: chart.metadata.version,
    objects: objectsOf(manifest, namespace),
    secrets,
  };
}

/** Returns the objects of a release. An object without a namespace is in the release's namespace. */
function objectsOf(manifest: string, namespace: string): KubeObject[] {
  const documents = parseAllDocuments(manifest).map((document) => document.toJS() as KubeObject | null);
  return documents
    .filter((object): object is KubeObject => typeof object?.kind === "string")
    .map((object) => (isClusterWide(object) ? object : { ...object, metadata: { namespace, ...object.metadata } }));
}

const isClusterWide = ({ kind }: KubeObject) =>
  /^(Cluster.*|CustomResourceDefinition|Namespace|PriorityClass|.*WebhookConfiguration|ValidatingAdmissionPolicy.*)$/.test(kind);
