import * as fs from "node:fs";
import type { LabFolders } from "./folders";
import { Host } from "./host";
import { Lan, type Seat } from "./lan";
import { until } from "./wait";

const repository = "/data/git/fleet.git";

/** As the manual of git-http-backend has it; whoever reaches it may read and push. */
const settings = `
server.document-root = "/data/git"
server.modules = ("mod_alias", "mod_cgi", "mod_setenv")
alias.url = ("/git" => "/usr/lib/git-core/git-http-backend")
$HTTP["url"] =~ "^/git" {
  cgi.assign = ("" => "")
  setenv.set-environment = ("GIT_PROJECT_ROOT" => "/data/git", "GIT_HTTP_EXPORT_ALL" => "1", "HOME" => "/data")
}
`;

/** A machine on the LAN that keeps one repository and hands it out over HTTP: Git's own server program, behind lighttpd. */
export class GitServer {
  readonly host: Host;

  /** @param root a root folder with Git and lighttpd in it */
  constructor(
    lab: LabFolders,
    private readonly seat: Seat,
    private readonly root: string,
  ) {
    this.host = new Host(lab, "git");
  }

  /** The repository's address. */
  get url(): string {
    return `http://${this.seat.address}/git/fleet.git`;
  }

  /** Powers it on and plugs it in, with a repository that is empty. @param port of the switch @param init process 1 of every host */
  async start(lan: Lan, port: number, init: string): Promise<void> {
    await this.host.powerOn({ root: this.root, init, data: ["/data"] });
    await lan.plug(this.host, port);
    await Lan.configure(this.host, this.seat);
    await this.host.exec(["git", "init", "--quiet", "--bare", "--initial-branch=main", repository]);
    await this.host.exec(["git", "-C", repository, "config", "http.receivepack", "true"]);
    fs.writeFileSync(this.host.dataPath("/data/lighttpd.conf"), settings);
    await this.host.daemon("lighttpd", ["lighttpd", "-D", "-f", "/data/lighttpd.conf"]);
    await until("the Git server", async () => (await this.host.exec(["git", "ls-remote", this.url])).exitCode === 0);
  }
}
