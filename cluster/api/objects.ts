import { idOf, type KubeObject } from "../manifests/kube-object";
import { ask, read, refusalText, type Answer, type RequestOptions } from "./api-client";
import { NoResponse, type ApiServer } from "./kubeconfig";
import { pause } from "../../config/poll";
import { OneLineError } from "../../config/user-error";

/** An operation of a JSON patch (RFC 6902). */
export interface Operation {
  readonly op: "add" | "remove" | "replace";
  readonly path: string;
  readonly value?: unknown;
}

/** The server refused a change. The message names the object and quotes the server. */
export class ChangeRejected extends OneLineError {
  override readonly name = "ChangeRejected";
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** How often a change is sent if the server or a webhook does not answer or the object changes meanwhile, and the pause in milliseconds. */
const retry = { tries: 30, pause: 1000 };

/** Reads and changes objects of any kind. Each change is safe to send twice. */
export class ClusterObjects {
  private readonly known = new Map<string, Promise<ResourceList | undefined>>();

  constructor(private readonly server: ApiServer) {}

  /** Returns the object with that kind and name; undefined if the object or its kind does not exist. */
  async read(object: Pick<KubeObject, "apiVersion" | "kind" | "metadata">): Promise<KubeObject | undefined> {
    const place = await this.placeOf(object);
    return place && read<KubeObject>(this.server, place.path);
  }

  /**
   * Reads and patches an object, and tries again on a conflict.
   *
   * @param change returns the operations; none if no change is needed
   * @returns whether the object was changed
   * @throws Refused, NoResponse
   */
  async change(object: KubeObject, manager: string, change: (live: KubeObject) => readonly Operation[]): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      const live = await this.read(object);
      const operations = live === undefined ? [] : change(live);
      if (live === undefined || operations.length === 0) return false;
      // With the resource version in the patch, the server refuses it if the object has changed since.
      const content = [...operations, { op: "replace", path: "/metadata/resourceVersion", value: live.metadata.resourceVersion }];
      const answer = await this.send(object, `?fieldManager=${manager}`, { method: "PATCH", content, type: "application/json-patch+json" });
      if (answer.status === 200) return true;
      if (answer.status !== 409 || tries === retry.tries) throw refusal(object, answer);
    }
  }

  /** Applies fields to an object and takes them over from other field managers. @throws Refused, NoResponse */
  async apply(object: KubeObject, manager: string): Promise<void> {
    const query = `?fieldManager=${manager}&force=true`;
    const answer = await this.send(object, query, { method: "PATCH", content: object, type: "application/apply-patch+yaml" });
    if (answer.status >= 300) throw refusal(object, answer);
  }

  /** Creates an object if it does not exist. @throws Refused, NoResponse */
  async create(object: KubeObject, manager: string): Promise<void> {
    const answer = await this.send(object, `?fieldManager=${manager}`, { method: "POST", content: object });
    if (answer.status >= 300 && answer.status !== 409) throw refusal(object, answer);
  }

  /** Deletes an object if it exists. @throws Refused, NoResponse */
  async remove(object: KubeObject): Promise<void> {
    const answer = await this.send(object, "", { method: "DELETE", content: { apiVersion: "v1", kind: "DeleteOptions" } });
    if (answer.status >= 300 && answer.status !== 404) throw refusal(object, answer);
  }

  private async send(object: KubeObject, query: string, sending: RequestOptions): Promise<Answer> {
    const place = await this.placeOf(object);
    if (place === undefined) throw new ChangeRejected(`${idOf(object)}: the cluster has no such kind`);
    const path = `${sending.method === "POST" ? place.collection : place.path}${query}`;
    for (let tries = 1; ; tries++) {
      const outcome = await ask(this.server, path, sending).catch((error: unknown) => {
        if (error instanceof NoResponse) return error;
        throw error;
      });
      const isTemporary = outcome instanceof NoResponse || outcome.status >= 500;
      if (isTemporary && tries < retry.tries) await pause(retry.pause);
      else if (outcome instanceof NoResponse) throw outcome;
      else return outcome;
    }
  }

  private async placeOf({ apiVersion, kind, metadata }: Pick<KubeObject, "apiVersion" | "kind" | "metadata">) {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const list = this.known.get(root) ?? read<ResourceList>(this.server, root);
    this.known.set(root, list);
    const resource = (await list)?.resources.find((one) => one.kind === kind && !one.name.includes("/"));
    if (resource === undefined) return undefined;
    const collection = `${root}${resource.namespaced ? `/namespaces/${metadata.namespace}` : ""}/${resource.name}`;
    return { collection, path: `${collection}/${encodeURIComponent(metadata.name)}` };
  }
}

const refusal = (object: KubeObject, answer: Answer) => new ChangeRejected(`${idOf(object)} cannot be changed: ${refusalText(answer)}`);
