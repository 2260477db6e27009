/** Downloads from chart repositories and registries, with limits of size and time. */
import { megabytes } from "../../config/size";
import { OneLineError } from "../../config/user-error";

/** A chart is not available, or it is not the expected one. The message has the reason and the fix. */
export class ChartNotFound extends OneLineError {
  override readonly name = "ChartNotFound";
  constructor(
    message: string,
    readonly fix: string,
    /** False if Pulumi may still be able to get the chart, such as with a login of Helm's. */
    readonly certain = true,
  ) {
    super(message);
  }
}

/** The dependencies of the search: the real functions, except in tests. */
export interface HttpClient {
  readonly fetch: typeof fetch;
  /** The time limit for all requests together, in milliseconds. */
  readonly limit: number;
}

/** Requests that share one time limit. */
export interface Requests {
  /** Requests an address and follows redirects. @throws ChartNotFound if the server does not answer */
  readonly get: (address: string, headers?: Headers) => Promise<Response>;
  /** Reads an answer up to a limit in bytes. @throws ChartNotFound if it is larger, or breaks off */
  readonly read: (answer: Response, address: string, most: number, fix: string) => Promise<Buffer>;
}

export type Headers = Readonly<Record<string, string>>;

/** The most redirects that are followed. */
const REDIRECTS = 5;

/** Returns the functions for a search, whose time begins now. */
export function requests({ fetch, limit }: HttpClient): Requests {
  const signal = AbortSignal.timeout(limit);
  const once = async (address: string, headers: Headers) => {
    try {
      return await fetch(address, { signal, headers, redirect: "manual" });
    } catch (error) {
      throw unreachable(address, error, limit);
    }
  };
  const get = async (address: string, headers: Headers = {}, left = REDIRECTS): Promise<Response> => {
    const answer = await once(address, headers);
    const location = answer.headers.get("location");
    if (answer.status < 300 || answer.status > 399 || location === null || left === 0) return answer;
    await answer.body?.cancel().catch(() => undefined);
    const next = resolveAddress(location, address);
    // Another host must not get the registry's token.
    const others = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "authorization"));
    return get(next, new URL(next).origin === new URL(address).origin ? headers : others, left - 1);
  };
  const read = async ({ body }: Response, address: string, most: number, fix: string) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    try {
      for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > most) throw new ChartNotFound(`${address} sends more than ${megabytes(most)}`, fix);
      }
    } catch (error) {
      throw error instanceof ChartNotFound ? error : unreachable(address, error, limit);
    }
    return Buffer.concat(chunks);
  };
  return { get: (address, headers) => get(address, headers), read };
}

/** Returns the absolute form of an address that a server names. @throws ChartNotFound if it is not a URL, or leads from https to http */
export function resolveAddress(address: string, base: string): string {
  const fix = "use a repository that has all its files at https:// addresses";
  if (!URL.canParse(address, base)) throw new ChartNotFound(`${base} leads to an address that is not a URL`, fix);
  const next = new URL(address, base);
  if (new URL(base).protocol === "https:" && next.protocol !== "https:")
    throw new ChartNotFound(`${base} leads to ${next.protocol}//${next.host}, which is not https`, fix, false);
  return next.href;
}

/** Returns the error for an answer without the file. */
export function statusError(address: string, status: number): ChartNotFound {
  // Helm may have stored a login for this registry, which the provider would use.
  if (status === 401 || status === 403) return new ChartNotFound(`${address} answers ${status}`, "log in there with helm", false);
  return new ChartNotFound(`${address} answers ${status}`, "correct metallb.repository or metallb.chart");
}

/** The message of fetch says only that it failed; its cause has the reason. */
function unreachable(address: string, error: unknown, limit: number): ChartNotFound {
  const { name, cause } = error as Error & { cause?: { code?: string; message?: string } };
  const late = name === "TimeoutError" || name === "AbortError";
  const reason = late ? `silent for ${limit / 1000} s` : (cause?.code ?? cause?.message ?? name);
  const what = `${new URL(address).origin} does not answer (${reason})`;
  if ((process.env["HTTPS_PROXY"] ?? process.env["https_proxy"]) === undefined)
    return new ChartNotFound(what, "check the connection to it");
  return new ChartNotFound(what, "this check does not use HTTPS_PROXY, which Pulumi's provider uses", false);
}
