import * as crypto from "node:crypto";
import * as os from "node:os";
import * as path from "node:path";
import { UserError } from "../config/user-error";

/**
 * Everything that is kept between runs - tools, downloads, the labs' folders - lies here. `HOMELAB_CACHE` names another parent for it; the last
 * part of the path is always ours, since `make clean-tools` removes the folder.
 */
export const cacheFolder = path.resolve(process.env["HOMELAB_CACHE"] ?? path.join(os.homedir(), ".cache"), "homelab-network");

/** Where one lab keeps all it has. Removing the folder (after stopping its hosts) removes the lab. */
export interface LabFolders {
  readonly name: string;
  /** The lab's own folder. */
  readonly root: string;
  /** The Pulumi project as the lab sees it: the program by links, the stack files as copies with the lab's overlay. */
  readonly project: string;
  /** The engine's home: plugins, credentials. */
  readonly pulumiHome: string;
  /** The file backend's folder. */
  readonly state: string;
  readonly passphrase: string;
  readonly sshKey: string;
  /** What the engine would put into /tmp. */
  readonly temporary: string;
  readonly logs: string;
  /** What was built and when, so that a second run knows where the first one got to. */
  readonly record: string;
  /** The cgroup of the lab's hosts, below every hierarchy's root. */
  readonly cgroup: string;
}

/** The folders of the lab called `name`, in a folder for labs. @throws UserError where the name could not be a folder's or a host's. */
export function labFolders(name: string, parent = path.join(cacheFolder, "labs")): LabFolders {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
    throw new UserError(`LAB: "${name}" is not a valid lab name: use up to 31 lower-case letters, digits and dashes, a letter first.`);
  }
  const root = path.join(parent, name);
  const tag = crypto.createHash("sha256").update(root).digest("hex").slice(0, 8);
  return {
    name,
    root,
    project: path.join(root, "project"),
    pulumiHome: path.join(root, "pulumi"),
    state: path.join(root, "state"),
    passphrase: path.join(root, "passphrase"),
    sshKey: path.join(root, "ssh", "id_ed25519"),
    temporary: path.join(root, "tmp"),
    logs: path.join(root, "logs"),
    record: path.join(root, "lab.json"),
    cgroup: `homelab-network/${name}-${tag}`,
  };
}

/** The kubeconfig that reaches a stack's cluster from the operator host. */
export function kubeconfigOf(lab: LabFolders, stack: string): string {
  return path.join(lab.root, "kubeconfig", stack);
}
