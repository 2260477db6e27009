import * as crypto from "node:crypto";
import type execa from "execa";
import { UserError } from "../config/user-error";
import { Host } from "./host";
import { run } from "./process";

/** The switch port of the router. The other hosts have the ports after it. */
export const routerPort = 0;

/** A host's address on the LAN, IPv4. `prefix` is the LAN's prefix length. */
export interface HostSpec {
  readonly address: string;
  readonly prefix: number;
  /** The next hop of the default route; none for the router itself. */
  readonly gateway?: string;
}

/** The household's switch: a bridge in a namespace of its own, so that the machine's own namespace stays unchanged. */
export class Lan {
  constructor(private readonly switchHost: Host) {}

  /** Creates the bridge, and keeps the machine's netfilter away from its frames, because they are switched and not routed. */
  async raise(): Promise<void> {
    const script = `ip link show lan >/dev/null 2>&1 || { ip link add lan type bridge forward_delay 0 && ip link set lan up; }
      for file in /proc/sys/net/bridge/bridge-nf-call-iptables /proc/sys/net/bridge/bridge-nf-call-ip6tables; do
        if [ -e $file ]; then echo 0 > $file; fi
      done`;
    await this.switchHost.exec(["sh", "-c", script]);
  }

  /** Plugs a host into a switch port. The host's end of the cable is eth0. */
  async plug(host: Host, port: number): Promise<void> {
    const target = host.process;
    const own = this.switchHost.process;
    if (target === undefined || own === undefined) throw new UserError(`${host.name} cannot be plugged in: it or the switch is off`);
    const present = await host.exec(["ip", "link", "show", "eth0"], { reject: false });
    if (present.exitCode === 0) return;
    // The cable is created inside the switch's namespace and moved to the host: the machine's own namespace never sees it.
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

  /** Unplugs a host: its card has no carrier, and keeps its addresses. */
  async cut(host: Host): Promise<void> {
    await this.setPort(host, "down");
  }

  /** Plugs the cable in again. */
  async mend(host: Host): Promise<void> {
    await this.setPort(host, "up");
  }

  /** Sets the state of a host's port, which is the interface with the number in the host's `iflink`. */
  private async setPort(host: Host, state: "up" | "down"): Promise<void> {
    const peer = (await host.exec(["cat", "/sys/class/net/eth0/iflink"])).stdout;
    const { stdout } = await this.switchHost.exec(["ip", "-json", "link", "show"]);
    const port = (JSON.parse(stdout) as Array<{ ifindex: number; ifname: string }>).find(({ ifindex }) => ifindex === Number(peer));
    if (port === undefined) throw new UserError(`${host.name} is not plugged into the switch`);
    await this.switchHost.exec(["ip", "link", "set", port.ifname, state]);
  }

  /**
   * Prints the frames that pass through the switch until the process is ended, in the format of tcpdump -e -tt.
   * @param root a root folder with tcpdump @param filter a tcpdump filter
   */
  watch(root: string, filter: readonly string[]): execa.ExecaChildProcess {
    const tcpdump = ["tcpdump", "--interface", "lan", "--relinquish-privileges=root", "-l", "-n", "-e", "-tt", ...filter];
    return this.switchHost.onNetwork(["chroot", root, ...tcpdump], { reject: false, buffer: false, stdin: "ignore" });
  }

  /** Gives a plugged host its address and its default route. */
  static async configure(host: Host, spec: HostSpec): Promise<void> {
    const route = spec.gateway === undefined ? "" : `ip route replace default via ${spec.gateway}`;
    await host.exec(["sh", "-ec", `ip link set eth0 up; ip address replace ${spec.address}/${spec.prefix} dev eth0; ${route}`]);
  }

  /** Lets a host with a root of its own use a DNS server. */
  static async useDns(host: Host, server: string): Promise<void> {
    await host.exec(["sh", "-c", 'echo "nameserver $1" >/etc/resolv.conf', "sh", server]);
  }
}

/** Returns a host's MAC address: derived from its name, so that a reboot keeps it, as the neighbours' ARP tables expect. */
export function hardwareAddress(host: Host): string {
  const digest = crypto.createHash("sha256").update(host.name).digest("hex").slice(0, 10);
  return ["02", ...(digest.match(/../g) ?? [])].join(":");
}
