/** Environment variables that route the Kubernetes provider through a proxy. The API client here ignores them. */
const PROXIES = ["HTTPS_PROXY", "https_proxy"] as const;

/** Returns the name of the environment variable that sets a proxy; undefined if none does. */
export function proxyIn(env: NodeJS.ProcessEnv): string | undefined {
  return PROXIES.find((name) => (env[name] ?? "") !== "");
}
