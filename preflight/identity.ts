import * as pulumi from "@pulumi/pulumi";

import { knock } from "../cluster/api/api-client";
import { connectionOf } from "../cluster/api/connection";
import { apiServerOf, NoAnswer, type ApiServer } from "../cluster/api/kubeconfig";
import { findMistakenCluster } from "../cluster/diagnosis/identity";
import { readIdentity } from "../cluster/survey/identity";
import { formatProblem } from "../config/problem";
import { stackOf } from "../config/stack-file";
import { readStackFiles } from "../config/stack-files";
import { readOtherIdentities } from "../engine/other-stacks";
import { userError } from "../engine/run-error";
import { identityIn } from "../engine/state-contents";
import { reasonFor } from "../config/user-error";
import type { Stack } from "./stack";

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
}

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
};

/**
 * Compares the cluster that answers with the one that the stack was first deployed to, and before the first deployment with those of the other stacks,
 * before anything is asked of it or changed in it. A cluster that cannot be reached at all is left to the checks after this one.
 *
 * @returns the identity to record, and why the cluster did not tell it, if it did not
 * @throws pulumi.RunError if it is another cluster, and, except in a preview, if a cluster answers and does not tell its identity
 */
export async function checkIdentity(stack: Stack, changes: Partial<IdentityDeps> = {}): Promise<CheckedIdentity> {
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
    if (recorded === undefined || deps.isPreview() || server === undefined || !(await isReachable(server, deps)))
      return { identity: recorded, silence: error as Error };
    throw userError(
      `Nothing was changed: the identity of cluster ${plan.cluster.name} cannot be compared with the recorded one: ${reasonFor(error)}.`,
    );
  }
  if (answering === recorded) return { identity: recorded };
  const finding = findMistakenCluster(plan, { recorded, answering, server: server.url.origin, others: await deps.others(plan.stack) });
  if (finding === undefined) return { identity: answering };
  throw userError(["Nothing was changed:", `  ${formatProblem(locate(finding))}`].join("\n"));
}

async function isReachable(server: ApiServer, deps: Pick<IdentityDeps, "knock">): Promise<boolean> {
  try {
    await deps.knock(server);
    return true;
  } catch (error) {
    if (error instanceof NoAnswer) return false;
    throw error;
  }
}
