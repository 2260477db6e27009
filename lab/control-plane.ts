import { auditLog, serviceCidr } from "./kubernetes-files";
import type { NodeSpec } from "./topology";

/** The address at which each API server finds the etcd of its own master. */
const etcdClients = "http://127.0.0.1:2379";
const peer = ({ address }: NodeSpec): string => `http://${address}:2380`;

/** Returns the command of a master's etcd member. API servers use the member on their own master; members talk over the LAN. */
export function etcd(self: NodeSpec, masters: readonly NodeSpec[]): string[] {
  return [
    "etcd",
    `--name=${self.name}`,
    "--data-dir=/var/lib/etcd",
    `--listen-client-urls=${etcdClients}`,
    `--advertise-client-urls=${etcdClients}`,
    `--listen-peer-urls=${peer(self)}`,
    `--initial-advertise-peer-urls=${peer(self)}`,
    `--initial-cluster=${masters.map((member) => `${member.name}=${peer(member)}`).join(",")}`,
    `--initial-cluster-token=${self.stack}`,
    "--log-level=warn",
    "--logger=zap",
  ];
}

export function apiServer({ address }: NodeSpec): string[] {
  return [
    "kube-apiserver",
    `--advertise-address=${address}`,
    "--secure-port=6443",
    "--cert-dir=/etc/kubernetes/pki",
    `--etcd-servers=${etcdClients}`,
    `--service-cluster-ip-range=${serviceCidr}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    "--service-account-key-file=/etc/kubernetes/sa.pub",
    "--service-account-signing-key-file=/etc/kubernetes/sa.key",
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--token-auth-file=/etc/kubernetes/tokens.csv",
    "--allow-privileged=true",
    "--audit-policy-file=/etc/kubernetes/audit.yaml",
    `--audit-log-path=${auditLog}`,
    // In megabytes. One older file is kept.
    "--audit-log-maxsize=20",
    "--audit-log-maxbackup=1",
    // There is no DNS: without this, logs and exec would look up the node's name.
    "--kubelet-preferred-address-types=InternalIP",
  ];
}

/** @param elect whether there are other controller managers, of which only the elected leader works */
export function controllerManager(leaderElection: boolean): string[] {
  return [
    "kube-controller-manager",
    "--kubeconfig=/etc/kubernetes/controller-manager.conf",
    "--service-account-private-key-file=/etc/kubernetes/sa.key",
    "--root-ca-file=/etc/kubernetes/authorities.crt",
    "--use-service-account-credentials=true",
    `--leader-elect=${leaderElection}`,
  ];
}

/** @param elect as for the controller manager */
export function scheduler(leaderElection: boolean): string[] {
  return ["kube-scheduler", "--kubeconfig=/etc/kubernetes/scheduler.conf", `--leader-elect=${leaderElection}`];
}
