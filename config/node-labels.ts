/** The label that makes a node a master: kubeadm, k3s and their like set it. */
export const MASTER_LABEL = "node-role.kubernetes.io/control-plane";
/** The one that kubeadm wrote before Kubernetes 1.24 (kubernetes/enhancements, KEP-2067). */
export const FORMER_MASTER_LABEL = "node-role.kubernetes.io/master";
/** With this label, which kubeadm sets on masters, a node takes no part in load balancing, unless the speakers ignore it. */
export const EXCLUSION_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";
