import { isInline, parseKubeconfig, type KubeconfigContent } from "../../config/kubeconfig";
import { localPath } from "../../config/local-path";

/** A kubeconfig in the form that the Kubernetes provider can use from any folder. */
export interface ProviderKubeconfig {
  /** An absolute path, or the content. */
  readonly text: string;
  /** Whether the text is the content, which has secrets. */
  readonly isContent: boolean;
}

/**
 * Returns the kubeconfig for the provider. kubectl resolves a kubeconfig's paths from the kubeconfig's folder, and the provider from its own.
 * So a kubeconfig with relative paths is passed as its content, with absolute paths.
 *
 * @param kubeconfig the path or the content
 * @param content the content that was read
 */
export function providerKubeconfig(kubeconfig: string, content: KubeconfigContent): ProviderKubeconfig {
  const { kubeconfig: resolved, hasRelativePaths } = parseKubeconfig(content);
  if (hasRelativePaths) return { text: JSON.stringify(resolved), isContent: true };
  return isInline(kubeconfig) ? { text: kubeconfig, isContent: true } : { text: localPath(kubeconfig), isContent: false };
}
