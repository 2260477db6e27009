import { z } from "zod";

import { PROJECT_FILE, stackFileName } from "./file-names";
import { isCidr, type Cidr } from "./address/address";
import { isChartName } from "./chart";
import { findingsOf, withoutEmpty } from "./issues";
import type { AdvertisementPlan, Hop, MetalLbPlan, UnresolvedPlan, PoolPlan, Route, RouterCredentials } from "./plan";
import { pathKeys } from "./path";
import { PlanError, type Finding, type Problem } from "./problem";
import { findProblems } from "./rules";
import { stackSchema, type StackConfig } from "./schema";
import { PLACEHOLDER, replaceSecrets, type SecretPaths } from "./secret-places";
import { namesIn, type Sections } from "./sections";

/** A parsed stack configuration. Secrets are not in the plan, so the plan can be printed and logged. */
export interface ParsedStack {
  readonly plan: UnresolvedPlan;
  readonly credentials: RouterCredentials;
  /** A path, which may start with `~/`, or the content, which holds secrets. */
  readonly kubeconfig: string;
  readonly values: ChartValues;
  /** The paths of encrypted values; the configuration holds their ciphertext if it was read from the stack file. */
  readonly encrypted: SecretPaths;
}

/** Returns the values of MetalLB's chart with each secret wrapped. The plan has `[secret]` in place of secrets. */
export type ChartValues = (wrap: (secret: unknown) => unknown) => Readonly<Record<string, unknown>>;

/** A stack's configuration and its location. */
export interface StackSource {
  readonly stack: string;
  /** The configuration of this project, without the project's prefix in the keys. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Returns the line of a path or of its nearest ancestor; undefined if the file's text is not known. */
  readonly lineOf?: (path: string) => number | undefined;
  /** The paths of the secrets in the configuration. @default none */
  readonly encrypted?: SecretPaths;
  /** The name of the file in messages. @default the name of the stack's file */
  readonly file?: string;
  /** The defaults of the project that the configuration has. */
  readonly defaults?: ProjectDefaults;
}

/** The values of Pulumi.yaml for keys that a stack file does not set. */
export interface ProjectDefaults {
  /** The values by key, without the project's prefix. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Returns the line of a path or of its nearest ancestor. */
  readonly lineOf: (path: string) => number | undefined;
}

/** The result of inspecting a stack's configuration. */
export interface Inspected {
  readonly source: StackSource;
  /** The valid sections. */
  readonly sections: Sections;
  /** The parsed configuration; undefined if there is a problem. */
  readonly parsed?: ParsedStack;
  readonly problems: readonly Problem[];
}

/**
 * Parses the configuration of one stack without comparing it with others.
 *
 * @throws PlanError with every problem, one per line
 */
export function parseStackConfig(stack: string, config: StackSource["config"]): ParsedStack {
  return parsedOrThrow(inspectStack({ stack, config }));
}

/** Returns the parsed stack. @throws PlanError if the stack has problems */
export function parsedOrThrow({ parsed, problems }: Inspected): ParsedStack {
  if (parsed === undefined) throw new PlanError(problems);
  return parsed;
}

/** Parses the configuration of one stack without comparing it with others, and collects all problems. */
export function inspectStack(source: StackSource): Inspected {
  const config = withoutEmpty(stackSchema, source.config) as StackSource["config"];
  const result = stackSchema.safeParse(config);
  const sections = result.success ? result.data : validSections(stackSchema, config);
  const findings = [...(result.success ? [] : findingsOf(stackSchema, config, result.error.issues)), ...findProblems(sections)];
  const problems = findings.map((finding) => locate(source, finding));
  return { source, sections, problems, ...(result.success && problems.length === 0 ? { parsed: toStack(source, result.data) } : {}) };
}

/** Returns a finding with file and line. */
export function locate({ stack, lineOf, file = stackFileName(stack), defaults }: StackSource, finding: Finding): Problem {
  const [top = ""] = pathKeys(finding.path);
  const isDefault = defaults !== undefined && Object.hasOwn(defaults.values, top);
  const line = (isDefault ? defaults.lineOf : lineOf)?.(finding.path);
  return { file: isDefault ? PROJECT_FILE : file, ...(line === undefined ? {} : { line }), ...finding };
}

/** Returns the sections that are valid on their own. Unknown keys are reported elsewhere. */
export function validSections<T extends z.ZodObject>(schema: T, config: Readonly<Record<string, unknown>>): Partial<z.output<T>> {
  const results = Object.entries(schema.shape).map(([key, section]) => [key, z.safeParse(section, config[key])] as const);
  return Object.fromEntries(results.flatMap(([key, result]) => (result.success ? [[key, result.data]] : []))) as Partial<z.output<T>>;
}

function toStack({ stack, encrypted = new Set() }: StackSource, config: StackConfig): ParsedStack {
  const { cluster, gateway } = config;
  const { password, privateKey, privateKeyFile, agent, hostKey, user, ...reachable } = config.router;
  const [address] = gateway.addresses;
  const pools = config.pools as readonly PoolPlan[];
  return {
    plan: {
      stack,
      cluster: { name: cluster.name ?? stack, context: cluster.context },
      metallb: toMetalLb({ ...config.metallb, values: replaceSecrets(config.metallb.values, encrypted, () => PLACEHOLDER) }),
      pools,
      advertisements: toAdvertisements(config.advertisements, pools),
      gateway: { mode: gateway.mode, address, mustBeMaster: gateway.mustBeMaster, reserve: gateway.reserve },
      router: { ...reachable, ...(user === undefined ? {} : { user }), ...(hostKey === undefined ? {} : { hostKey }) },
      reserved: config.reserved,
      names: namesIn(config),
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
    values: (wrap) => replaceSecrets(config.metallb.values, encrypted, wrap),
    encrypted,
  };
}

/** Returns MetalLB's plan, with the chart's repository if the chart is given by name. */
export function toMetalLb({ repository, digest, gratuitousARPInterval, ...always }: StackConfig["metallb"]): MetalLbPlan {
  const metallb = {
    ...always,
    ...(digest === undefined ? {} : { digest }),
    ...(gratuitousARPInterval === undefined ? {} : { gratuitousARPInterval }),
  };
  return isChartName(metallb.chart) ? { ...metallb, repository: repository ?? "https://metallb.github.io/metallb" } : metallb;
}

/** Returns the advertisements with the names of their pools. */
export function toAdvertisements(
  advertisements: StackConfig["advertisements"],
  pools: readonly { readonly name: string }[],
): AdvertisementPlan[] {
  const all = pools.map(({ name }) => name);
  return advertisements.map((advertisement) => ({ ...advertisement, pools: advertisement.pools ?? all }) as AdvertisementPlan);
}

/** Returns the networks of a pool to which the router gets routes. */
function networksOf({ route, addresses }: PoolPlan): Cidr[] {
  return route ? addresses.filter(isCidr) : [];
}
