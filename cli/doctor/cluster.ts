/** Checks a stack's cluster before the first `up`. */
import { reasonFor } from "../../config/user-error";
import { checkIdentity } from "../check/identity";
import type { Finding } from "../../config/problem";
import { missingRights } from "../../cluster/api/access-review";
import { connectionOf } from "../../cluster/api/connection";
import { surveyCluster } from "../../cluster/survey/survey";
import { apiServerOf, fixFor, type ApiServer } from "../../cluster/api/kubeconfig";
import { findUnverified, isInline } from "../../config/kubeconfig";
import { objectIn } from "../../cluster/api/resource-path";
import { findMissingObjects, nameObjects } from "../../cluster/survey/missing-objects";
import { objectsIn, type Outputs } from "../../engine/state-contents";
import type { Survey } from "../../cluster/diagnosis/cluster-state";
import { findForeign, classifyOrphans } from "../../cluster/diagnosis/orphans";
import { findUnhandled } from "../../cluster/diagnosis/service-class";
import { findUsedAddresses } from "../../cluster/diagnosis/used-addresses";
import { findMisconfigurations } from "../../cluster/diagnosis/misconfigurations";
import { failed, found, ok, unknown, warning, within, type Line } from "../check/check";
import type { StateReading } from "../check/cli";
import { checkAnswer, checkGateway, noResponse } from "../check/gateway";
import type { PlannedStack } from "../check/stacks";

/** The checks that need an answer from the cluster. */
const dependent = ["rights", "gateway", "metallb"];

/** Checks kubeconfig and cluster; changes nothing. @param identities receives the identity of the cluster that answers, by stack */
export async function checkCluster(stack: PlannedStack, identities = new Map<string, string>()): Promise<Line[]> {
  const { plan, kubeconfig, problems } = stack;
  const source = isInline(kubeconfig) ? "in the stack file" : kubeconfig;
  const context = `context ${plan.cluster.context}`;
  if (problems.kubeconfig.length > 0) {
    const lines = problems.kubeconfig.map((finding) => found("failed", "kubeconfig", stack, finding));
    return [...lines, ...["cluster", ...dependent].map((what) => unknown(what, "skipped: no kubeconfig"))];
  }
  const unverified = findUnverified(stack.kubeconfigContent, plan.cluster.context);
  const file = unverified === undefined ? ok("kubeconfig", `${source}, ${context}`) : found("warning", "kubeconfig", stack, unverified);
  let server: ApiServer;
  try {
    server = apiServerOf(stack.kubeconfigContent, plan.cluster.context);
  } catch (error) {
    return [file, noResponse(error), ...dependent.map((what) => unknown(what, "skipped: the cluster cannot be read"))];
  }
  let answers: Line;
  try {
    answers = await checkAnswer(server);
  } catch (error) {
    return [file, noResponse(error), ...dependent.map((what) => unknown(what, "skipped: the cluster cannot be read"))];
  }
  let identity: string;
  try {
    const identityCheck = await within("cluster", checkIdentity(stack, server));
    if (identityCheck.wrongCluster !== undefined) {
      const why = "skipped: another cluster answers";
      return [file, found("failed", "cluster", stack, identityCheck.wrongCluster), ...dependent.map((what) => unknown(what, why))];
    }
    identity = identityCheck.identity;
  } catch (error) {
    return [file, noResponse(error), ...dependent.map((what) => unknown(what, "skipped: the cluster's identity is unknown"))];
  }
  identities.set(stack.name, identity);
  const rights = checkRights(server, stack);
  const contentChecks = within("cluster", surveyCluster(connectionOf(stack))).then(
    async (survey) => {
      const state = await stack.state();
      return [checkGateway(stack, survey.nodes), ...(await checkObjects(stack, server, state)), ...checkMetalLb(stack, survey, state)];
    },
    (error: unknown) => [unknown("gateway", reasonFor(error)), failed("metallb", reasonFor(error), fixFor(error))],
  );
  return [file, answers, ...(await rights), ...(await contentChecks)];
}

/** Names the objects of a deployed stack that somebody deleted. */
async function checkObjects({ plan }: PlannedStack, server: ApiServer, { outputs }: StateReading): Promise<Line[]> {
  const objects = [...(outputs ?? new Map<string, Outputs>()).values()].flatMap((one) => objectIn(one) ?? []);
  const { missing } = await findMissingObjects(server, objects);
  if (missing.length === 0) return [];
  const fix = `deleted by hand or by an interrupted run; "pulumi up --refresh --stack ${plan.stack}" restores them`;
  return [failed("objects", `cluster ${plan.cluster.name} lacks objects of this stack: ${nameObjects(missing)}`, fix)];
}

async function checkRights(server: ApiServer, { plan }: PlannedStack): Promise<Line[]> {
  try {
    const { needed, useful, granted, readsOnly } = await within("cluster", missingRights(server, plan.metallb.namespace));
    const account = (name: string) =>
      `"bin/homelab rbac ${name} ${plan.stack}" prints an account with the rights (docs/how-to/accounts.md)`;
    if (readsOnly) return [warning("rights", "this user may only read: preview and drift work, and up fails", account("deploy"))];
    if (needed.length > 0) return [failed("rights", `this user may not ${needed.join("; ")}`, account("deploy"))];
    if (granted.length > 0) {
      const given = `this user may not ${granted.join("; ")}: MetalLB's roles give these rights, and the API server refuses to give what a user does not have`;
      return [warning("rights", given, account("deploy"))];
    }
    if (useful.length > 0) {
      const fewer = `this user may not ${useful.join("; ")}, so the program cannot give every warning`;
      return [warning("rights", fewer, account("deploy"))];
    }
    return [ok("rights", "this user has all rights that up needs")];
  } catch (error) {
    return [failed("rights", reasonFor(error), fixFor(error))];
  }
}

/** Lists known misconfigurations and orphaned objects of another MetalLB. Without the state, unmanaged objects cannot be told apart. */
function checkMetalLb(stack: PlannedStack, survey: Survey, { outputs, blocker }: StateReading): Line[] {
  const { plan } = stack;
  const misconfigurations = findMisconfigurations(plan, survey).map((misconfiguration) =>
    found("warning", "metallb", stack, misconfiguration),
  );
  const managed = objectsIn(outputs ?? new Map());
  const foreign = outputs === undefined ? undefined : findForeign(plan, survey, managed);
  const { removable, findings } = classifyOrphans(plan, survey, managed);
  // `up` refuses pools that conflict with unmanaged ones; those of an unmanaged MetalLB wait for its adoption.
  const outcome = foreign === undefined ? "failed" : "warning";
  const { refusal, warning: unhandled } = findUnhandled(plan, survey);
  const lines = [
    ...findUsedAddresses(plan, survey).map((finding) => found("failed", "pools", stack, finding)),
    ...(refusal === undefined ? [] : [found("failed", "services", stack, refusal)]),
    ...(unhandled === undefined ? [] : [found("warning", "services", stack, unhandled)]),
    ...misconfigurations,
    ...(foreign === undefined ? [] : [found("failed", "metallb", stack, blocker === undefined ? foreign : afterState(foreign))]),
    ...(removable === undefined || outputs === undefined
      ? []
      : [warning("metallb", orphaned(removable.name), "up removes it before anything else")]),
    ...(outputs === undefined ? [] : findings.map((finding) => found(outcome, "metallb", stack, finding))),
    ...(survey.namespace === "Terminating" ? [warning("metallb", terminating(plan.metallb.namespace), "up waits until it is gone")] : []),
  ];
  if (lines.length > 0) return lines;
  const isInstalled = survey.speakers.includes(plan.metallb.namespace);
  return [
    ok("metallb", `no known misconfiguration; ${isInstalled ? "it runs in" : "up installs it in"} namespace ${plan.metallb.namespace}`),
  ];
}

const orphaned = (name: string) =>
  `webhook configuration ${name} is orphaned: its service does not exist, so the API server rejects every pool`;
const terminating = (namespace: string) => `namespace ${namespace} is being deleted`;

/** A stack that is missing in the backend may be in another one, and manage this MetalLB. */
const afterState = (foreign: Finding): Finding => ({ ...foreign, fix: `first correct the state, see above; then ${foreign.fix}` });
