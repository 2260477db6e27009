import type { AuditedRequest } from "../../lab/audit";
import type { Lab } from "../../lab/lab";
import { until } from "../../lab/wait";

/** The requests and connections of a run. */
export interface Usage {
  /** Requests to the cluster's API server: client, verb and path. */
  readonly requests: readonly string[];
  /** Connections to the router's SSH server, each with its result. */
  readonly connections: readonly string[];
}

/** Runs work on the operator host, and reads the usage from the logs of a stack's cluster and the router. Nothing else may run there. */
export async function usageOf(lab: Lab, stack: string, work: () => Promise<unknown>): Promise<Usage> {
  const before = { mark: await mark(lab, stack), connections: await connections(lab) };
  await work();
  const after = { mark: await mark(lab, stack), connections: await connections(lab) };
  const asked = lab.cluster(stack).auditedRequests();
  const [from, to] = [before, after].map(({ mark }) => asked.findIndex(({ uri }) => uri === mark));
  const ours = asked.slice((from ?? 0) + 1, to).filter(({ address }) => address === lab.topology.operator.address);
  return { requests: ours.map(wordOf), connections: after.connections.slice(before.connections.length) };
}

let marks = 0;

/** Sends a request that marks a place in the API server's log: earlier requests are above it, later ones below. */
async function mark(lab: Lab, stack: string): Promise<string> {
  const uri = `/version?mark=${++marks}`;
  await lab.kubectl(stack, ["get", "--raw", uri]);
  await until(`${uri} in the API server's log`, () =>
    lab
      .cluster(stack)
      .auditedRequests()
      .some((asked) => asked.uri === uri),
  );
  return uri;
}

function wordOf({ verb, uri, program }: AuditedRequest): string {
  const { pathname, searchParams } = new URL(uri, "https://cluster");
  return `${program === "" ? "program" : program}: ${verb}${searchParams.has("dryRun") ? " (dry run)" : ""} ${pathname}`;
}

/** Returns the connections in the router's log since its boot, after each has ended. */
async function connections(lab: Lab): Promise<string[]> {
  return until("the end of every connection to the router", async () => {
    const { stdout } = await lab.router.host.exec(["cat", "/tmp/syslog.log"]);
    const begun = [...stdout.matchAll(/^\[(\d+)\] .* Child connection from /gm)].map(([, process]) => process);
    const ended = begun.map((process) => {
      const lines = stdout.split("\n").filter((line) => line.startsWith(`[${process}] `));
      if (!lines.some((line) => line.includes(" Exit "))) return undefined;
      return lines.some((line) => line.includes(" auth succeeded ")) ? "logged in" : "no login";
    });
    return ended.includes(undefined) ? undefined : (ended as string[]);
  });
}
