import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { diffInputs, inputOf, type Change, type PropertyChange } from "./diff";
import { engineLogs } from "./engine-log";
import { checkInputs } from "./inputs";
import * as lifecycle from "./lifecycle";
import { schema } from "./schema";
import { withoutNulls, type Properties } from "./values";

/** The release that this plugin imitates, and reports as its version. */
export const VERSION = "1.2.1";

/** What release 1.2.1 adds to the provider's inputs: the version of the framework that it is built with. */
const FRAMEWORK = { "__pulumi-go-provider-version": "1.2.0" };

const properties = (struct: Struct | undefined): Properties => withoutNulls(struct?.toJavaScript() ?? {});
const struct = (values: Properties): Struct => Struct.fromJavaScript(values);

/** Wraps the handler of a call. The engine shows the handler's errors word for word. */
function answer<Request, Response>(handle: (request: Request) => Promise<Response> | Response): grpc.handleUnaryCall<Request, Response> {
  return (call, reply) => {
    Promise.resolve(call.request)
      .then(handle)
      .then(
        (response) => reply(null, response),
        (error: Error) => reply({ code: grpc.status.UNKNOWN, details: error.message }),
      );
  };
}

const refuse = (what: string): grpc.handleUnaryCall<unknown, never> => {
  return (_call, reply) =>
    reply({
      code: grpc.status.UNIMPLEMENTED,
      details: `The lab's command provider serves command:remote:Command only, and has no ${what}.`,
    });
};

/** A running plugin. `close` ends every open call. */
export interface Running {
  readonly port: number;
  close(): void;
}

/** Serves the provider on a free loopback port, for the engine at `engine`, "host:port". */
export function serve(engine: string): Promise<Running> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(ResourceProviderService, handlers(engine));
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve({ port, close: () => server.forceShutdown() }),
    );
  });
}

function handlers(engine: string): grpc.UntypedServiceImplementation {
  const logOf = engineLogs(engine);
  const cancellation = new AbortController();
  let sendsOldInputs = false;
  const around = (urn: string): lifecycle.Surroundings => ({ log: logOf(urn), cancelled: cancellation.signal });
  return {
    getPluginInfo: answer(() => new plugin.PluginInfo().setVersion(VERSION)),
    getSchema: answer(() => new rpc.GetSchemaResponse().setSchema(schema(VERSION))),
    checkConfig: answer((request: rpc.CheckRequest) =>
      new rpc.CheckResponse().setInputs(struct({ ...properties(request.getNews()), ...FRAMEWORK })),
    ),
    // The engine then compares the provider's inputs itself, as with release 1.2.1.
    diffConfig: (_call: unknown, reply: grpc.sendUnaryData<never>) =>
      reply({ code: grpc.status.UNIMPLEMENTED, details: "DiffConfig is not implemented" }),
    configure: answer((request: rpc.ConfigureRequest) => {
      sendsOldInputs = request.getSendsOldInputs() && request.getSendsOldInputsToDelete();
      return new rpc.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true).setAcceptresources(true);
    }),
    check: answer((request: rpc.CheckRequest) => {
      lifecycle.resourceName(request.getUrn());
      const { inputs, failures } = checkInputs(properties(request.getNews()));
      const list = failures.map(({ property, reason }) => new rpc.CheckFailure().setProperty(property).setReason(reason));
      const response = new rpc.CheckResponse().setInputs(struct(inputs));
      response.setFailuresList(list);
      return response;
    }),
    diff: answer((request: rpc.DiffRequest) =>
      diffResponse(properties(sendsOldInputs ? request.getOldInputs() : request.getOlds()), properties(request.getNews())),
    ),
    create: answer(async (request: rpc.CreateRequest) => {
      const urn = request.getUrn();
      const { id, state } = await lifecycle.create(urn, properties(request.getProperties()), request.getPreview(), around(urn));
      return new rpc.CreateResponse().setId(id).setProperties(struct(state));
    }),
    update: answer(async (request: rpc.UpdateRequest) => {
      const [olds, news] = [properties(request.getOlds()), properties(request.getNews())];
      return new rpc.UpdateResponse().setProperties(
        struct(await lifecycle.update(olds, news, request.getPreview(), around(request.getUrn()))),
      );
    }),
    delete: answer(async (request: rpc.DeleteRequest) => {
      await lifecycle.remove(properties(request.getProperties()), around(request.getUrn()));
      return new Empty();
    }),
    // A command has no remote object to read, so the state is returned unchanged.
    read: answer((request: rpc.ReadRequest) =>
      new rpc.ReadResponse().setId(request.getId()).setProperties(request.getProperties()).setInputs(request.getInputs()),
    ),
    // Ends the wait between two dials. A running command continues, as in release 1.2.1.
    cancel: answer(() => {
      cancellation.abort();
      return new Empty();
    }),
    invoke: refuse("functions"),
    call: refuse("methods"),
    construct: refuse("components"),
  };
}

const { Kind } = rpc.PropertyDiff;
const KINDS: Readonly<Record<Change, readonly [inPlace: rpc.PropertyDiff.Kind, replace: rpc.PropertyDiff.Kind]>> = {
  add: [Kind.ADD, Kind.ADD_REPLACE],
  delete: [Kind.DELETE, Kind.DELETE_REPLACE],
  update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
};

function diffResponse(olds: Properties, news: Properties): rpc.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
  const changes = diffInputs(olds, news);
  const names = (of: readonly PropertyChange[]): string[] => [...new Set(of.map(({ path }) => inputOf(path)))];
  const response = new rpc.DiffResponse().setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME).setHasdetaileddiff(true);
  response.setDiffsList(names(changes));
  response.setReplacesList(names(changes.filter(({ replace }) => replace)));
  for (const { path, change, replace } of changes) {
    response.getDetaileddiffMap().set(path, new rpc.PropertyDiff().setKind(KINDS[change][replace ? 1 : 0]));
  }
  return response;
}
