/** Turns the errors of requests to an API server into a sentence and a fix for each cause. */
import { megabytes } from "../../config/size";
import { NoResponse } from "./no-response";

/** The parts of a connection that the sentences need. */
interface Connection {
  readonly url: URL;
  readonly proxy?: URL;
  readonly options?: { readonly ca?: unknown };
}

/** The error of a request: a code, and for some errors the server's certificate. */
type RequestError = NodeJS.ErrnoException & { readonly cert?: { readonly subjectaltname?: string } };

const CORRECT = "correct cluster.kubeconfig and cluster.context";
const NO_API_SERVER = `another program may use this address: ${CORRECT}`;
const RENEW = "renew the credentials of the kubeconfig's user: its token or client certificate is wrong or has expired";

/** Node's codes for a certificate that no known authority has signed. */
const UNTRUSTED = [
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "INVALID_CA",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

/** Returns the error for a request that got no answer. */
export function connectionError(connection: Connection, error: RequestError): NoResponse {
  const { url, proxy } = connection;
  const code = error.code ?? error.name;
  const silent = (fix: string) => new NoResponse(`${url.origin} does not answer (${code})`, fix);
  const shows = (what: string, fix: string) => new NoResponse(`${url.origin} shows a certificate ${what} (${code})`, fix);
  if (UNTRUSTED.includes(code)) return untrusted(connection, shows);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return shows(`for other names${namesIn(error)}`, "use one of its names as the kubeconfig's server, or set tls-server-name there");
  if (code === "CERT_HAS_EXPIRED") return shows("that has expired", "renew the API server's certificate, and check this machine's clock");
  if (code === "CERT_NOT_YET_VALID") return shows("that is not valid yet", "check the clocks of this machine and of the cluster");
  if (/^ERR_SSL_.*_ALERT_.*(CERTIFICATE|UNKNOWN_CA)/.test(code))
    return new NoResponse(`${url.origin} rejects the client certificate of the kubeconfig's user (${code})`, RENEW);
  if (/^ERR_(OSSL|CRYPTO)_/.test(code))
    return new NoResponse(
      `the certificates or the key in the kubeconfig cannot be used for ${url.origin} (${code})`,
      "copy a new kubeconfig from the cluster",
    );
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) return new NoResponse(`${url.origin} does not speak TLS (${code})`, NO_API_SERVER);
  if (code.startsWith("HPE_")) return new NoResponse(`${url.origin} does not speak HTTP (${code})`, NO_API_SERVER);
  if (proxy !== undefined) return silent(`start the proxy ${proxy.host} of the kubeconfig, or correct its proxy-url`);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new NoResponse(
      `the name ${url.hostname} cannot be resolved (${code})`,
      "correct the kubeconfig's server, or the DNS of this machine",
    );
  if (code === "ECONNRESET" || code === "EPIPE") return silent("wait until its API server has started, and try again");
  if (code === "ECONNREFUSED") return silent(`start its API server, or ${CORRECT}`);
  return silent(`start it, check the network to it (VPN, firewall), or ${CORRECT}`);
}

function untrusted({ options }: Connection, shows: (what: string, fix: string) => NoResponse): NoResponse {
  return options?.ca === undefined
    ? shows("that this machine does not trust", "add the cluster's certificate-authority-data to the kubeconfig")
    : shows("that the kubeconfig's authority has not signed", "copy a new kubeconfig from the cluster, which may have been rebuilt");
}

/** Returns the names in the server's certificate, if they are printable. */
function namesIn({ cert }: RequestError): string {
  const names = cert?.subjectaltname ?? "";
  return /^[\w.:*, -]{1,200}$/.test(names) ? `: ${names}` : "";
}

/** Returns the error for a server that accepts a connection and does not answer in time. @param limit in seconds */
export const timeoutError = ({ url }: Connection, request: string, limit: number): NoResponse =>
  new NoResponse(`${url.origin} accepts connections, but has not answered ${request} within ${limit} s`, BUSY);

const BUSY = "wait until its API server is less busy, and try again";

/** Returns the error for an answer with a status that the request does not expect. */
export function statusError({ url }: Connection, path: string, status: number, method = "GET"): NoResponse {
  if (status === 401) return new NoResponse(`${url.origin} rejects the credentials of the kubeconfig's user (401)`, RENEW);
  const answers = (fix: string) => new NoResponse(`${url.origin} answers ${status} to ${method} ${path}`, fix);
  if (status === 403) return answers(`give the kubeconfig's user the right to ${rightFor(path, method)}`);
  if (status === 429) return answers(BUSY);
  if (status >= 500) return answers('wait until its API server is ready: "kubectl get --raw /readyz"');
  return answers(status === 400 && url.protocol === "http:" ? "write https:// in the kubeconfig's server" : NO_API_SERVER);
}

/** Returns the error for an answer that no API server gives. */
export const foreign = ({ url }: Connection, path: string): NoResponse =>
  new NoResponse(`${url.origin} answers GET ${path} as no API server does`, NO_API_SERVER);

/** Returns the error for an answer that is longer than any of an API server. */
export const endless = ({ url }: Connection, request: string, limit: number): NoResponse =>
  new NoResponse(`${url.origin} answers ${request} with more than ${megabytes(limit)}`, NO_API_SERVER);

/** Returns the right that a request to a path needs, such as `list nodes`. */
function rightFor(path: string, method: string): string {
  const parts = /^\/(?:api|apis\/[^/]+)\/[^/?]+(?:\/namespaces\/[^/?]+(?=\/))?\/([^/?]+)(\/[^?]+)?/.exec(path);
  if (parts === null) return `get ${path}`;
  const [, resource, name] = parts;
  const verb = method === "POST" ? "create" : name === undefined ? "list" : "get";
  return `${verb} ${resource}`;
}
