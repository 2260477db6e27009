import { stringify } from "yaml";
import { PROJECT } from "../../../config/file-names";
import type { StackText } from "../../../config/stack-file";

/** Returns valid stack files for a number of clusters with five pools each, on a router of its own. @param count up to 256 */
export function household(count: number): StackText[] {
  return Array.from({ length: count }, (_, s) => {
    const pools = Array.from({ length: 5 }, (_, p) => ({ name: `s${s}-p${p}`, addresses: [`172.${16 + (s % 16)}.${s}.${p * 32}/27`] }));
    const config = {
      [`${PROJECT}:cluster`]: { kubeconfig: "~/.kube/config", context: `s${s}` },
      [`${PROJECT}:pools`]: pools,
      [`${PROJECT}:gateway`]: { mode: "node", addresses: [`192.168.${s}.11`] },
      [`${PROJECT}:router`]: { host: `192.168.${s}.1`, lan: "192.168.0.0/16", user: "homelab", privateKeyFile: "~/.ssh/id_ed25519" },
    };
    return { file: `Pulumi.s${s}.yaml`, text: stringify({ config }) };
  });
}

/** A number of stacks that exceeds every household's. */
export const LARGE = 200;
