import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogSeverity, type LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { writeLauncher } from "../../../lab/command-provider/install";
import { scratchFolder } from "../scratch";
import { isPlainObject, secret, UNKNOWN, isUnknown, type Properties, type Value } from "../../../lab/command-provider/values";

export const URN = "urn:pulumi:test::homelab-network::homelab:Route$command:remote:Command::route";

export interface LogEntry {
  readonly severity: "info" | "warning" | "error" | "other";
  readonly message: string;
  readonly urn: string;
  readonly ephemeral: boolean;
}

/** A plugin as the engine runs it, with its calls as promises, and its messages to the engine. */
export interface Plugin {
  readonly client: ResourceProviderClient;
  readonly logs: LogEntry[];
  check(inputs: Properties, urn?: string): Promise<{ inputs: Properties; failures: { property: string; reason: string }[] }>;
  /** Compares new inputs with old ones, which are by default those in the state. */
  diff(state: Properties, inputs: Properties, oldInputs?: Properties): Promise<rpc.DiffResponse>;
  create(inputs: Properties, preview?: boolean): Promise<{ id: string; state: Properties }>;
  update(state: Properties, inputs: Properties, preview?: boolean): Promise<Properties>;
  delete(state: Properties): Promise<void>;
  cancel(): Promise<unknown>;
  stop(): void;
}

/** Wraps one call of a client in a promise. An error has the text that the engine would show. */
export const call = <Response>(
  send: (reply: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> =>
  new Promise((resolve, reject) => send((error, response) => (error ? reject(new Error(error.details)) : resolve(response))));

const struct = (values: Properties) => Struct.fromJavaScript(values);

/** The marks of an output value, with which a plugin may return a secret that is not known yet. Source: sdk/go/common/resource/sig of Pulumi. */
const [MARK, OUTPUT] = ["4dabf18193072939515e22adb298388d", "d0e6a833031e9bbcd3f4e8bde6ca49a4"];

/** Returns properties as the engine reads them: it keeps neither output values nor the types of unknowns. */
const values = (from: Struct | undefined): Properties => (from === undefined ? {} : (asEngine(from.toJavaScript()) as Properties));

function asEngine(value: Value): Value {
  if (isUnknown(value)) return UNKNOWN;
  if (Array.isArray(value)) return value.map(asEngine);
  if (typeof value !== "object" || value === null) return value;
  if (!isPlainObject(value) && value[MARK] === OUTPUT) {
    const held = asEngine(value["value"] ?? UNKNOWN);
    return value["secret"] === true ? secret(held) : held;
  }
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, asEngine(held)]));
}

const stateOutputs = ["stdout", "stderr"];

/** Starts a plugin's program, by default the lab's stand-in, and configures it as the engine does. */
export async function startPlugin(environment: Record<string, string> = {}, program?: string): Promise<Plugin> {
  const logs: LogEntry[] = [];
  const engine = new grpc.Server();
  const severities = new Map<number, LogEntry["severity"]>([
    [LogSeverity.INFO, "info"],
    [LogSeverity.WARNING, "warning"],
    [LogSeverity.ERROR, "error"],
  ]);
  engine.addService(EngineService, {
    log: ({ request }: { request: LogRequest }, reply: grpc.sendUnaryData<Empty>) => {
      const severity = severities.get(request.getSeverity()) ?? "other";
      logs.push({ severity, message: request.getMessage(), urn: request.getUrn(), ephemeral: request.getEphemeral() });
      reply(null, new Empty());
    },
  });
  const enginePort = await new Promise<number>((resolve, reject) => {
    engine.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)));
  });

  const folder = scratchFolder("command-provider");
  if (program === undefined) await writeLauncher(folder);
  const child = spawn(program ?? path.join(folder, "pulumi-resource-command"), [`127.0.0.1:${enginePort}`], {
    env: { ...process.env, SSH_AUTH_SOCK: "", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once("exit", (code) => reject(new Error(`The plugin ended with status ${code} before it said its port.`)));
  });
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const configuration = new rpc.ConfigureRequest().setAcceptsecrets(true).setAcceptresources(true).setArgs(struct({}));
  configuration.setSendsOldInputs(true).setSendsOldInputsToDelete(true);
  await call<rpc.ConfigureResponse>((reply) => client.configure(configuration, reply));

  return {
    client,
    logs,
    async check(inputs, urn = URN) {
      const request = new rpc.CheckRequest().setUrn(urn).setNews(struct(inputs));
      const response = await call<rpc.CheckResponse>((reply) => client.check(request, reply));
      const failures = response.getFailuresList().map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
      return { inputs: values(response.getInputs()), failures };
    },
    diff(state, inputs, oldInputs = Object.fromEntries(Object.entries(state).filter(([key]) => !stateOutputs.includes(key)))) {
      const request = new rpc.DiffRequest().setId("id").setUrn(URN).setOlds(struct(state)).setNews(struct(inputs));
      request.setOldInputs(struct(oldInputs));
      return call((reply) => client.diff(request, reply));
    },
    async create(inputs, preview = false) {
      const request = new rpc.CreateRequest().setUrn(URN).setProperties(struct(inputs)).setPreview(preview);
      const response = await call<rpc.CreateResponse>((reply) => client.create(request, reply));
      return { id: response.getId(), state: values(response.getProperties()) };
    },
    async update(state, inputs, preview = false) {
      const request = new rpc.UpdateRequest().setId("id").setUrn(URN).setOlds(struct(state)).setNews(struct(inputs)).setPreview(preview);
      const response = await call<rpc.UpdateResponse>((reply) => client.update(request, reply));
      return values(response.getProperties());
    },
    async delete(state) {
      const request = new rpc.DeleteRequest().setId("id").setUrn(URN).setProperties(struct(state));
      await call<Empty>((reply) => client.delete(request, reply));
    },
    cancel: () => call<Empty>((reply) => client.cancel(new Empty(), reply)),
    stop() {
      client.close();
      child.kill();
      engine.forceShutdown();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
