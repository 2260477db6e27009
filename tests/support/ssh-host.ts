import * as fs from "node:fs";
import * as path from "node:path";
import type { Lab } from "../../lab/lab";
import { readStock } from "../../lab/tools/toolbox";

/** A host that accepts SSH logins. */
export interface SshHost {
  /** Its name for `ssh`. */
  readonly name: string;
  /** A PATH with an `ssh` that knows the name. */
  readonly env: { readonly PATH: string };
}

/** Makes a lab's client accept SSH logins from its operator, with the lab's own key. */
export async function serveSsh({ client, folders, topology }: Lab): Promise<SshHost> {
  const { box } = await readStock();
  const put = (file: string, content: string | Buffer, mode: string) =>
    client.exec(["sh", "-c", `mkdir -p "$(dirname ${file})" && cat >${file} && chmod ${mode} ${file}`], {
      input: content,
      stdin: "pipe",
    });
  await put("/usr/sbin/dropbear", fs.readFileSync(path.join(box.routerRoot, "usr/sbin/dropbear")), "755");
  await put("/root/.ssh/authorized_keys", fs.readFileSync(`${folders.sshKey}.pub`, "utf8"), "600");
  await client.exec(["sh", "-c", "mkdir -p /etc/dropbear && chmod 700 /root /root/.ssh"]);
  await client.daemon("dropbear", ["/usr/sbin/dropbear", "-F", "-R"]);
  const name = "household-client";
  const settings = {
    HostName: topology.client.address,
    User: "root",
    IdentityFile: folders.sshKey,
    IdentitiesOnly: "yes",
    StrictHostKeyChecking: "accept-new",
    UserKnownHostsFile: path.join(folders.root, "ssh", "known_hosts"),
  };
  const config = path.join(folders.root, "ssh", "config");
  fs.writeFileSync(config, [`Host ${name}`, ...Object.entries(settings).map(([key, value]) => `  ${key} ${value}`), ""].join("\n"));
  // ssh reads its configuration only from the home folder, which is the machine's, and tests must not change it.
  const folder = path.join(folders.root, "ssh", "bin");
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`, { mode: 0o755 });
  return { name, env: { PATH: `${folder}:${process.env["PATH"]}` } };
}
