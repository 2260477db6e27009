/** What a pure layer 2 MetalLB needs in a cluster made by kubeadm; `values` of the stack file merge over it. */
export const layer2Values = {
  speaker: {
    frr: { enabled: false },
    // kubeadm labels its masters as excluded from load balancers; a speaker that heeds that announces nothing there.
    ignoreExcludeLB: true,
  },
  frrk8s: { enabled: false },
};
