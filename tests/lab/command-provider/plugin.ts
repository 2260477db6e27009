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
import type { Properties } from "../../../lab/command-provider/values";

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
  diff(state: Properties, inputs: Properties): Promise<rpc.DiffResponse>;
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
const values = (from: Struct | undefined) => from?.toJavaScript() ?? {};

export async function startPlugin(environment: Record<string, string> = {}): Promise<Plugin> {
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
  await writeLauncher(folder);
  const child = spawn(path.join(folder, "pulumi-resource-command"), [`127.0.0.1:${enginePort}`], {
    env: { ...process.env, SSH_AUTH_SOCK: "", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once("exit", (code) => reject(new Error(`The plugin ended with status ${code} before it said its port.`)));
  });
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());

  return {
    client,
    logs,
    async check(inputs, urn = URN) {
      const request = new rpc.CheckRequest().setUrn(urn).setNews(struct(inputs));
      const response = await call<rpc.CheckResponse>((reply) => client.check(request, reply));
      const failures = response.getFailuresList().map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
      return { inputs: values(response.getInputs()), failures };
    },
    diff(state, inputs) {
      const request = new rpc.DiffRequest().setUrn(URN).setOlds(struct(state)).setNews(struct(inputs));
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
