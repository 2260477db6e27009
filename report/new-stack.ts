import { isMap, isScalar, parseDocument, visit, type Document } from "yaml";

import { PROJECT, stackOf } from "../config/file-names";
import { isInline } from "../config/kubeconfig";
import type { StackText } from "../config/stack-file";
import { writeOutAliases } from "./aliases";

/** The values that a new stack file does not take from its model. */
export interface NewStack {
  readonly name: string;
  /** The network of the pool. */
  readonly pool: string;
  readonly gateway: string;
}

/** A new stack file and notes for the user. */
export interface RenderedStack {
  readonly text: string;
  readonly notes: readonly string[];
}

const key = (...path: readonly string[]) => ["config", `${PROJECT}:${path[0]}`, ...path.slice(1)];

/**
 * Creates a stack file from another stack's: the same router, kubeconfig and comments, with a new cluster, pool and gateway. Leaves out
 * secrets, which are encrypted for the other stack or should not be in two files, and settings of the other cluster: chart, advertisements,
 * reserved nodes. A pool named after the other stack is renamed; a common name such as `primary` is kept.
 */
export function newStackFile({ name, pool, gateway }: NewStack, model: StackText): RenderedStack {
  const document = writeOutAliases(parseDocument(model.text));
  const notes: string[] = [];
  const modelNames = [stackOf(model.file), document.getIn(key("cluster", "name")), document.getIn(key("cluster", "context"))];
  for (const field of ["encryptionsalt", "secretsprovider", "encryptedkey"]) document.delete(field);
  const others = [
    key("names"),
    key("domains"),
    key("metallb"),
    key("advertisements"),
    key("reserved", "nodes"),
    key("cluster", "name"),
    key("router", "adopt"),
    key("router", "reservations"),
  ];
  for (const path of others.filter((path) => document.hasIn(path))) document.deleteIn(path);
  if (dropSecrets(document)) {
    notes.push(`The kubeconfig in ${model.file} is a secret and was not copied: write the path of a kubeconfig to cluster.kubeconfig.`);
  }
  document.setIn(key("cluster", "context"), name);
  const { router, cluster } = (model.defaults?.values ?? {}) as { router?: unknown; cluster?: { kubeconfig?: unknown } };
  const shared = typeof cluster?.kubeconfig === "string" && !isInline(cluster.kubeconfig) ? cluster.kubeconfig : "~/.kube/config";
  if (!document.hasIn(key("cluster", "kubeconfig"))) document.setIn(key("cluster", "kubeconfig"), shared);
  if (modelNames.includes(document.getIn([...key("pools"), 0, "name"]))) document.setIn([...key("pools"), 0, "name"], name);
  setAddresses(document, pool);
  document.setIn([...key("gateway"), "addresses", 0], gateway);
  const isShared = router !== undefined && !document.hasIn(key("router"));
  const isManual = document.getIn(key("router", "type")) === "manual";
  if (
    !isShared &&
    !isManual &&
    !["privateKeyFile", "privateKey", "password", "agent"].some((credential) => document.hasIn(key("router", credential)))
  ) {
    document.setIn(key("router", "privateKeyFile"), "~/.ssh/id_ed25519");
    notes.push(
      `The router's secret in ${model.file} was not copied: this stack logs in with the key ~/.ssh/id_ed25519, or with a password after "pulumi config set --stack ${name} --path router.password --secret".`,
    );
  }
  renameInComments(document, stackOf(model.file) ?? model.file, name);
  return { text: document.toString({ flowCollectionPadding: false, lineWidth: 0 }), notes };
}

/** Sets the addresses of the first pool and keeps its comments and layout. Its other settings belong to the other cluster. */
function setAddresses(document: Document, pool: string): void {
  const pools = document.getIn(key("pools"), true);
  if (!isMap(document.getIn([...key("pools"), 0]))) return;
  for (const option of ["autoAssign", "avoidBuggyIPs", "route", "serviceAllocation"]) document.deleteIn([...key("pools"), 0, option]);
  (pools as { items: unknown[] }).items.splice(1);
  const addresses = document.createNode([pool]);
  addresses.flow = true;
  document.setIn([...key("pools"), 0, "addresses"], addresses);
}

/** Removes every `secure: ...`, and the values that should be such. Returns whether the kubeconfig was one. */
function dropSecrets(document: Document): boolean {
  const path = key("cluster", "kubeconfig");
  const kubeconfig = document.hasIn(path) ? document.getIn(path) : undefined;
  const secrets = [
    key("router", "password"),
    key("router", "privateKey"),
    ...(typeof kubeconfig === "string" && isInline(kubeconfig) ? [path] : []),
  ];
  for (const secret of secrets.filter((one) => document.hasIn(one))) document.deleteIn(secret);
  visit(document, {
    Pair: (_, { value }) => (isMap(value) && value.items.length === 1 && value.has("secure") ? visit.REMOVE : undefined),
  });
  return kubeconfig !== undefined && !document.hasIn(path);
}

/** Replaces the other stack's name in comments, such as in commands. */
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
