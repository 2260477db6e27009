import * as pulumi from "@pulumi/pulumi";

import { stackOf } from "../config/file-names";
import { isReachable, checkConnection } from "../cluster/api/api-client";
import { connectionOf } from "../cluster/api/connection";
import { apiServerOf, fixFor, type ApiServer } from "../cluster/api/kubeconfig";
import { describeProxyFailure, describeNoResponse, findWrongCluster } from "../cluster/diagnosis/identity";
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
  /** The identity of the cluster, just read or recorded before; undefined if no cluster has ever answered. */
  readonly identity: string | undefined;
  /** The error if the identity of the cluster could not be read. */
  readonly noResponse?: Error;
}

/** The dependencies of the check: the real functions, except in tests. */
export interface IdentityDeps {
  readonly read: typeof readIdentity;
  readonly checkConnection: typeof checkConnection;
  readonly others: (stack: string) => Promise<ReadonlyMap<string, string>>;
  readonly isPreview: () => boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** The parts of a stack that the check needs. The next hop may still be open. */
export type ComparedStack = Pick<LoadedStack, "plan" | "kubeconfigContent" | "locate"> & Pick<StackState, "state">;

const defaults: IdentityDeps = {
  read: readIdentity,
  checkConnection,
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
 * Compares the cluster's identity with the recorded one and with those of the other stacks, before any other request to the cluster. The
 * later checks report a cluster that is not reachable.
 *
 * @returns the identity to record, and the error if it could not be read
 * @throws pulumi.RunError if it is another cluster or the cluster of another stack. Except in a preview, also if the server answers without
 * its identity, or if only the provider could reach it
 */
export async function checkIdentity(stack: ComparedStack, changes: Partial<IdentityDeps> = {}): Promise<CheckedIdentity> {
  const { plan, locate } = stack;
  const deps = { ...defaults, ...changes };
  const recorded = identityIn(stack.state);
  const connection = connectionOf(stack);
  let server: ApiServer | undefined;
  let actual: string;
  try {
    server = apiServerOf(connection.kubeconfig, connection.context);
    actual = await deps.read(server);
  } catch (error) {
    const unknown = { identity: recorded, noResponse: error as Error };
    if (deps.isPreview() || server === undefined) return unknown;
    const known = { recorded, server: server.url.origin };
    if (await isReachable(server, deps.checkConnection))
      throw refusal(describeNoResponse(plan, known, { message: reasonFor(error), fix: fixFor(error) }));
    const proxy = proxyIn(deps.env);
    if (proxy !== undefined && server.proxy === undefined) throw refusal(describeProxyFailure(plan, known, proxy));
    return unknown;
  }
  const finding = findWrongCluster(plan, { recorded, actual, server: server.url.origin, others: await deps.others(plan.stack) });
  if (finding === undefined) return { identity: actual };
  throw refusal(finding);

  function refusal(found: Finding): pulumi.RunError {
    return userError(["Nothing was changed:", `  ${formatProblem(locate(found))}`].join("\n"));
  }
}
