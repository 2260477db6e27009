import { createHash } from "node:crypto";
import type { Deployment } from "../../../engine/deployment";
import { interrupt, type Moment } from "../../interruption";
import type { Lab } from "../../lab";
import { FOREIGN } from "../../rounds";
import type { Plan } from "../../../config/plan";
import { onOperator } from "../../operator";

/** The runs that are interrupted. */
export type Verb = "up" | "destroy";
export const VERBS: readonly Verb[] = ["up", "destroy"];

/** One interrupted run, and the result of the run after it. Verb, boundary and seed determine the round. */
export interface InterruptedRound extends Moment {
  readonly after: number;
  readonly delay: number;
  readonly verb: Verb;
  readonly seed: number;
  /** The event at which it was interrupted; undefined if the run ended before. */
  readonly at?: string;
  /** The next run. */
  readonly next: Verb;
  readonly seconds: number;
  /** What was wrong; empty for a good round. */
  readonly problems: readonly string[];
}

/** The longest delay after a boundary, and the longest time for which providers outlive the engine, in milliseconds. */
const [MAX_DELAY, MAX_ALONE] = [600, 3000];

/** Returns the moment of a round. Half of the rounds are power failures, and half are without a delay. */
export function momentOf(verb: Verb, after: number, seed: number): Pick<InterruptedRound, "after" | "delay" | "providerSurvival" | "next"> {
  const digest = createHash("sha256").update(`${seed} ${verb} ${after}`).digest();
  const [delayed, providerSurvival, next] = [0, 1, 2].map((index) => digest.readUInt8(index) % 2);
  return {
    after,
    delay: delayed === 0 ? 0 : digest.readUInt16BE(3) % MAX_DELAY,
    providerSurvival: providerSurvival === 0 ? 0 : 1 + (digest.readUInt16BE(5) % MAX_ALONE),
    next: VERBS[next ?? 0] ?? "up",
  };
}

/**
 * Prepares the stack for a run, interrupts the run in a lab whose router has {@link FOREIGN}, and lets the next run finish as
 * docs/how-to/state-troubleshooting.md describes.
 */
export async function interruptedRound(lab: Lab, plan: Plan, verb: Verb, after: number, seed: number): Promise<InterruptedRound> {
  const started = performance.now();
  const { next, ...moment } = momentOf(verb, after, seed);
  const stack = new NextRun(lab, plan);
  const isUp = ((await stack.state()).resources ?? []).length > 0;
  const problems = verb === "up" && isUp ? await stack.destroy() : verb === "destroy" && !isUp ? await stack.up() : [];
  const { events, exitCode } = await interrupt(lab, plan.stack, verb, moment);
  if (exitCode === undefined) await stack.unlock();
  else if (exitCode !== 0) problems.push(`pulumi ${verb} exited with ${exitCode} before it was interrupted`);
  problems.push(...(next === "destroy" ? await stack.destroy() : await stack.up()));
  problems.push(...(next === "destroy" ? await stack.remainsAfterDestroy() : await stack.problemsAfterUp()));
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  return { verb, seed, ...moment, ...(exitCode === undefined ? { at: events.at(-1) ?? "" } : {}), next, seconds, problems };
}

/** The runs after an interrupted run, and the checks of their result. */
class NextRun {
  constructor(
    private readonly lab: Lab,
    private readonly plan: Plan,
  ) {}

  async pulumi(...args: string[]): Promise<{ exitCode: number; all: string; stdout: string }> {
    const options = { stdio: "pipe", all: true, reject: false } as const;
    const { exitCode, all = "", stdout } = await this.lab.engine.pulumi([...args, "--stack", this.plan.stack], options);
    return { exitCode, all, stdout };
  }

  async state(): Promise<Deployment> {
    const { exitCode, all, stdout } = await this.pulumi("stack", "export");
    if (exitCode !== 0) throw new Error(`pulumi stack export exited with ${exitCode}: ${all}`);
    return (JSON.parse(stdout) as { deployment: Deployment }).deployment;
  }

  /** Runs up, with a refresh if the program asks for one: after a destroy whose result the engine did not record. */
  async up(): Promise<string[]> {
    const run = ["up", "--yes", "--skip-preview", "--non-interactive"];
    const first = await this.pulumi(...run);
    return failureOf("pulumi up", first.all.includes("lacks objects of this stack") ? await this.pulumi(...run, "--refresh") : first);
  }

  /** Removes the lock of an engine that was killed, and repairs its half-written state file. */
  unlock(): Promise<void> {
    return this.lab.engine.selectStack(this.plan.stack);
  }

  async destroy(): Promise<string[]> {
    const { exitCode, all = "" } = await onOperator(this.lab, ["destroy", this.plan.stack, "--yes"], { all: true, reject: false });
    return failureOf("homelab destroy", { exitCode, all });
  }

  /** Returns what a finished destroy has left behind. */
  async remainsAfterDestroy(): Promise<string[]> {
    const { resources = [], pending_operations: pending = [] } = await this.state();
    const objects = await this.objects();
    return [
      ...(resources.length + pending.length === 0
        ? []
        : [`the state has ${resources.length} resources and ${pending.length} pending operations`]),
      ...objects.map(({ kind, metadata }) => `the cluster has ${kind} ${metadata.name}`),
      ...(await this.routerProblems(FOREIGN)),
    ];
  }

  /** Returns what is wrong after a finished up. */
  async problemsAfterUp(): Promise<string[]> {
    const problems = failureOf("pulumi refresh", await this.pulumi("refresh", "--clear-pending-creates", "--yes", "--non-interactive"));
    const preview = await this.pulumi("preview", "--expect-no-changes", "--non-interactive");
    problems.push(...failureOf("pulumi preview", preview));
    if (/warning/.test(preview.all)) problems.push(`pulumi preview warns: ${preview.all.slice(-1000)}`);
    for (const { kind, metadata } of await this.objects()) {
      const managers = (metadata.managedFields ?? []).filter(({ manager }) => manager.startsWith("pulumi-kubernetes-"));
      if (managers.length > 1) problems.push(`${kind} ${metadata.name} is written under ${managers.length} names`);
    }
    const records = this.plan.routes.map(
      ({ destination, gateway, metric }) => `<${destination.network}>${destination.netmask}>${gateway}>${metric}>LAN`,
    );
    problems.push(...(await this.routerProblems([FOREIGN, ...records].join(""))));
    return problems;
  }

  /** Returns all objects of MetalLB in the cluster. */
  private async objects(): Promise<ClusterObject[]> {
    const lists = await this.lab
      .cluster(this.plan.stack)
      .kubectl(["get", KINDS, "--all-namespaces", "--show-managed-fields", "--output", "json"]);
    const { items } = JSON.parse(lists) as { items: ClusterObject[] };
    return items.filter(({ metadata: { name, namespace = "" } }) => `${namespace}/${name}`.includes("metallb"));
  }

  private async routerProblems(expectedList: string): Promise<string[]> {
    const { stdout } = await this.lab.router.host.exec(["sh", "-c", "nvram get sr_rulelist; ip route show"]);
    const [list = "", ...table] = stdout.split("\n");
    const live = table.filter((line) => line.startsWith("10.")).length;
    const routes = expectedList === FOREIGN ? 0 : this.plan.routes.length;
    return [
      ...(list === expectedList ? [] : [`the router's list is ${list}`]),
      ...(live === routes ? [] : [`the router has ${live} live routes to pools`]),
    ];
  }
}

/** The kinds of objects in MetalLB's chart, and the namespace. */
const KINDS =
  "namespaces,customresourcedefinitions,clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations," +
  "roles,rolebindings,serviceaccounts,services,configmaps,secrets,deployments,daemonsets";

interface ClusterObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly managedFields?: readonly { readonly manager: string }[];
  };
}

function failureOf(what: string, { exitCode, all }: { exitCode: number; all: string }): string[] {
  return exitCode === 0 ? [] : [`${what} exited with ${exitCode}: ${all.slice(-1500)}`];
}
