/** Reads an API server's audit log. */

/** A request, without its body. */
export interface AuditedRequest {
  /** The client's address. */
  readonly address: string;
  /** Such as `get`, `list`, `watch`, `patch`. */
  readonly verb: string;
  /** The request's path with its query. */
  readonly uri: string;
  /** The program's name from its user agent; empty if there is none. */
  readonly program: string;
}

interface Event {
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly sourceIPs?: readonly string[];
}

/** Returns the requests of a log in the order of their answers. Counts a long request once, although the log has its start and its end. */
export function readAudit(log: string): AuditedRequest[] {
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
