import { GRANTED, MANAGED, nameOf, LISTED, VERBS, type Right } from "../diagnosis/permissions";
import { ask } from "./api-client";
import { statusError } from "./causes";
import type { ApiServer } from "./kubeconfig";

/** The permissions that the kubeconfig's user lacks. */
export interface Missing {
  /** Permissions without which `pulumi up` fails, such as `create deployments.apps`. */
  readonly needed: readonly string[];
  /** Permissions for objects that the program only reads. */
  readonly useful: readonly string[];
  /** Permissions needed to create MetalLB's roles. A user who has every permission of these roles does not need them. */
  readonly granted: readonly string[];
}

/**
 * Asks the server which permissions for `pulumi up` the user lacks. Creates no objects.
 *
 * @param namespace MetalLB's namespace
 * @throws NoResponse if the server does not answer
 */
export async function missingRights(server: ApiServer, namespace: string): Promise<Missing> {
  if (await may(server, { verb: "*", group: "*", resource: "*" })) return { needed: [], useful: [], granted: [] };
  const each = async (rights: readonly Right[], verbs: readonly string[]) =>
    (await Promise.all(rights.map((right) => missingVerbs(server, namespace, right, verbs)))).flat();
  const [needed, useful, granted] = await Promise.all([each(MANAGED, VERBS), each(LISTED, ["list"]), each(GRANTED, ["escalate", "bind"])]);
  return { needed, useful, granted };
}

async function missingVerbs(server: ApiServer, namespace: string, right: Right, verbs: readonly string[]): Promise<string[]> {
  const { group, resource } = right;
  const place = right.namespaced ? { namespace } : {};
  if (verbs.length > 1 && (await may(server, { verb: "*", group, resource, ...place }))) return [];
  const answers = await Promise.all(verbs.map(async (verb) => ({ verb, allowed: await may(server, { verb, group, resource, ...place }) })));
  const denied = answers.filter(({ allowed }) => !allowed).map(({ verb }) => verb);
  return denied.length === 0 ? [] : [`${denied.join(", ")} ${nameOf(right)}`];
}

/** The attributes of a permission; `*` means all. */
interface ResourceAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
}

async function may(server: ApiServer, resourceAttributes: ResourceAttributes): Promise<boolean> {
  const content = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const { status, body } = await ask(server, path, { method: "POST", content });
  if (status !== 201) throw statusError(server, path, status, "POST");
  return (JSON.parse(body) as { status?: { allowed?: boolean } }).status?.allowed === true;
}
