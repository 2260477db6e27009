import type { KubeObject } from "../cluster/manifests/kube-object";
import { readCustomObjects } from "../cluster/survey/custom-objects";
import { surveyCluster } from "../cluster/survey/survey";
import { isReachable } from "../cluster/api/api-client";
import { apiServerOf, contentOf, NoResponse, type ApiServer } from "../cluster/api/kubeconfig";
import { reasonAndFix } from "../cluster/api/no-response";
import { describeNoResponse } from "../cluster/diagnosis/identity";
import { identityIn, objectsIn } from "../engine/state-contents";
import { outputsIn, type Deployment } from "../engine/deployment";
import { UserError } from "../config/user-error";
import type { Survey } from "../cluster/diagnosis/cluster-state";
import { definitionsIn, findDeletedWith, findDestroyed, findProtectedInUse, findOthersDeleted } from "../cluster/diagnosis/destruction";
import type { CheckedStack } from "../config/household";
import { formatProblem, type Finding } from "../config/problem";
import { driverOf } from "../router/drivers";
import { nameText, reservationText } from "../router/records";
import { recordsDriverOf } from "../router/records-drivers";
import { readStack } from "./adopt/engine";
import { checkIdentity } from "./check/identity";
import { readHostKey } from "../router/ssh";
import { RouterUnreachable } from "../router/ssh-errors";
import { stateOf, assumeCreated, withoutRoutes, type DestroySummary } from "./destroy/state";
import { type NetworkOptions } from "./lab-network";
import { confirm } from "./confirm";
import { DESTROY_ALLOWED } from "../preflight/destroy";
import { exportState, importState, exitLike, pulumi } from "./pulumi";
import { projectFolder } from "../config/project";
import { print } from "./print";

export interface DestroyOptions extends NetworkOptions {
  /** Skips the confirmation. */
  readonly yes?: boolean;
  /** Destroys the stack even if services use a protected pool. */
  readonly ignoreProtect?: boolean;
  /** Removes routes and reservations from the state only, because the router no longer exists. */
  readonly forgetRoutes?: boolean;
}

/**
 * Destroys a stack with the engine. First lists the services that lose their address, the routes that go away, and the pending operations of
 * an interrupted run, which are undone too.
 *
 * @throws UserError if services use a protected pool, if the router does not answer, or if a confirmation is needed and standard input is not a terminal
 */
export async function destroy(name: string, { yes = false, ignoreProtect = false, forgetRoutes = false }: DestroyOptions): Promise<void> {
  const stack = await readStack(name);
  const exported = await exportState(name);
  const { router } = stack.parsed.plan;
  const state = stateOf(
    exported.deployment,
    (stdin) => driverOf(router.type)?.appliedBy(stdin) ?? [],
    (stdin) => {
      const records = recordsDriverOf(router.type);
      return records === undefined
        ? []
        : [...records.appliedBy(stdin).map(reservationText), ...records.namesAppliedBy(stdin).map(nameText)];
    },
  );
  if (state.size === 0) return print(`The stack ${name} has no resources to destroy.`);
  await refuseOtherCluster(stack, exported.deployment);
  const managed = objectsIn(outputsIn(exported.deployment));
  const survey = await readSurvey(stack, managed);
  printSummary(stack, state, { survey, managed, forgetRoutes });
  const protectedInUse = survey === undefined ? [] : findProtectedInUse(stack.parsed.plan, survey);
  if (protectedInUse.length > 0 && !ignoreProtect) {
    const lines = protectedInUse.map((finding) => `  ${formatProblem(stack.locate(finding))}`);
    throw new UserError(["Nothing was changed (--ignore-protect destroys it anyway):", ...lines].join("\n"));
  }
  const { host } = state.routes ?? state.reservations ?? {};
  if (host !== undefined && !forgetRoutes) await requireRouter(router.port, host);
  if (!yes) await confirm(`Destroy ${name}?`, name);
  // The engine may keep pending operations in the state even after they are settled.
  const isInterrupted = (exported.deployment.pending_operations ?? []).length > 0;
  const deployment = isInterrupted ? assumeCreated(exported.deployment) : exported.deployment;
  if (isInterrupted || forgetRoutes)
    await importState(name, { ...exported, deployment: forgetRoutes ? withoutRoutes(deployment) : deployment });
  // Unprotects the stack only if the services were read, or the user accepts the loss. Otherwise the engine refuses to destroy it.
  const clusterAnswered = survey !== undefined;
  if (state.protection !== undefined && (ignoreProtect || clusterAnswered)) {
    await pulumi(name, ["state", "unprotect", state.protection, "--yes"], { stdio: "pipe" });
  }
  const env = clusterAnswered || ignoreProtect ? { [DESTROY_ALLOWED]: "true" } : {};
  // A state without hooks, which forget-cluster leaves behind, needs no program, and so no kubeconfig.
  const guarded = (exported.deployment.resources ?? []).some(({ resourceHooks }) => resourceHooks !== undefined);
  const args = ["destroy", "--yes", "--skip-preview", ...(guarded ? ["--run-program"] : [])];
  exitLike(await pulumi(name, args, { stdio: "inherit", reject: false, env }));
}

/** Requires that a router answers. Otherwise the engine would destroy everything else, and fail at the routes. @throws UserError */
async function requireRouter(port: number, host: string): Promise<void> {
  try {
    await readHostKey({ router: { host, port } });
  } catch (error) {
    if (!(error instanceof RouterUnreachable)) return;
    throw new UserError(
      `Nothing was changed: ${error.message}, so the routes on the router cannot be removed; ${error.fix}. ` +
        "If it no longer exists, --forget-routes destroys the stack without them.",
    );
  }
}

/** @throws UserError if the wrong cluster answers, or its identity cannot be read. A cluster that is unreachable is not compared. */
async function refuseOtherCluster({ parsed: { plan, kubeconfig }, locate }: CheckedStack, deployment: Deployment): Promise<void> {
  const outputs = outputsIn(deployment);
  let server: ApiServer | undefined;
  let wrongCluster: Finding | undefined;
  try {
    server = apiServerOf(contentOf(kubeconfig, projectFolder()), plan.cluster.context);
    ({ wrongCluster } = await checkIdentity({ plan, state: () => Promise.resolve({ outputs }) }, server));
  } catch (error) {
    if (!(error instanceof NoResponse)) throw error;
    if (server !== undefined && (await isReachable(server)))
      wrongCluster = describeNoResponse(plan, { recorded: identityIn(outputs), server: server.url.origin }, error);
  }
  if (wrongCluster !== undefined) throw new UserError(`Nothing was changed:\n  ${formatProblem(locate(wrongCluster))}`);
}

/** A survey, and the objects of the definitions that the stack manages. */
type Seen = Survey & { readonly custom: readonly KubeObject[] };

async function readSurvey({ parsed: { plan, kubeconfig } }: CheckedStack, managed: ReadonlySet<string>): Promise<Seen | undefined> {
  try {
    const content = contentOf(kubeconfig, projectFolder());
    const { context } = plan.cluster;
    const survey = await surveyCluster({ kubeconfig: content, context, namespace: plan.metallb.namespace });
    return { ...survey, custom: await readCustomObjects(apiServerOf(content, context), definitionsIn(managed)) };
  } catch (error) {
    // Messages of other errors may quote a kubeconfig, which contains secrets.
    const { code, name } = error as NodeJS.ErrnoException;
    const reason = error instanceof NoResponse ? reasonAndFix(error) : `its kubeconfig cannot be read (${code ?? name})`;
    print(`The services that will lose their address are unknown, as the cluster of ${plan.stack} cannot be read: ${reason}.`);
    return undefined;
  }
}

function printSummary(
  { parsed: { plan }, locate }: CheckedStack,
  { routes, reservations, pending }: DestroySummary,
  { survey, managed, forgetRoutes }: { survey: Seen | undefined; managed: ReadonlySet<string>; forgetRoutes: boolean },
): void {
  const findings =
    survey === undefined
      ? []
      : [findDestroyed(plan, survey), findDeletedWith(plan, survey), findOthersDeleted(plan, survey.custom, managed)];
  for (const finding of findings) if (finding !== undefined) print(formatProblem(locate(finding)));
  const texts = routes?.texts.join(", ");
  if (routes !== undefined && forgetRoutes)
    print(`Routes that stay on the router ${routes.host}, until you remove them on its page LAN > Route: ${texts}.`);
  else if (routes !== undefined) print(`Routes that will be removed from the router ${routes.host}: ${texts}.`);
  else if (plan.routes.length > 0 && plan.router.type === "manual")
    print(`The routes that you entered on the router ${plan.router.host} stay until you remove them.`);
  const reserved = reservations?.texts.join(", ");
  if (reservations !== undefined && forgetRoutes)
    print(`Reservations and names that stay on the router ${reservations.host}, until you remove them: ${reserved}.`);
  else if (reservations !== undefined)
    print(`Reservations and names that will be removed from the router ${reservations.host}: ${reserved}.`);
  if (pending.length > 0)
    print(`The last run was interrupted, with pending operations on ${pending.join(", ")}: these objects are deleted too.`);
}
