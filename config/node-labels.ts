/** The label of a master. kubeadm, k3s and similar tools set it. */
export const MASTER_LABEL = "node-role.kubernetes.io/control-plane";
/** The label of a master before Kubernetes 1.24 (kubernetes/enhancements, KEP-2067). */
export const FORMER_MASTER_LABEL = "node-role.kubernetes.io/master";
/** The label that excludes a node from load balancing, unless the speakers ignore it. kubeadm sets it on masters. */
export const EXCLUSION_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";
