/** What in the environment leads the Kubernetes provider to a cluster by another way than the kubeconfig does; the client here does not use it. */
const PROXIES = ["HTTPS_PROXY", "https_proxy"] as const;

/** The name of the variable that has a proxy; undefined if none has. */
export function proxyIn(env: NodeJS.ProcessEnv): string | undefined {
  return PROXIES.find((name) => (env[name] ?? "") !== "");
}
