import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Messages to the engine about one resource. */
export interface Log {
  /** Shown while the engine works on the resource, and not kept. */
  status(message: string): void;
  warning(message: string): void;
  error(message: string): void;
  /** Resolves when the engine has received all messages, in order. */
  sent(): Promise<void>;
}

/** Creates the logs of resources, over one connection to the engine at `address`, "host:port". */
export function engineLogs(address: string): (urn: string) => Log {
  const engine = new EngineClient(address, grpc.credentials.createInsecure());
  return (urn) => {
    let queue = Promise.resolve();
    const send = (severity: LogRequest["getSeverity"] extends () => infer S ? S : never, ephemeral: boolean) => (message: string) => {
      const request = new LogRequest();
      request.setSeverity(severity);
      request.setUrn(urn);
      request.setMessage(message);
      request.setEphemeral(ephemeral);
      // An engine that has ended receives no messages; the result of the run stands.
      queue = queue.then(() => new Promise((done) => engine.log(request, () => done())));
    };
    return {
      status: send(LogSeverity.INFO, true),
      warning: send(LogSeverity.WARNING, false),
      error: send(LogSeverity.ERROR, false),
      sent: () => queue,
    };
  };
}
