import {
  BOUND,
  GRANTED,
  LISTED,
  METALLB_ROLES,
  nameOf,
  READ,
  READ_BY_ALL,
  READ_TO_DEPLOY,
  WRITE,
  written,
  type Right,
} from "../diagnosis/permissions";
import { ask } from "./api-client";
import { statusError } from "./causes";
import type { ApiServer } from "./kubeconfig";

/** The permissions that the kubeconfig's user lacks. */
export interface Missing {
  /** Permissions without which `pulumi up` fails, such as `create deployments.apps`. */
  readonly needed: readonly string[];
  /** Permissions for objects that the program only reads. */
  readonly useful: readonly string[];
  /** Permissions that MetalLB's roles give. The user can neither give them to others nor has them itself. */
  readonly granted: readonly string[];
  /** Whether the user may read what a preview reads, and write nothing. */
  readonly readsOnly: boolean;
}

/**
 * Asks the server which permissions for `pulumi up` the user lacks. Creates no objects.
 *
 * @param namespace MetalLB's namespace
 * @throws NoResponse if the server does not answer
 */
export async function missingRights(server: ApiServer, namespace: string): Promise<Missing> {
  const may = reviewer(server);
  if (await may({ verb: "*", group: "*", resource: "*" })) return { needed: [], useful: [], granted: [], readsOnly: false };
  const each = async (rights: readonly Right[]) => (await Promise.all(rights.map((right) => denied(may, namespace, right)))).flat();
  const all = written(namespace);
  const [writes, reads, more, bound, useful, givers] = await Promise.all([
    each(all),
    each(READ_BY_ALL),
    each(READ_TO_DEPLOY),
    each(BOUND),
    each(LISTED),
    each(GRANTED),
  ]);
  const granted = givers.length === 0 ? [] : await each(METALLB_ROLES);
  const isDenied = (right: Right) => writes.some((one) => nameOf(one) === nameOf(right) && one.verbs.length === right.verbs.length);
  return {
    needed: texts([...writes, ...reads, ...more, ...bound]),
    useful: texts(useful),
    granted: texts(granted),
    readsOnly: reads.length === 0 && all.every(isDenied),
  };
}

/** Formats permissions, with one text for each kind. */
function texts(rights: readonly Right[]): string[] {
  const kinds = [...new Set(rights.map(nameOf))];
  return kinds.map((kind) => {
    const verbs = new Set(rights.filter((right) => nameOf(right) === kind).flatMap(({ verbs }) => verbs));
    const order = [...READ, ...WRITE];
    const rank = (verb: string) => (order.includes(verb) ? order.indexOf(verb) : order.length);
    return `${[...verbs].sort((one, other) => rank(one) - rank(other)).join(", ")} ${kind}`;
  });
}

/** Returns the right with the denied verbs; nothing if all verbs are allowed. */
async function denied(may: Reviewer, namespace: string, right: Right): Promise<Right[]> {
  const { group, resource, names = [] } = right;
  const place = { group, resource, ...(right.namespaced ? { namespace } : {}) };
  if (right.verbs.length > 1 && (await may({ verb: "*", ...place }))) return [];
  const isAllowed = async (verb: string) => {
    if (await may({ verb, ...place })) return true;
    const [first, ...others] = names;
    // Who may not change the first object seldom may change the others: that saves most questions.
    if (first === undefined || !(await may({ verb, ...place, name: first }))) return false;
    return (await Promise.all(others.map((name) => may({ verb, ...place, name })))).every(Boolean);
  };
  const answers = await Promise.all(right.verbs.map(async (verb) => ({ verb, allowed: await isAllowed(verb) })));
  const verbs = answers.filter(({ allowed }) => !allowed).map(({ verb }) => verb);
  return verbs.length === 0 ? [] : [{ ...right, verbs }];
}

/** The attributes of a permission; `*` means all. */
interface ResourceAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

type Reviewer = (attributes: ResourceAttributes) => Promise<boolean>;

/** Returns a function that asks the server each question once. */
function reviewer(server: ApiServer): Reviewer {
  const answers = new Map<string, Promise<boolean>>();
  return (attributes) => {
    const key = JSON.stringify(attributes);
    const answer = answers.get(key) ?? review(server, attributes);
    answers.set(key, answer);
    return answer;
  };
}

async function review(server: ApiServer, attributes: ResourceAttributes): Promise<boolean> {
  const [resource, subresource] = attributes.resource.split("/");
  const resourceAttributes = { ...attributes, resource, ...(subresource && { subresource }) };
  const content = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const { status, body } = await ask(server, path, { method: "POST", content });
  if (status !== 201) throw statusError(server, path, status, "POST");
  return (JSON.parse(body) as { status?: { allowed?: boolean } }).status?.allowed === true;
}
