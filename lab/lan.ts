import * as crypto from "node:crypto";
import type execa from "execa";
import { UserError } from "../config/user-error";
import { Host } from "./host";
import { run } from "./process";

/** The switch's port that the router is plugged into; the other hosts follow. */
export const routerPort = 0;

/** Where a host sits on the LAN. Addresses are IPv4; `prefix` is the LAN's, in bits. */
export interface Seat {
  readonly address: string;
  readonly prefix: number;
  /** Next hop of the default route; none for the router itself. */
  readonly gateway?: string;
}

/** The household's switch: a bridge in a namespace of its own, since the machine's namespace gets no part of a lab. */
export class Lan {
  constructor(private readonly switchHost: Host) {}

  /** Makes the bridge. Frames that it passes between hosts are no routed packets: the machine's netfilter stays out of them. */
  async raise(): Promise<void> {
    const script = `ip link show lan >/dev/null 2>&1 || { ip link add lan type bridge forward_delay 0 && ip link set lan up; }
      for file in /proc/sys/net/bridge/bridge-nf-call-iptables /proc/sys/net/bridge/bridge-nf-call-ip6tables; do
        if [ -e $file ]; then echo 0 > $file; fi
      done`;
    await this.switchHost.exec(["sh", "-c", script]);
  }

  /** Plugs a host into a port of the switch: the host sees the cable's end as eth0. */
  async plug(host: Host, port: number): Promise<void> {
    const target = host.process;
    const own = this.switchHost.process;
    if (target === undefined || own === undefined) throw new UserError(`${host.name} cannot be plugged in: it or the switch is off`);
    const present = await host.exec(["ip", "link", "show", "eth0"], { reject: false });
    if (present.exitCode === 0) return;
    // Made inside the switch's namespace and handed to the host: the machine's own namespace never sees it.
    const name = `port${port}`;
    const script = 'ip link del "$1" 2>/dev/null; ip link add "$1" type veth peer name eth0 address "$3" netns "$2"';
    await run("nsenter", [
      "--target",
      String(own.pid),
      "--net",
      "--",
      "sh",
      "-c",
      script,
      "sh",
      name,
      String(target.pid),
      hardwareAddress(host),
    ]);
    await this.switchHost.exec(["ip", "link", "set", name, "master", "lan", "up"]);
  }

  /** Pulls a host's cable: its card sees no carrier, and keeps its addresses. */
  async cut(host: Host): Promise<void> {
    await this.setPort(host, "down");
  }

  /** Puts the cable back. */
  async mend(host: Host): Promise<void> {
    await this.setPort(host, "up");
  }

  /** The switch's end of a cable is the interface whose number the host's end names. */
  private async setPort(host: Host, state: "up" | "down"): Promise<void> {
    const peer = (await host.exec(["cat", "/sys/class/net/eth0/iflink"])).stdout;
    const { stdout } = await this.switchHost.exec(["ip", "-json", "link", "show"]);
    const port = (JSON.parse(stdout) as Array<{ ifindex: number; ifname: string }>).find(({ ifindex }) => ifindex === Number(peer));
    if (port === undefined) throw new UserError(`${host.name} is not plugged into the switch`);
    await this.switchHost.exec(["ip", "link", "set", port.ifname, state]);
  }

  /**
   * Prints the frames that pass through the switch, as tcpdump does with -e and -tt, until the process is ended.
   * @param root a root folder with tcpdump in it @param filter in tcpdump's language
   */
  watch(root: string, filter: readonly string[]): execa.ExecaChildProcess {
    const tcpdump = ["tcpdump", "--interface", "lan", "--relinquish-privileges=root", "-l", "-n", "-e", "-tt", ...filter];
    return this.switchHost.onNetwork(["chroot", root, ...tcpdump], { reject: false, buffer: false, stdin: "ignore" });
  }

  /** Gives a plugged host its address and default route, once. */
  static async configure(host: Host, seat: Seat): Promise<void> {
    const route = seat.gateway === undefined ? "" : `ip route replace default via ${seat.gateway}`;
    await host.exec(["sh", "-ec", `ip link set eth0 up; ip address replace ${seat.address}/${seat.prefix} dev eth0; ${route}`]);
  }
}

/** A host keeps its network card over a reboot, as its neighbours' ARP tables expect: locally administered, from the host's name. */
export function hardwareAddress(host: Host): string {
  const digest = crypto.createHash("sha256").update(host.name).digest("hex").slice(0, 10);
  return ["02", ...(digest.match(/../g) ?? [])].join(":");
}
