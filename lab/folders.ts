import * as crypto from "node:crypto";
import * as os from "node:os";
import * as path from "node:path";
import { UserError } from "../config/user-error";

/**
 * The folder for everything that is kept between runs: tools, downloads, and the labs' folders. `HOMELAB_CACHE` sets another parent folder.
 * The last part of the path is fixed, because `make clean-tools` removes the folder.
 */
export const cacheFolder = path.resolve(process.env["HOMELAB_CACHE"] ?? path.join(os.homedir(), ".cache"), "homelab-network");

/** The folders of one lab. Removing the root folder, after its hosts were stopped, removes the lab. */
export interface LabFolders {
  readonly name: string;
  /** The lab's own folder. */
  readonly root: string;
  /** The lab's Pulumi project: the program as links, the stack files as copies with the lab's overlay. */
  readonly project: string;
  /** The engine's home: plugins and credentials. */
  readonly pulumiHome: string;
  /** The file backend's folder. */
  readonly state: string;
  readonly passphrase: string;
  readonly sshKey: string;
  /** The engine's replacement for /tmp. */
  readonly temporary: string;
  readonly logs: string;
  /** The record of the hosts that were created, from which a later run continues. */
  readonly record: string;
  /** The cgroup of the lab's hosts, relative to every hierarchy's root. */
  readonly cgroup: string;
}

/** Returns the folders of the lab called `name`. @throws UserError if the name is not fit for a folder or a host */
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

/** Returns the path of the kubeconfig with which the operator host reaches a stack's cluster. */
export function kubeconfigOf(lab: LabFolders, stack: string): string {
  return path.join(lab.root, "kubeconfig", stack);
}
