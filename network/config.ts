import { isChartName } from "./chart";
import { problemsOf } from "./issues";
import type { Plan, RouterCredentials } from "./plan";
import { PlanError, type Problem } from "./problem";
import { findProblems, type Sections } from "./rules";
import { stackSchema, type StackConfig } from "./schema";

/** A parsed stack configuration. Plan and secrets are apart, so that the plan can go anywhere. */
export interface ParsedStack {
  readonly plan: Plan;
  readonly credentials: RouterCredentials;
  /** A path, which may start with `~/`, or the content itself, which holds secrets. */
  readonly kubeconfig: string;
}

/**
 * Parses the configuration of a stack: the part of `Pulumi.<stack>.yaml` under this project's name, with that prefix taken off the keys.
 *
 * @throws PlanError with every problem found, one line each.
 */
export function parseStackConfig(stack: string, config: Readonly<Record<string, unknown>>): ParsedStack {
  const parsed = stackSchema.safeParse(config);
  if (!parsed.success) {
    const problems = problemsOf(stackSchema, config, parsed.error.issues);
    throw new PlanError(stack, [...problems, ...findProblems(soundSections(config))]);
  }
  const problems: Problem[] = findProblems(parsed.data);
  if (problems.length > 0) throw new PlanError(stack, problems);
  return toStack(stack, parsed.data);
}

/** The sections that parse by themselves; unknown keys are reported already. */
function soundSections(config: Readonly<Record<string, unknown>>): Sections {
  const results = Object.entries(stackSchema.shape).map(([key, section]) => [key, section.safeParse(config[key])] as const);
  return Object.fromEntries(results.flatMap(([key, result]) => (result.success ? [[key, result.data]] : [])));
}

function toStack(stack: string, { cluster, metallb, pools, advertisement, gateway, router }: StackConfig): ParsedStack {
  const { password, privateKey, privateKeyFile, hostKey, ...reachable } = router;
  const { repository, ...chart } = metallb;
  const [address] = gateway.addresses;
  return {
    plan: {
      stack,
      cluster: { name: cluster.name ?? stack, context: cluster.context },
      metallb: isChartName(metallb.chart) ? { ...chart, repository: repository ?? "https://metallb.github.io/metallb" } : chart,
      pools,
      advertisement: advertisement as Plan["advertisement"],
      gateway: { mode: gateway.mode, address },
      router: { ...reachable, ...(hostKey === undefined ? {} : { hostKey }) },
      routes: pools.flatMap((pool) => pool.addresses.map((destination) => ({ destination, gateway: address, metric: router.metric }))),
    },
    credentials: {
      ...(password === undefined ? {} : { password }),
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(privateKeyFile === undefined ? {} : { privateKeyFile }),
    },
    kubeconfig: cluster.kubeconfig,
  };
}
