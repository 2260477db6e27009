import { readFileSync } from "node:fs";

import { Document, isScalar, visit } from "yaml";

import { read } from "../cluster/api/api-client";
import { apiServerOf } from "../cluster/api/kubeconfig";
import { ACCOUNT_NAMESPACE, ACCOUNTS, accountManifests, type Account } from "../cluster/manifests/rbac";
import { parseKubeconfig, type KubeconfigContent } from "../config/kubeconfig";
import { plansOf } from "../config/plans";
import { projectFolder } from "../config/project";
import { quote } from "../config/problem";
import { UserError } from "../config/user-error";
import { chosenStacks, planStack } from "./check/stacks";
import type { NetworkOptions } from "./lab-network";
import { print } from "./print";

export interface RbacOptions extends NetworkOptions {
  /** Prints a kubeconfig with the token of the account, which exists. */
  readonly kubeconfig?: boolean;
}

/**
 * Prints the objects of an account for a stack's cluster, for `kubectl apply`; or a kubeconfig for an account that was created so.
 *
 * @throws UserError if there is no such account or stack, or the cluster has no token for the account
 */
export async function rbac(account: string, name: string, { kubeconfig = false }: RbacOptions): Promise<void> {
  if (!isAccount(account)) throw new UserError(`There is no account ${quote(account)}: the accounts are ${ACCOUNTS.join(" and ")}.`);
  if (kubeconfig) return printObjects([await accountKubeconfig(account, name)]);
  const plans = plansOf(projectFolder());
  const plan = plans.find((one) => one.stack === name);
  if (plan === undefined)
    throw new UserError(`There is no stack ${quote(name)} with a plan: the stacks are ${plans.map(({ stack }) => stack).join(", ")}.`);
  printObjects(accountManifests(account, plan.metallb.namespace));
}

async function accountKubeconfig(account: Account, name: string): Promise<object> {
  const [chosen] = chosenStacks(name);
  if (chosen === undefined) throw new UserError(`There is no stack ${quote(name)}.`);
  const { plan, kubeconfigContent: content, problems } = await planStack(chosen);
  if (problems.kubeconfig.length > 0) throw new UserError(problems.kubeconfig.map((one) => `${one.rule}: ${one.fix}`).join("\n"));
  const { context } = plan.cluster;
  const path = `/api/v1/namespaces/${ACCOUNT_NAMESPACE}/secrets/${account}`;
  const secret = await read<{ readonly data?: { readonly token?: string } }>(apiServerOf(content, context), path);
  const token = Buffer.from(secret?.data?.token ?? "", "base64").toString();
  if (token === "") {
    const create = `bin/homelab rbac ${account} ${name} | kubectl apply --server-side --filename -`;
    throw new UserError(`Cluster ${plan.cluster.name} has no token for the account ${account}: create it with "${create}".`);
  }
  return kubeconfigFor(content, context, token);
}

/** Returns a kubeconfig with one context, which logs in with a token, and nothing else of the given one. */
export function kubeconfigFor(content: KubeconfigContent, context: string, token: string): object {
  const { contexts, clusters } = parseKubeconfig(content).kubeconfig;
  const of = contexts?.find((one) => one.name === context)?.context?.cluster;
  const { "certificate-authority": file, ...cluster } = clusters?.find((one) => one.name === of)?.cluster ?? {};
  const authority = typeof file === "string" ? { "certificate-authority-data": readFileSync(file).toString("base64") } : {};
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: context, cluster: { ...authority, ...cluster } }],
    users: [{ name: context, user: { token } }],
    contexts: [{ name: context, context: { cluster: context, user: context } }],
    "current-context": context,
  };
}

const printObjects = (objects: readonly object[]): void => print(objects.map(format).join("---\n").trimEnd());

/** Formats an object as YAML, with a list of names in one line. */
function format(object: object): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  visit(document, { Seq: (_, list) => void (list.flow = list.items.every((item) => isScalar(item))) });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

const isAccount = (text: string): text is Account => (ACCOUNTS as readonly string[]).includes(text);
