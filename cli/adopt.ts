/** Adopts the MetalLB that another tool installed in a stack's cluster, and undoes the adoption. */
import { latestAdoption, updateAdoption, saveAdoption } from "./adopt/backup";
import { withoutServerFields, isReleaseSecret, restore, transferOwnership } from "./adopt/adoption";
import { surveyAdoption } from "./adopt/survey";
import { readIdentity } from "../cluster/survey/identity";
import { ClusterObjects, ChangeRejected } from "../cluster/api/objects";
import type { ClusterConnection } from "../cluster/survey/reader";
import { apiServerOf, contentOf, NoResponse } from "../cluster/api/kubeconfig";
import { reasonAndFix } from "../cluster/api/no-response";
import { BackupFailed } from "../router/backup";
import { UserError } from "../config/user-error";
import { isForeign, planAdoption } from "../cluster/diagnosis/adoption";
import type { CheckedStack } from "../config/household";
import { idOf, type KubeObject } from "../cluster/manifests/kube-object";
import { TEMPORARY_MANAGER } from "../cluster/manifests/ownership";
import { PlanError } from "../config/problem";
import { forgetCluster, readObjects, readOwnObjects, readStack } from "./adopt/engine";
import { describe } from "./adopt/describe";
import { waitForWebhook } from "./adopt/webhook";
import { confirm } from "./confirm";
import { type NetworkOptions } from "./lab-network";
import { pulumi } from "./pulumi";
import { projectFolder } from "../config/project";
import { print } from "./print";

export interface AdoptOptions extends NetworkOptions {
  /** Skips the confirmation. */
  readonly yes?: boolean;
  /** Undoes the adoption. */
  readonly back?: boolean;
}

/**
 * Makes a stack the owner of a MetalLB that Helm, Flux or kubectl installed, without an outage. Continues an interrupted adoption.
 *
 * @throws UserError if the cluster cannot be adopted; nothing was changed then
 */
export async function adopt(stack: string, { yes = false, back = false }: AdoptOptions): Promise<void> {
  try {
    await (back ? restoreAdoption(stack, yes) : startAdoption(stack, yes));
  } catch (error) {
    if (error instanceof NoResponse) throw new UserError(`The cluster of ${stack} cannot be read: ${reasonAndFix(error)}.`);
    if (error instanceof BackupFailed) throw new UserError(error.message);
    if (error instanceof ChangeRejected) throw new UserError(`${error.message}; ${again(stack)}`);
    throw error;
  }
}

const call = (stack: string, back = false) => `make adopt STACK=${stack}${back ? " ARGS=--back" : ""}`;
const again = (stack: string) => `run "${call(stack)}" again to continue, or "${call(stack, true)}" to go back.`;

async function startAdoption(stack: string, yes: boolean): Promise<void> {
  print(`Reading the plan of stack ${stack} and the objects in its cluster.`);
  const { parsed, locate } = await readStack(stack);
  const connection = connectionOf(parsed);
  const server = apiServerOf(connection.kubeconfig, connection.context);
  await waitForWebhook(server, connection.namespace);
  const found = await surveyAdoption(connection, await readObjects(stack));
  const adoption = planAdoption(parsed.plan, found);
  const isDone = [adoption.taken, found.releases, adoption.refusals].every((some) => some.length === 0);
  if (isDone) {
    const interrupted = latestAdoption(projectFolder(), stack);
    if (interrupted !== undefined && interrupted.backup.ended === undefined) updateAdoption(projectFolder(), interrupted, "ended");
    return print(`There is nothing to adopt: stack ${stack} already manages MetalLB in its cluster.`);
  }
  if (adoption.refusals.length > 0) throw new UserError(new PlanError(adoption.refusals.map(locate), `${stack} cannot be adopted`).message);
  print(describe(stack, adoption, found.releases, found.survey));
  if (!yes) await confirm(`Adopt this into stack ${stack}?`);

  const liveObjects = found.planned.flatMap(({ live }) => live ?? []);
  const secrets = found.releases.flatMap((release) => release.secrets);
  const saved = saveAdoption(projectFolder(), stack, found.cluster, [...liveObjects, ...secrets]);
  print(`Saved the objects as they were in ${saved.file}.`);
  const cluster = new ClusterObjects(server);
  const released = new Map(found.releases.flatMap(({ objects }) => objects.map((object) => [idOf(object), object] as const)));
  for (const { object, manager = TEMPORARY_MANAGER } of found.planned.filter(isForeign))
    await transferOwnership(cluster, object, manager, released.get(idOf(object)));
  // By now the only fields with other owners are those that the API server has filled in.
  await run(stack, ["up", "--yes", "--skip-preview", "--non-interactive"], { PULUMI_K8S_ENABLE_PATCH_FORCE: "true" });
  for (const { object, manager } of await readOwnObjects(stack))
    await transferOwnership(cluster, object, manager, released.get(idOf(object)));
  // Last, because these Secrets mark an interrupted adoption.
  for (const secret of saved.backup.objects.filter(isReleaseSecret)) await cluster.remove(secret);
  await waitForWebhook(server, connection.namespace);
  await run(stack, ["preview", "--expect-no-changes", "--non-interactive"]);
  updateAdoption(projectFolder(), saved, "ended");
  print(`Stack ${stack} now manages MetalLB. "${call(stack, true)}" undoes the adoption.`);
}

async function restoreAdoption(stack: string, yes: boolean): Promise<void> {
  const { parsed } = await readStack(stack);
  const connection = connectionOf(parsed);
  const saved = latestAdoption(projectFolder(), stack);
  if (saved === undefined) throw new UserError(`There is no adoption to undo: .adopt-backup has no backup of stack ${stack}.`);
  const { objects, begun, cluster: id } = saved.backup;
  const server = apiServerOf(connection.kubeconfig, connection.context);
  if ((await readIdentity(server)) !== id)
    throw new UserError(
      `${saved.file} is a backup of another cluster than the one that stack ${stack} has now: remove the file if that cluster is gone.`,
    );
  print(
    `${saved.file} has ${objects.length} objects as they were at ${begun}. The field managers, labels and annotations of their earlier owners return; pools and ` +
      `advertisements also get their earlier content. The state of stack ${stack} forgets them; nothing is deleted, and the stack keeps the route on the router.`,
  );
  if (!yes) await confirm("Undo the adoption?");
  const cluster = new ClusterObjects(server);
  for (const object of objects) await restoreObject(cluster, object);
  const forgotten = await forgetCluster(stack);
  updateAdoption(projectFolder(), saved, "restored");
  print(`Stack ${stack} has forgotten ${forgotten} objects, which stay in the cluster.`);
}

async function restoreObject(cluster: ClusterObjects, object: KubeObject): Promise<void> {
  if (isReleaseSecret(object)) return cluster.create(withoutServerFields(object), "Helm");
  const outcome = await restore(cluster, object);
  if (outcome !== "restored")
    print(`${idOf(object)} ${outcome === "gone" ? "no longer exists" : "was replaced by another object"}, and is left as it is.`);
}

function connectionOf({ plan, kubeconfig }: CheckedStack["parsed"]): ClusterConnection {
  const { cluster, metallb } = plan;
  return { kubeconfig: contentOf(kubeconfig, projectFolder()), context: cluster.context, namespace: metallb.namespace };
}

/** Runs the CLI with its output on the terminal. */
async function run(stack: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const { exitCode } = await pulumi(stack, args, { stdio: "inherit", reject: false, env });
  if (exitCode !== 0) throw new UserError(`pulumi ${args[0]} of ${stack} failed for the reason above; ${again(stack)}`);
}
