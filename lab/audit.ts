/** What an API server wrote down of who asked it for what. */

/** A request, without what was said. */
export interface Asked {
  /** Where it came from. */
  readonly address: string;
  /** Such as `get`, `list`, `watch`, `patch`. */
  readonly verb: string;
  /** With its query. */
  readonly uri: string;
  /** What the program calls itself; empty where it does not. */
  readonly program: string;
}

interface Event {
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly sourceIPs?: readonly string[];
}

/** The requests in a log, in the order in which they were answered, each once: what is long under way is written down at its begin and at its end. */
export function readAudit(log: string): Asked[] {
  const events = log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Event);
  const first = new Map<string, Event>();
  for (const event of events) if (!first.has(event.auditID)) first.set(event.auditID, event);
  return [...first.values()].map(({ verb, requestURI, userAgent = "", sourceIPs = [] }) => ({
    address: sourceIPs[0] ?? "",
    verb,
    uri: requestURI,
    program: userAgent.split("/")[0] ?? "",
  }));
}
