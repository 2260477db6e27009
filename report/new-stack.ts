import { isMap, isScalar, parseDocument, visit, type Document } from "yaml";

import { PROJECT, stackOf } from "../config/file-names";
import type { StackText } from "../config/stack-file";

/** What makes a stack file another stack's. */
export interface NewStack {
  readonly name: string;
  /** One network. */
  readonly pool: string;
  readonly gateway: string;
}

/** A stack file, and what its user has to know of it. */
export interface Written {
  readonly text: string;
  readonly notes: readonly string[];
}

const key = (...path: readonly string[]) => ["config", `${PROJECT}:${path[0]}`, ...path.slice(1)];

/**
 * A new stack's file in the likeness of another's: the same router, kubeconfig and comments, a cluster, pool and gateway of its own. Secrets stay
 * behind, since they are encrypted for the other stack alone, and so does what fits only that cluster: chart, advertisements, reserved nodes. The pool
 * is named after the new stack where it was named after the other one; a name that all clusters share, such as `primary`, stays.
 */
export function newStackFile({ name, pool, gateway }: NewStack, model: StackText): Written {
  const document = parseDocument(model.text);
  const notes: string[] = [];
  const modelNames = [stackOf(model.file), document.getIn(key("cluster", "name")), document.getIn(key("cluster", "context"))];
  for (const field of ["encryptionsalt", "secretsprovider", "encryptedkey"]) document.delete(field);
  const others = [key("metallb"), key("advertisements"), key("reserved", "nodes"), key("cluster", "name"), key("router", "adopt")];
  for (const path of others.filter((path) => document.hasIn(path))) document.deleteIn(path);
  dropSecrets(document);
  document.setIn(key("cluster", "context"), name);
  if (!document.hasIn(key("cluster", "kubeconfig"))) document.setIn(key("cluster", "kubeconfig"), "~/.kube/config");
  if (modelNames.includes(document.getIn([...key("pools"), 0, "name"]))) document.setIn([...key("pools"), 0, "name"], name);
  setAddresses(document, pool);
  document.setIn([...key("gateway"), "addresses", 0], gateway);
  const isManual = document.getIn(key("router", "type")) === "manual";
  if (!isManual && !["privateKeyFile", "privateKey", "password", "agent"].some((credential) => document.hasIn(key("router", credential)))) {
    document.setIn(key("router", "privateKeyFile"), "~/.ssh/id_ed25519");
    notes.push(
      `The router's secret in ${model.file} is encrypted for that stack alone: this one logs in with the key ~/.ssh/id_ed25519, or with a password after "pulumi config set --stack ${name} --path router.password --secret".`,
    );
  }
  renameInComments(document, stackOf(model.file) ?? model.file, name);
  return { text: document.toString({ flowCollectionPadding: false, lineWidth: 0 }), notes };
}

/** The first pool keeps its comments and its form; what else it says is of the other cluster. */
function setAddresses(document: Document, pool: string): void {
  const pools = document.getIn(key("pools"), true);
  if (!isMap(document.getIn([...key("pools"), 0]))) return;
  for (const option of ["autoAssign", "avoidBuggyIPs", "route", "serviceAllocation"]) document.deleteIn([...key("pools"), 0, option]);
  (pools as { items: unknown[] }).items.splice(1);
  const addresses = document.createNode([pool]);
  addresses.flow = true;
  document.setIn([...key("pools"), 0, "addresses"], addresses);
}

/** Removes every `secure: ...`. */
function dropSecrets(document: Document): void {
  visit(document, {
    Pair: (_, { value }) => (isMap(value) && value.items.length === 1 && value.has("secure") ? visit.REMOVE : undefined),
  });
}

/** Comments that name the other stack, in a command for example, name this one. */
function renameInComments(document: Document, from: string, to: string): void {
  const renamed = (comment: string | null | undefined) => comment?.replaceAll(new RegExp(`(?<![\\w.-])${from}(?![\\w-])`, "g"), to);
  const rename = (node: { comment?: string | null; commentBefore?: string | null }): void => {
    const [after, before] = [renamed(node.comment), renamed(node.commentBefore)];
    if (after !== undefined) node.comment = after;
    if (before !== undefined) node.commentBefore = before;
  };
  rename(document);
  visit(document, {
    Node: (_, node) => rename(node),
    Pair: (_, { key }) => (isScalar(key) ? rename(key) : undefined),
  });
}
