/** A kubeconfig's content, which holds secrets, and the folder that its paths start from. */
export interface KubeconfigContent {
  readonly text: string;
  readonly folder: string;
}

/** Whether a stack file's kubeconfig is the content itself, and not a path. */
export function isInline(kubeconfig: string): boolean {
  return kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{");
}
