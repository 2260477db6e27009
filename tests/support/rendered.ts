import type { KubeObject } from "../../cluster/manifests/kube-object";
import { renderStack, type RenderedStack } from "../../cluster/manifests/rendered-stack";
import { inspectStack, parsedOrThrow } from "../../config/parse";
import { devConfig, type Config } from "./stack-files";

/** Returns a stack as it would be deployed. @param encrypted the paths of encrypted values */
export function renderedStack(
  config: Config = devConfig(),
  { stack = "lab-dev", chart = [], encrypted = [] }: { stack?: string; chart?: readonly KubeObject[]; encrypted?: readonly string[] } = {},
): RenderedStack {
  return renderStack(parsedOrThrow(inspectStack({ stack, config, encrypted: new Set(encrypted) })), chart);
}

/** Returns a workload with a container's image. */
export const workload = (image: string, version = "v1", kind = "Deployment"): KubeObject => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name: "metallb-controller", namespace: "metallb-system", labels: { "app.kubernetes.io/version": version } },
  spec: { template: { spec: { containers: [{ name: "controller", image, args: ["--port=7472", "--log-level=info"] }] } } },
});
