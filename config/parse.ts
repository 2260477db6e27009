import { z } from "zod";

import { stackFileName } from "./file-names";
import { isCidr, type Cidr } from "./address/address";
import { isChartName } from "./chart";
import { findingsOf } from "./issues";
import type { AdvertisementPlan, Hop, MetalLbPlan, OpenPlan, PoolPlan, Route, RouterCredentials } from "./plan";
import { PlanError, type Finding, type Problem } from "./problem";
import { findProblems } from "./rules";
import { stackSchema, type StackConfig } from "./schema";
import type { Sections } from "./sections";

/** A parsed stack configuration. Plan and secrets are apart, so that the plan can go anywhere. */
export interface ParsedStack {
  readonly plan: OpenPlan;
  readonly credentials: RouterCredentials;
  /** A path, which may start with `~/`, or the content itself, which holds secrets. */
  readonly kubeconfig: string;
}

/** A stack's configuration, and where it stands. */
export interface StackSource {
  readonly stack: string;
  /** The part of the stack file under this project's name, with that prefix taken off the keys. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The line of a path, or of what comes nearest to it; undefined where the file's text is not at hand. */
  readonly lineOf?: (path: string) => number | undefined;
}

/** What became of a stack's configuration. */
export interface Inspected {
  readonly source: StackSource;
  /** What of it is sound. */
  readonly sections: Sections;
  /** All of it; undefined where there is a problem. */
  readonly parsed?: ParsedStack;
  readonly problems: readonly Problem[];
}

/**
 * Parses the configuration of a stack by itself.
 *
 * @throws PlanError with every problem found, one line each.
 */
export function parseStackConfig(stack: string, config: StackSource["config"]): ParsedStack {
  return soundOrThrow(inspectStack({ stack, config }));
}

/** What a sound stack parsed to. @throws PlanError with its problems. */
export function soundOrThrow({ parsed, problems }: Inspected): ParsedStack {
  if (parsed === undefined) throw new PlanError(problems);
  return parsed;
}

/** Parses the configuration of a stack by itself, and says all that is wrong with it. */
export function inspectStack(source: StackSource): Inspected {
  const result = stackSchema.safeParse(source.config);
  const sections = result.success ? result.data : soundSections(stackSchema, source.config);
  const findings = [...(result.success ? [] : findingsOf(stackSchema, source.config, result.error.issues)), ...findProblems(sections)];
  const problems = findings.map((finding) => locate(source, finding));
  return { source, sections, problems, ...(result.success && problems.length === 0 ? { parsed: toStack(source.stack, result.data) } : {}) };
}

/** A finding with its place in a stack's file. */
export function locate({ stack, lineOf }: StackSource, finding: Finding): Problem {
  const line = lineOf?.(finding.path);
  return { file: stackFileName(stack), ...(line === undefined ? {} : { line }), ...finding };
}

/** The sections that parse by themselves; unknown keys are reported already. */
export function soundSections<T extends z.ZodObject>(schema: T, config: Readonly<Record<string, unknown>>): Partial<z.output<T>> {
  const results = Object.entries(schema.shape).map(([key, section]) => [key, z.safeParse(section, config[key])] as const);
  return Object.fromEntries(results.flatMap(([key, result]) => (result.success ? [[key, result.data]] : []))) as Partial<z.output<T>>;
}

function toStack(stack: string, config: StackConfig): ParsedStack {
  const { cluster, gateway } = config;
  const { password, privateKey, privateKeyFile, agent, hostKey, user, ...reachable } = config.router;
  const [address] = gateway.addresses;
  const pools = config.pools as readonly PoolPlan[];
  return {
    plan: {
      stack,
      cluster: { name: cluster.name ?? stack, context: cluster.context },
      metallb: toMetalLb(config.metallb),
      pools,
      advertisements: toAdvertisements(config.advertisements, pools),
      gateway: { mode: gateway.mode, address, mustBeMaster: gateway.mustBeMaster },
      router: { ...reachable, ...(user === undefined ? {} : { user }), ...(hostKey === undefined ? {} : { hostKey }) },
      reserved: config.reserved,
      routes: pools.flatMap((pool) =>
        networksOf(pool).map((destination): Route<Hop> => ({
          pool: pool.name,
          destination,
          gateway: address,
          metric: config.router.metric,
        })),
      ),
    },
    credentials: {
      ...(password === undefined ? {} : { password }),
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(privateKeyFile === undefined ? {} : { privateKeyFile }),
      ...(agent ? { agent } : {}),
    },
    kubeconfig: cluster.kubeconfig,
  };
}

/** MetalLB with the repository of a chart that is given by name. */
export function toMetalLb({ repository, ...metallb }: StackConfig["metallb"]): MetalLbPlan {
  return isChartName(metallb.chart) ? { ...metallb, repository: repository ?? "https://metallb.github.io/metallb" } : metallb;
}

/** Advertisements with the names of their pools. */
export function toAdvertisements(
  advertisements: StackConfig["advertisements"],
  pools: readonly { readonly name: string }[],
): AdvertisementPlan[] {
  const all = pools.map(({ name }) => name);
  return advertisements.map((advertisement) => ({ ...advertisement, pools: advertisement.pools ?? all }) as AdvertisementPlan);
}

/** What of a pool the router gets routes to. */
function networksOf({ route, addresses }: PoolPlan): Cidr[] {
  return route ? addresses.filter(isCidr) : [];
}
