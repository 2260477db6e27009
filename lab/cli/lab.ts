import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../config/user-error";
import { kubeconfigOf } from "../folders";
import { repository } from "../../config/project";
import { Lab, all, exclusively, removeLab } from "../lab";
import { plansOf } from "../../config/plans";
import { Progress } from "../progress";
import { duration } from "../../report/duration";
import { requestDemo, deployDemo, type Answer } from "../proof";
import * as report from "../report";
import { checkMachine } from "../requirements";
import { provideTools, readStock } from "../tools/toolbox";
import { folders, raisedLab } from "../operator";
import { exitLike } from "../../cli/pulumi";

/** Raises the lab, deploys every stack with the real engine, and checks that each cluster's service answers a client. */
export async function up(): Promise<void> {
  const progress = new Progress();
  const stock = await readStock();
  await checkMachine(stock.missing);
  plansOf(repository); // A problem in a stack file ends the run before anything is built.
  const box = await provideTools(progress, stock);
  const lab = new Lab(folders(), repository, box);
  const answers = await exclusively(lab.folders, progress, async () => {
    await lab.up(progress);
    return all(lab.plans.map((plan) => provision(lab, plan.stack, progress)));
  });
  const pools = new Map(lab.plans.map(({ stack, routes }) => [stack, routes.map(({ destination }) => destination.text).join(", ")]));
  console.log(`\n${report.map(lab.topology, pools)}\n\n${report.answers(answers)}\n\n${report.nextCommands(lab.plans[0]?.stack ?? "")}`);
  console.log(`\nThe lab is running after ${duration(progress.elapsed)}.`);
}

/** Deploys one stack, and waits until the demo service answers the client. */
async function provision(lab: Lab, stack: string, progress: Progress): Promise<Answer> {
  const plan = lab.plans.find((candidate) => candidate.stack === stack);
  if (plan === undefined) throw new UserError(`There is no stack "${stack}".`);
  const log = path.join(lab.folders.logs, `up-${stack}.log`);
  fs.mkdirSync(path.dirname(log), { recursive: true });
  await lab.engine.selectStack(stack);
  const cluster = lab.cluster(stack);
  await all<unknown>([
    deployDemo(cluster, plan),
    progress.step(`pulumi up ${stack}`, async () => {
      const { exitCode, all } = await lab.engine.pulumi(
        ["up", "--refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", stack],
        {
          stdio: "pipe",
          all: true,
          reject: false,
        },
      );
      fs.writeFileSync(log, all ?? "");
      if (exitCode !== 0)
        throw new UserError(
          `pulumi up of ${stack} failed:\n${(all ?? "").trim().split("\n").slice(-25).join("\n")}\nThe full output is in ${log}.`,
        );
    }),
  ]);
  if (plan.router.type === "manual") {
    await progress.step(`routes of ${stack}, entered on the router by hand`, () => lab.router.enter(plan.routes));
  }
  return progress.step(`HTTP from ${lab.client.name} to ${stack}`, () => requestDemo(lab.client, cluster, plan));
}

/** Removes the lab. */
export async function down(): Promise<void> {
  const progress = new Progress();
  const removed = await exclusively(folders(), progress, () => removeLab(folders()));
  progress.line(removed ? "The lab is removed; the tools stay for the next one." : "There is no lab to remove.");
}

/** Runs a command on a host. Input, output and exit status are passed through. */
export async function exec(host: string, command: string): Promise<void> {
  const lab = await raised();
  const env =
    host === lab.operator.name
      ? { ...lab.engine.environment, KUBECONFIG: lab.plans.map(({ stack }) => kubeconfigOf(lab.folders, stack)).join(":") }
      : {};
  exitLike(await lab.host(host).exec(["sh", "-c", command], { stdio: "inherit", reject: false, env }));
}

/** Runs the Pulumi CLI on a stack. */
export async function pulumi(stack: string, args: readonly string[]): Promise<void> {
  const lab = await raised();
  lab.cluster(stack);
  lab.refreshProject();
  // The stack is set by an environment variable, because some commands of the CLI have no --stack option.
  exitLike(await lab.engine.pulumi(args, { reject: false, env: { PULUMI_STACK: stack } }));
}

/** Runs kubectl on a stack's cluster, from the operator host. */
export async function kubectl(stack: string, args: readonly string[]): Promise<void> {
  const lab = await raised();
  exitLike(await lab.kubectl(stack, args, { stdio: "inherit", reject: false }));
}

async function raised(): Promise<Lab> {
  const lab = await raisedLab();
  if (lab === undefined) throw new UserError('The lab is not running: start it with "make lab".');
  return lab;
}
