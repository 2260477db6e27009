/** Helm values for MetalLB in layer 2 mode in a cluster made by kubeadm. The stack file's `values` are merged over them. */
export const layer2Values = {
  speaker: {
    frr: { enabled: false },
    // kubeadm sets the exclusion label on masters. A speaker that respects it would announce nothing there.
    ignoreExcludeLB: true,
  },
  frrk8s: { enabled: false },
};
