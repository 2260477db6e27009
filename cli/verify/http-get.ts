/** Sends one HTTP request to a service, from this machine or from another. */
import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import execa from "execa";

/** The service's reply. */
export interface Reply {
  /** The HTTP status; left out if only a TCP connection was made. */
  readonly status?: number;
  /** Until the reply began, in milliseconds. */
  readonly milliseconds: number;
}

/** Sends an HTTP GET request. Rejects with a short reason if the server sends no reply. */
export type HttpGet = (url: string, signal: AbortSignal) => Promise<Reply>;

/** The time limit of one request, in milliseconds. Short, because a new service never answers packets that it has dropped. */
const LIMIT = 1000;

/** Sends the request from this machine. Certificates are not checked, because only reachability matters. */
export const fromHere: HttpGet = (url, signal) =>
  new Promise((resolve, reject) => {
    const started = performance.now();
    const { get } = url.startsWith("https:") ? https : http;
    const request = get(url, { agent: false, rejectUnauthorized: false, signal, timeout: LIMIT }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, milliseconds: Math.round(performance.now() - started) });
      request.destroy();
    });
    request.on("timeout", () => request.destroy(new Error(`silent for ${LIMIT / 1000} s`)));
    request.on("error", (error: NodeJS.ErrnoException) => reject(new Error(error.code ?? error.message)));
  });

/**
 * Sends the request from another machine, with this machine's `ssh` and the other machine's curl. ssh asks no questions: keys and host keys
 * must be set up.
 *
 * @param host in ssh's notation, such as `me@192.168.50.40`
 */
export function fromHost(host: string): HttpGet {
  return async (url, signal) => {
    const command = `curl --silent --show-error --insecure --globoff --max-time ${LIMIT / 1000} --output /dev/null --write-out '%{http_code} %{time_starttransfer}' ${quotedUrl(url)}`;
    const ssh = runBySsh(host, command);
    const stop = () => ssh.kill();
    signal.addEventListener("abort", stop);
    const { exitCode, stdout, stderr, timedOut } = await ssh.finally(() => signal.removeEventListener("abort", stop));
    const [status = NaN, seconds = NaN] = stdout.trim().split(" ").map(Number);
    if (exitCode === 0 && status > 0) return { status, milliseconds: Math.round(seconds * 1000) };
    throw new Error(timedOut ? `ssh ${host} did not end within 15 s` : lastLineOf(stderr) || `ssh ${host} ended with ${exitCode}`);
  };
}

/** Runs a command on another machine with this machine's `ssh`, which asks no questions. Accepts any exit status. */
export const runBySsh = (host: string, command: string) =>
  execa("ssh", ["-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "--", host, command], { reject: false, timeout: 15_000 });

export const lastLineOf = (text: string): string => text.trim().split("\n").at(-1)?.trim() ?? "";

/** Quotes a URL for a shell. @throws Error if its host is not an IP address: the host comes from the API server, which may be malicious */
export function quotedUrl(url: string): string {
  const { protocol, hostname } = new URL(url);
  if (!/^(https?|telnet):$/.test(protocol) || isIP(hostname.replace(/^\[|\]$/g, "")) === 0)
    throw new Error(`${JSON.stringify(hostname)} is no address`);
  return `'${url.replaceAll("'", "'\\''")}'`;
}
