import { idOf, type KubeObject } from "../manifests/kube-object";
import { ask, read, refusalText, type Answer, type Sending } from "./api-client";
import { NoAnswer, type ApiServer } from "./kubeconfig";
import { pause } from "../../config/poll";

/** A change by JSON patch (RFC 6902). */
export interface Operation {
  readonly op: "add" | "remove" | "replace";
  readonly path: string;
  readonly value?: unknown;
}

/** The server refused a change: its own sentence, and of what. */
export class Refused extends Error {
  override readonly name = "Refused";
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** How often a change is sent where the server keeps silent, a webhook is not there yet, or the object changed meanwhile; and the pause, in milliseconds. */
const patience = { tries: 30, pause: 1000 };

/** Objects of any kind in a cluster, by the paths that its server has for them. Every change may be sent again. */
export class ClusterObjects {
  private readonly known = new Map<string, Promise<ResourceList | undefined>>();

  constructor(private readonly server: ApiServer) {}

  /** The object of that kind and name as it is; undefined, where there is none, or no such kind. */
  async read(object: Pick<KubeObject, "apiVersion" | "kind" | "metadata">): Promise<KubeObject | undefined> {
    const place = await this.placeOf(object);
    return place && read<KubeObject>(this.server, place.path);
  }

  /**
   * Changes an object by what is to be changed of it as it is now, unless somebody else changes it at that very moment: then once more.
   *
   * @param change nothing, where all is well already
   * @returns whether anything was changed
   * @throws Refused, NoAnswer
   */
  async change(object: KubeObject, manager: string, change: (live: KubeObject) => readonly Operation[]): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      const live = await this.read(object);
      const operations = live === undefined ? [] : change(live);
      if (live === undefined || operations.length === 0) return false;
      // With its own version in it, the server refuses the change where another one came before.
      const content = [...operations, { op: "replace", path: "/metadata/resourceVersion", value: live.metadata.resourceVersion }];
      const answer = await this.send(object, `?fieldManager=${manager}`, { method: "PATCH", content, type: "application/json-patch+json" });
      if (answer.status === 200) return true;
      if (answer.status !== 409 || tries === patience.tries) throw refusal(object, answer);
    }
  }

  /** Makes an object's fields what is given, also where they are another manager's. @throws Refused, NoAnswer */
  async apply(object: KubeObject, manager: string): Promise<void> {
    const query = `?fieldManager=${manager}&force=true`;
    const answer = await this.send(object, query, { method: "PATCH", content: object, type: "application/apply-patch+yaml" });
    if (answer.status >= 300) throw refusal(object, answer);
  }

  /** Makes an object, unless it is there. @throws Refused, NoAnswer */
  async create(object: KubeObject, manager: string): Promise<void> {
    const answer = await this.send(object, `?fieldManager=${manager}`, { method: "POST", content: object });
    if (answer.status >= 300 && answer.status !== 409) throw refusal(object, answer);
  }

  /** Removes an object, unless it is gone. @throws Refused, NoAnswer */
  async remove(object: KubeObject): Promise<void> {
    const answer = await this.send(object, "", { method: "DELETE", content: { apiVersion: "v1", kind: "DeleteOptions" } });
    if (answer.status >= 300 && answer.status !== 404) throw refusal(object, answer);
  }

  private async send(object: KubeObject, query: string, sending: Sending): Promise<Answer> {
    const place = await this.placeOf(object);
    if (place === undefined) throw new Refused(`${idOf(object)}: the cluster has no such kind`);
    const path = `${sending.method === "POST" ? place.collection : place.path}${query}`;
    for (let tries = 1; ; tries++) {
      const outcome = await ask(this.server, path, sending).catch((error: unknown) => {
        if (error instanceof NoAnswer) return error;
        throw error;
      });
      const isPassing = outcome instanceof NoAnswer || outcome.status >= 500;
      if (isPassing && tries < patience.tries) await pause(patience.pause);
      else if (outcome instanceof NoAnswer) throw outcome;
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

const refusal = (object: KubeObject, answer: Answer) => new Refused(`${idOf(object)} cannot be changed: ${refusalText(answer)}`);
