import * as pulumi from "@pulumi/pulumi";

import { stackOf } from "../config/file-names";
import { isReachable, knock } from "../cluster/api/api-client";
import { connectionOf } from "../cluster/api/connection";
import { apiServerOf, type ApiServer } from "../cluster/api/kubeconfig";
import { describeProxied, describeUntold, findMistakenCluster } from "../cluster/diagnosis/identity";
import { readIdentity } from "../cluster/survey/identity";
import { formatProblem } from "../config/problem";
import { readStackFiles } from "../config/stack-files";
import { readOtherIdentities } from "../engine/other-stacks";
import { userError } from "../engine/run-error";
import { identityIn } from "../engine/state-contents";
import { reasonFor } from "../config/user-error";
import { proxyIn } from "../cluster/api/environment";
import type { Finding } from "../config/problem";
import type { LoadedStack } from "../config/stack-loader";
import type { StackState } from "../engine/stack-state";

/** The outcome of the check. */
export interface CheckedIdentity {
  /** Undefined as long as no cluster has answered. */
  readonly identity: string | undefined;
  /** Why the cluster was not compared: what was thrown when it was asked. */
  readonly silence?: Error;
}

/** What the check depends on: the real functions, except in tests. */
export interface IdentityDeps {
  readonly read: typeof readIdentity;
  readonly knock: typeof knock;
  readonly others: (stack: string) => Promise<ReadonlyMap<string, string>>;
  readonly isPreview: () => boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** What the check needs of a stack: its next hop may still be open. */
export type ComparedStack = Pick<LoadedStack, "plan" | "kubeconfigContent" | "locate"> & Pick<StackState, "state">;

const real: IdentityDeps = {
  read: readIdentity,
  knock,
  others: (stack) =>
    readOtherIdentities(
      readStackFiles(process.cwd())
        .flatMap(({ file }) => stackOf(file) ?? [])
        .filter((name) => name !== stack),
    ),
  isPreview: () => pulumi.runtime.isDryRun(),
  env: process.env,
};

/**
 * Compares the cluster that answers with the one that the stack was first deployed to, and with those of the other stacks, before anything else is asked
 * of it or changed in it. A cluster that cannot be reached at all is left to the checks after this one.
 *
 * @returns the identity to record, and why the cluster did not tell it, if it did not
 * @throws pulumi.RunError if it is another cluster or another stack's, and, except in a preview, if a server answers and does not tell its identity, or
 * only the provider could reach one
 */
export async function checkIdentity(stack: ComparedStack, changes: Partial<IdentityDeps> = {}): Promise<CheckedIdentity> {
  const { plan, locate } = stack;
  const deps = { ...real, ...changes };
  const recorded = identityIn(stack.state);
  const connection = connectionOf(stack);
  let server: ApiServer | undefined;
  let answering: string;
  try {
    server = apiServerOf(connection.kubeconfig, connection.context);
    answering = await deps.read(server);
  } catch (error) {
    const unknown = { identity: recorded, silence: error as Error };
    if (deps.isPreview() || server === undefined) return unknown;
    const known = { recorded, server: server.url.origin };
    if (await isReachable(server, deps.knock)) throw refusal(describeUntold(plan, known, reasonFor(error)));
    const proxy = proxyIn(deps.env);
    if (proxy !== undefined && server.proxy === undefined) throw refusal(describeProxied(plan, known, proxy));
    return unknown;
  }
  const finding = findMistakenCluster(plan, { recorded, answering, server: server.url.origin, others: await deps.others(plan.stack) });
  if (finding === undefined) return { identity: answering };
  throw refusal(finding);

  function refusal(found: Finding): pulumi.RunError {
    return userError(["Nothing was changed:", `  ${formatProblem(locate(found))}`].join("\n"));
  }
}
