import * as pulumi from "@pulumi/pulumi";
import { getMonitor } from "@pulumi/pulumi/runtime/settings";
import type { RegisterResourceOutputsRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";

import type { EngineCommand } from "../../engine/cli-invocation";
import type { PendingOperation } from "../../engine/deployment";
import type { Deps } from "../../preflight/preflight";
import { RouterSilent } from "../../router/ssh-errors";
import { withCli } from "./pulumi-cli";
import { HOUSEHOLD, PROJECT, type Config } from "./stack-files";

/** One resource as the engine was asked for it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** Secrets are wrapped: see {@link secretIn}. */
  readonly inputs: Record<string, unknown>;
  /** The parent's type and name; empty for one at the top. */
  readonly parent: string;
  /** The names of what it waits for, in order. */
  readonly dependsOn: readonly string[];
  /** The provider's name; empty where the default one would be used. */
  readonly provider: string;
  readonly deleteBeforeReplace: boolean;
  readonly ignoreChanges: readonly string[];
  /** The names that it may have had before. */
  readonly aliases: readonly string[];
  readonly protect: boolean;
  /** The hooks that run before the engine deletes it. */
  readonly beforeDelete: readonly string[];
}

/** What a run of the program comes upon. */
export interface Circumstances {
  readonly preview?: boolean;
  /** The project's folder; that of the example stack files by default. */
  readonly folder?: string;
  /** The host and the routes that the state has of the route's command, each route as the router's record; none before the first `up`. */
  readonly state?: readonly [host: string, ...routes: string[]];
  /** Its command's standard input, where that is not made of those. */
  readonly input?: string;
  /** What the router answers; without this it is silent. Or the real client dials the router of the configuration, which must be on the loopback. */
  readonly router?: Partial<Pick<Deps, "ask" | "see">> | "dialled";
  /** What the last run did not finish. */
  readonly pending?: readonly PendingOperation[];
  /** What the CLI was asked for; up by default. */
  readonly command?: EngineCommand;
}

/** What a run of the program registered and exported. */
export interface Run {
  readonly resources: readonly Registered[];
  readonly outputs: Record<string, unknown>;
  readonly warnings: readonly string[];
  /** What it said beside them. */
  readonly notes: readonly string[];
  /** The types of the components that said that they are done. */
  readonly completed: readonly string[];
  /** How often it asked the engine for the stack's state. */
  readonly readings: number;
}

const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";
const typeOf = (urn: string) => urn.split("::").at(-2)?.split("$").at(-1) ?? "";

/** Runs index.ts against mocks, as `pulumi preview` or `pulumi up` would. Rejects with what the program throws. */
export async function runProgram(stack: string, config: Config, circumstances: Circumstances = {}): Promise<Run> {
  const { preview = false, pending = [] } = circumstances;
  const inputs = new Map<string, Record<string, unknown>>();
  let readings = 0;
  await pulumi.runtime.setMocks(
    {
      call: ({ token, inputs }) => {
        if (!token.endsWith(":readStackResourceOutputs")) return inputs as Record<string, unknown>;
        // The other stacks were never deployed.
        const { stackName } = inputs as { stackName: string };
        if (!stackName.endsWith(`/${stack}`)) throw Object.assign(new Error(), { details: `unknown stack "${stackName}"` });
        readings++;
        return stateOf(stack, circumstances);
      },
      newResource: ({ type, name, inputs: seen, custom, id }) => {
        inputs.set(`${type}::${name}`, seen as Record<string, unknown>);
        return { id: custom && !preview ? `${name}-id` : (id ?? ""), state: { ...(seen as object), stdout: "static routes in place" } };
      },
    },
    PROJECT,
    stack,
    preview,
    // As backends without organizations call it.
    "organization",
  );
  const { requests, completed } = recordRequests();
  const json = Object.entries(config).map(([key, value]) => [
    `${PROJECT}:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(json) as Record<string, string>);
  const from = process.cwd();
  process.chdir(circumstances.folder ?? HOUSEHOLD);
  const { result, warnings, notes } = await listening(() =>
    withCli({ stack, deployment: { pending_operations: pending } }, async () => {
      // Tests of the components use this file, too, and load nothing of the program.
      const { default: program } = await import("../../index");
      const outputs = await valueOf<Record<string, unknown>>(await program(depsOf(config, circumstances)));
      await pulumi.runtime.disconnect();
      return outputs;
    }),
  ).finally(() => process.chdir(from));
  const resources = requests.map((request): Registered => ({
    type: request.getType(),
    name: request.getName(),
    inputs: inputs.get(`${request.getType()}::${request.getName()}`) ?? {},
    parent: request.getParent() === "" ? "" : `${typeOf(request.getParent())}::${nameOf(request.getParent())}`,
    dependsOn: request.getDependenciesList().map(nameOf).sort(),
    provider: nameOf(request.getProvider().split("::").slice(0, -1).join("::")),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ignoreChanges: request.getIgnorechangesList(),
    // Each as a name or as a whole URN, by what the monitor takes.
    aliases: [
      ...request.getAliasesList().map((alias) => alias.getSpec()?.getName() ?? nameOf(alias.getUrn())),
      ...request.getAliasurnsList().map(nameOf),
    ],
    protect: request.getProtect() ?? false,
    beforeDelete: request.getHooks()?.getBeforeDeleteList() ?? [],
  }));
  return { resources, outputs: result, warnings, notes, completed, readings };
}

/** The values of a program's outputs, which are the engine's to wait for. */
function valueOf<T>(outputs: T): Promise<T> {
  return new Promise((resolve) => void pulumi.output(outputs).apply((values) => resolve(values as T)));
}

/** Mocks do not see parents, dependencies and options; the requests behind them do. */
function recordRequests() {
  const monitor = getMonitor() as unknown as Record<string, (request: never, ...rest: unknown[]) => unknown>;
  const requests: RegisterResourceRequest[] = [];
  const completed: string[] = [];
  const spy = <T>(method: string, see: (request: T) => void) => {
    const original = monitor[method]?.bind(monitor);
    monitor[method] = (request, ...rest) => {
      see(request);
      return original?.(request, ...rest);
    };
  };
  // Mocks know no hooks, and a resource with one would never be registered.
  monitor["registerResourceHook"] = (_request, ...rest) => (rest.at(-1) as (error: null) => void)(null);
  spy<RegisterResourceRequest>("registerResource", (request) => requests.push(request));
  spy<RegisterResourceOutputsRequest>("registerResourceOutputs", (request) => completed.push(typeOf(request.getUrn())));
  return { requests, completed };
}

/** As the engine answers; a stack whose routes are given has been up. */
function stateOf(stack: string, { state, input }: Circumstances) {
  const urn = `urn:pulumi:${stack}::${PROJECT}::homelab:network:StaticRoute$command:remote:Command::route`;
  if (state === undefined) return { outputs: {} };
  const [host, ...routes] = state;
  // As the script's first line has them: network, prefix, mask, gateway, metric.
  const words = routes.flatMap((record) => {
    const [network, mask, gateway, metric] = record.split(">");
    return [network, "24", mask, gateway, metric].map((word) => `'${word}'`);
  });
  return { outputs: { [urn]: { id: "route", outputs: { triggers: [host], stdin: input ?? `set -- "$1" 1 0 0 ${words.join(" ")}\n` } } } };
}

/** What the checks of a run depend on: a router that is silent unless the test has one, and the command, as there is no CLI above this process. */
function depsOf(config: Config, { router, command = { verb: "up", refresh: false } }: Circumstances): Partial<Deps> {
  const readCommand = () => command;
  if (router === "dialled") {
    if ((config["router"] as Config)["host"] !== "127.0.0.1") throw new Error("tests dial the loopback alone");
    return { readCommand };
  }
  const silent = () => Promise.reject(new RouterSilent("192.168.50.1:22 does not answer (ECONNREFUSED)"));
  return { ask: silent, see: silent, ...router, readCommand };
}

/** Without an engine, what the program says goes to the console. */
export async function listening<T>(action: () => Promise<T>): Promise<{ result: T; warnings: string[]; notes: string[] }> {
  const [warnings, notes]: [string[], string[]] = [[], []];
  const { warn, log } = console;
  console.warn = (...words: unknown[]) => void warnings.push(words.join(" "));
  console.log = (...words: unknown[]) => void notes.push(words.join(" "));
  try {
    return { result: await action(), warnings, notes };
  } finally {
    Object.assign(console, { warn, log });
  }
}

/** The resource of a type, which must be the only one. */
export function only({ resources }: Run, type: string): Registered {
  const found = resources.filter((resource) => resource.type === type);
  const [resource] = found;
  if (resource === undefined || found.length > 1) throw new Error(`${found.length} resources of type ${type}, not 1`);
  return resource;
}

/** How Pulumi marks a secret on its way to the engine. */
const SECRET = { key: "4dabf18193072939515e22adb298388d", mark: "1b47061264138c4ac30d75fd1eb44270" };

/** The value inside a secret, or undefined where the value is none. */
export function secretIn(value: unknown): unknown {
  const wrapped = value as Record<string, unknown> | undefined;
  return wrapped?.[SECRET.key] === SECRET.mark ? wrapped["value"] : undefined;
}
