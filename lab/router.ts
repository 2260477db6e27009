import * as fs from "node:fs";
import * as path from "node:path";
import type { Route } from "../config/plan";
import { parseList, placeRoute, renderList, type RuleList } from "../router/asus/rule-list";
import { type LabFolders } from "./folders";
import { writeAtomically } from "../config/files";
import { Host, type HostImage } from "./host";
import { flashContent } from "./tools/router-image";
import { type Lan, routerPort } from "./lan";
import type { Toolbox } from "./tools/toolbox";
import type { Topology } from "./topology";
import { until } from "./wait";

/** The makes of firmware. Stock firmware has no files of the owner's in /jffs. */
export type Firmware = "merlin" | "stock";

/** The household's router: the firmware's behaviour with real dropbear, BusyBox and iproute2. */
export class RouterHost {
  readonly host: Host;
  private readonly image: HostImage;

  constructor(
    private readonly lab: LabFolders,
    private readonly topology: Pick<Topology, "router" | "lan">,
    box: Pick<Toolbox, "routerRoot" | "init">,
  ) {
    this.host = new Host(lab, topology.router.name);
    this.image = { root: box.routerRoot, init: box.init, data: ["/flash", "/jffs"] };
  }

  /**
   * Sets the router up as its owner did on the first day: LAN, user, SSH with a key. Settings that the router has changed later remain.
   * @param settings further nvram variables, or other values for these
   */
  prepare(publicKey: string, settings: Readonly<Record<string, string>> = {}, firmware: Firmware = "merlin"): void {
    const flash = this.host.dataPath("/flash/nvram");
    if (fs.existsSync(flash)) return;
    writeAtomically(this.host.dataPath("/flash/firmware"), firmware);
    const { router, lan } = this.topology;
    const content = flashContent({
      lan_ipaddr: router.address,
      lan_netmask: lan.netmask,
      http_username: router.user,
      sshd_enable: "2",
      sshd_port: String(router.port),
      sshd_pass: "0",
      sshd_authkeys: publicKey,
      ...(firmware === "merlin" ? { jffs2_scripts: "1" } : {}),
      ...settings,
    });
    writeAtomically(flash, content, 0o600);
  }

  /** Powers the router on. Restarts one that an interrupted run left half booted. */
  async powerOn(): Promise<void> {
    if (this.host.isOn && !(await this.answers())) await this.host.powerOff();
    await this.host.powerOn(this.image);
  }

  /** Boots the firmware of a router that is powered on and plugged in. Leaves a running router alone. */
  async boot(): Promise<void> {
    if (!(await this.answers())) await this.host.exec(["sh", "-c", "echo eth0 > /etc/lan-port && exec rc boot"]);
    await until("the router's SSH server", () => this.answers());
    const file = "/jffs/.ssh/dropbear_ed25519_host_key";
    const { stdout } = await this.host.exec(["dropbearkey", "-y", "-f", file]);
    const line = stdout.split("\n").find((text) => text.startsWith("ssh-ed25519 "));
    if (line !== undefined) writeAtomically(this.hostKeyFile, line.split(" ").slice(0, 2).join(" "));
  }

  /** Boots the router with a list of static routes, as if they had been entered on its page before it was switched off. @param lan its LAN */
  async bootWith(list: string, lan: Lan): Promise<void> {
    await this.host.exec(["nvram", "set", `sr_rulelist=${list}`, "set", "sr_enable_x=1", "commit"]);
    await this.reboot(lan);
  }

  /** Adds routes as the owner would on the page LAN > Route, including the restart of the network that the page triggers. */
  async enter(routes: readonly Route[]): Promise<void> {
    const { stdout } = await this.host.exec(["nvram", "get", "sr_rulelist"]);
    const list = renderList(routes.reduce<RuleList>((done, route) => placeRoute(done, route), parseList(stdout)));
    if (list === stdout) return;
    await this.host.exec(["nvram", "set", `sr_rulelist=${list}`, "set", "sr_enable_x=1", "commit"]);
    await this.host.exec(["service", "restart_net"]);
    await until("the router's network", async () => {
      const waiting = (await this.host.exec(["nvram", "get", "rc_service"])).stdout;
      return waiting === "" && (await this.answers());
    });
  }

  /** Switches the router off and on: memory is lost, and the firmware applies the settings in its flash. */
  async reboot(lan: Lan): Promise<void> {
    await this.host.powerOff();
    await this.powerOn();
    await lan.plug(this.host, routerPort);
    await this.boot();
  }

  /** Returns the router's host key in the form of a stack file. */
  hostKey(): string {
    return fs.readFileSync(this.hostKeyFile, "utf8");
  }

  private get hostKeyFile(): string {
    return path.join(this.lab.root, `${this.host.name}-host-key`);
  }

  private async answers(): Promise<boolean> {
    // State 0A is "listening". Read from the kernel's table, because the firmware has no netstat.
    const port = this.topology.router.port.toString(16).toUpperCase().padStart(4, "0");
    const { exitCode } = await this.host.exec(["grep", "-q", `:${port} 00000000:0000 0A`, "/proc/net/tcp"], { reject: false });
    return exitCode === 0;
  }
}
