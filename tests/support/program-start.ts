import { join } from "node:path";

import * as grpc from "@grpc/grpc-js";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { RegisterResourceResponse, SupportsFeatureResponse } from "@pulumi/pulumi/proto/resource_pb";
import execa from "execa";

import { PROJECT, readYaml, ROOT, type Config } from "./stack-files";

/** The part of Pulumi.yaml about how the program runs. */
interface Runtime {
  readonly options: { readonly typescript: boolean; readonly nodeargs: string };
}

/**
 * Starts the program for lab-dev in a process of its own, as the language host does, with a minimal engine.
 *
 * @returns the files that Node has loaded once the program is loaded
 * @throws with the output if the process ends before that
 */
export async function filesAtStart(config: Config): Promise<string[]> {
  const { runtime } = readYaml("Pulumi.yaml") as { runtime: Runtime };
  const { typescript, nodeargs } = runtime.options;
  const engine = await serveEngine();
  const address = `127.0.0.1:${engine.port}`;
  const places = ["--monitor", address, "--engine", address, "--project", PROJECT, "--stack", "lab-dev", "--organization", "organization"];
  const program = ["--dry-run", join(ROOT, "tests", "support", "loaded-modules.ts")];
  const argv = [...nodeargs.split(" "), join(ROOT, "node_modules", "@pulumi", "pulumi", "cmd", "run"), ...places, ...program];
  const values = Object.entries(config).map(([key, value]) => [`${PROJECT}:${key}`, JSON.stringify(value)]);
  const env = {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(values)),
    PULUMI_NODEJS_TYPESCRIPT: String(typescript),
    HOMELAB_PROGRAM: join(ROOT, "index.ts"),
  };
  const { stdout, stderr } = await execa(process.execPath, argv, { cwd: ROOT, env, reject: false }).finally(engine.close);
  const list = stdout.split("\n").find((line) => line.startsWith("["));
  if (list === undefined) throw new Error(`the program ended before it was loaded:\n${stdout}\n${stderr}`);
  return JSON.parse(list) as string[];
}

/** Serves an engine that claims every feature and answers every registration with the stack. */
async function serveEngine(): Promise<{ port: number; close: () => void }> {
  const stack = new RegisterResourceResponse();
  stack.setUrn(`urn:pulumi:lab-dev::${PROJECT}::pulumi:pulumi:Stack::${PROJECT}-lab-dev`);
  const yes = new SupportsFeatureResponse();
  yes.setHassupport(true);
  const server = new grpc.Server();
  server.addService(ResourceMonitorService, {
    supportsFeature: (_: unknown, reply: grpc.sendUnaryData<SupportsFeatureResponse>) => reply(null, yes),
    registerResource: (_: unknown, reply: grpc.sendUnaryData<RegisterResourceResponse>) => reply(null, stack),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, free) => (error ? reject(error) : resolve(free)));
  });
  return { port, close: () => server.forceShutdown() };
}
