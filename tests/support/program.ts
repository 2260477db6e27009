import * as pulumi from "@pulumi/pulumi";
import { getMonitor } from "@pulumi/pulumi/runtime/settings";
import * as runtimeState from "@pulumi/pulumi/runtime/state";
import type { RegisterResourceOutputsRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";

import type { EngineCommand } from "../../engine/cli-invocation";
import type { PendingOperation } from "../../engine/deployment";
import { RECORDS_COMMAND, ROUTE_COMMAND } from "../../engine/state-contents";
import type { Deps } from "../../preflight/preflight";
import { RouterUnreachable } from "../../router/ssh-errors";
import { withCli } from "./pulumi-cli";
import { HOUSEHOLD, PROJECT, type Config } from "./stack-files";

/** A resource as it was registered. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** Secrets are wrapped: see {@link secretIn}. */
  readonly inputs: Record<string, unknown>;
  /** The parent's type and name; empty at the top. */
  readonly parent: string;
  /** The names of its dependencies, sorted. */
  readonly dependsOn: readonly string[];
  /** The provider's name; empty for the default provider. */
  readonly provider: string;
  readonly deleteBeforeReplace: boolean;
  readonly ignoreChanges: readonly string[];
  /** Its earlier names. */
  readonly aliases: readonly string[];
  readonly protect: boolean;
  /** The number of its transforms. */
  readonly transforms?: number;
  /** The hooks that run before the engine deletes it. */
  readonly beforeDelete: readonly string[];
}

/** The circumstances of a run of the program. */
export interface Circumstances {
  readonly preview?: boolean;
  /** The project's folder. @default that of the example stack files */
  readonly folder?: string;
  /** The host and the routes (the router's records) of the route's command in the state; none before the first `up`. */
  readonly state?: readonly [host: string, ...routes: string[]];
  /** The command's standard input, if it does not follow from the routes. */
  readonly input?: string;
  /** The host and the standard input of the command for reservations in the state. */
  readonly records?: readonly [host: string, input: string];
  /** The router's answers; by default it does not answer. `dialled`: the real client connects to the configured router, which must be on loopback. */
  readonly router?: Partial<Pick<Deps, "query" | "readKey">> | "dialled";
  /** The pending operations of the last run. */
  readonly pending?: readonly PendingOperation[];
  /** The keys that the engine counts as secret, because they have a secret. */
  readonly secretKeys?: readonly string[];
  /** The CLI's command. @default up */
  readonly command?: EngineCommand;
  /** The address of the backend that has the state. @default one whose states are not in files */
  readonly backend?: string;
}

/** What a run of the program registered and exported. */
export interface Run {
  readonly resources: readonly Registered[];
  readonly outputs: Record<string, unknown>;
  readonly warnings: readonly string[];
  /** Its messages of severity info. */
  readonly notes: readonly string[];
  /** The types of the components that registered their outputs. */
  readonly completed: readonly string[];
  /** How often it read the stack's state from the engine. */
  readonly readings: number;
}

const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";
const typeOf = (urn: string) => urn.split("::").at(-2)?.split("$").at(-1) ?? "";

/** Runs index.ts against mocks, as `pulumi preview` or `pulumi up` would. Rejects with the program's error. */
export async function runProgram(stack: string, config: Config, circumstances: Circumstances = {}): Promise<Run> {
  const { preview = false, pending = [], secretKeys = [] } = circumstances;
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
    // The name that backends without organizations use.
    "organization",
  );
  // The mocks do not say that they accept transforms. They call none.
  (runtimeState as unknown as { getStore: () => { supportsTransforms: boolean } }).getStore().supportsTransforms = true;
  const { requests, completed } = recordRequests();
  const json = Object.entries(config).map(([key, value]) => [
    `${PROJECT}:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(json) as Record<string, string>,
    secretKeys.map((key) => `${PROJECT}:${key}`),
  );
  const from = process.cwd();
  process.chdir(circumstances.folder ?? HOUSEHOLD);
  const { result, warnings, notes } = await listening(() =>
    withCli({ stack, deployment: { pending_operations: pending }, backend: circumstances.backend }, async () => {
      // Loaded here, because tests of the components also use this file and must not load the program.
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
    // The monitor receives an alias as a name or as a whole URN.
    aliases: [
      ...request.getAliasesList().map((alias) => alias.getSpec()?.getName() ?? nameOf(alias.getUrn())),
      ...request.getAliasurnsList().map(nameOf),
    ],
    protect: request.getProtect() ?? false,
    ...(request.getTransformsList().length === 0 ? {} : { transforms: request.getTransformsList().length }),
    beforeDelete: request.getHooks()?.getBeforeDeleteList() ?? [],
  }));
  return { resources, outputs: result, warnings, notes, completed, readings };
}

/** Returns the resolved values of a program's outputs. */
function valueOf<T>(outputs: T): Promise<T> {
  return new Promise((resolve) => void pulumi.output(outputs).apply((values) => resolve(values as T)));
}

/** Records the requests to the monitor, because mocks do not see parents, dependencies and options. */
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
  // Mocks do not support hooks, and a resource with a hook would never be registered.
  monitor["registerResourceHook"] = (_request, ...rest) => (rest.at(-1) as (error: null) => void)(null);
  spy<RegisterResourceRequest>("registerResource", (request) => requests.push(request));
  spy<RegisterResourceOutputsRequest>("registerResourceOutputs", (request) => completed.push(typeOf(request.getUrn())));
  return { requests, completed };
}

/** Returns the state as the engine does. A stack with routes has been deployed. */
function stateOf(stack: string, { state, input, records }: Circumstances) {
  const urn = (end: string) => `urn:pulumi:${stack}::${PROJECT}${end}`;
  const command = (host: string, stdin: string) => ({ id: "command", outputs: { triggers: [host], stdin } });
  const outputs: Record<string, object> = {};
  if (records !== undefined) outputs[urn(RECORDS_COMMAND)] = command(...records);
  if (state === undefined) return { outputs };
  const [host, ...routes] = state;
  // In the form of the script's first line: network, prefix, mask, gateway, metric.
  const words = routes.flatMap((record) => {
    const [network, mask, gateway, metric] = record.split(">");
    return [network, "24", mask, gateway, metric].map((word) => `'${word}'`);
  });
  outputs[urn(ROUTE_COMMAND)] = command(host, input ?? `set -- "$1" 1 0 0 ${words.join(" ")}\n`);
  return { outputs };
}

/** Returns the dependencies of the checks: a router that does not answer by default, and the command, because no CLI started this process. */
function depsOf(config: Config, { router, command = { verb: "up", refresh: false } }: Circumstances): Partial<Deps> {
  const readCommand = () => command;
  if (router === "dialled") {
    if ((config["router"] as Config)["host"] !== "127.0.0.1") throw new Error("tests dial the loopback alone");
    return { readCommand };
  }
  const silent = () => Promise.reject(new RouterUnreachable("192.168.50.1:22 does not answer (ECONNREFUSED)"));
  return { query: silent, readKey: silent, ...router, readCommand };
}

/** Collects the program's messages, which go to the console without an engine. */
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

/** Returns the only resource of a type. */
export function only({ resources }: Run, type: string): Registered {
  const found = resources.filter((resource) => resource.type === type);
  const [resource] = found;
  if (resource === undefined || found.length > 1) throw new Error(`${found.length} resources of type ${type}, not 1`);
  return resource;
}

/** Pulumi's mark of a secret on its way to the engine. */
const SECRET = { key: "4dabf18193072939515e22adb298388d", mark: "1b47061264138c4ac30d75fd1eb44270" };

/** Returns the value inside a secret; undefined if the value is not a secret. */
export function secretIn(value: unknown): unknown {
  const wrapped = value as Record<string, unknown> | undefined;
  return wrapped?.[SECRET.key] === SECRET.mark ? wrapped["value"] : undefined;
}
