import * as path from "node:path";
import type { Host } from "../../lab/host";

/** What a DHCP server gives a device. A text is empty if the server did not send it. */
export interface Lease {
  readonly ip: string;
  readonly router: string;
  readonly dns: string;
  readonly domain: string;
  readonly seconds: number;
}

/** Resolves names at one server, and prints the addresses of each, or the error's code. */
const resolver = `
  const { promises: { Resolver } } = require("dns");
  const [server, ...names] = process.argv.slice(1);
  const resolver = new Resolver({ timeout: 1000, tries: 3 });
  resolver.setServers([server]);
  const answers = names.map((name) => resolver.resolve4(name).catch(({ code }) => [code]));
  Promise.all(answers).then((found) => console.log(JSON.stringify(found.map((one) => one.join(" ")))));`;

/** Answers each query for an IPv4 address with the same one, and other queries with no address. */
const server = `
  const [own, address] = process.argv.slice(1);
  const socket = require("dgram").createSocket("udp4");
  socket.on("message", (query, { port, address: client }) => {
    let end = 12;
    while (query[end] !== 0) end += query[end] + 1;
    const found = query.readUInt16BE(end + 1) === 1;
    const header = Buffer.from([query[0], query[1], 0x85, 0x80, 0, 1, 0, found ? 1 : 0, 0, 0, 0, 0]);
    const answer = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)];
    socket.send(Buffer.concat([header, query.subarray(12, end + 5), Buffer.from(found ? answer : [])]), port, client);
  });
  socket.bind(53, own);`;

/** A device of the household, which gets its address and its names from the router. */
export class LanClient {
  /** @param routerRoot the root folder of the router's image, whose BusyBox has the DHCP client */
  constructor(
    private readonly host: Host,
    private readonly routerRoot: string,
  ) {}

  /** Replaces the host's address, route and DNS server by those of a lease, as a device does that was just switched on. The host needs a root of its own. */
  async join(): Promise<Lease> {
    await this.host.exec(["ip", "address", "flush", "dev", "eth0"]);
    const lease = await this.lease();
    const { ip, router, dns, domain } = lease;
    const script = `ip address add "$1/24" dev eth0 && ip route replace default via "$2" && printf 'nameserver %s\nsearch %s\n' "$3" "$4" >/etc/resolv.conf`;
    await this.host.exec(["sh", "-c", script, "sh", ip, router, dns, domain]);
    return lease;
  }

  /** Requests a lease for a network card of the host, with its hardware address. Leaves the card's addresses as they are. */
  async lease(card = "eth0"): Promise<Lease> {
    const script = path.join(__dirname, "print-lease.sh");
    const once = ["-f", "-n", "-q", "-t", "10", "-T", "1", "-i", card, "-s", script];
    const { stdout } = await this.host.onNetwork([path.join(this.routerRoot, "bin", "busybox"), "udhcpc", ...once]);
    return JSON.parse(stdout.split("\n").find((line) => line.startsWith("{")) ?? "{}") as Lease;
  }

  /** Returns the addresses of names, or the code of the error for each. */
  async resolve(server: string, ...names: readonly string[]): Promise<string[]> {
    const { stdout } = await this.host.onNetwork([process.execPath, "-e", resolver, server, ...names]);
    return JSON.parse(stdout) as string[];
  }

  /** Starts a DNS server on one of the host's addresses, which resolves every name to the same address. It ends with the host. */
  async serveNames(own: string, address: string): Promise<void> {
    await this.host.daemon("dns", [process.execPath, "-e", server, own, address]);
  }

  /** Returns the hardware address of a network card, in capitals as the router's page writes it. */
  async hardwareAddress(card = "eth0"): Promise<string> {
    const { stdout } = await this.host.onNetwork(["ip", "-json", "link", "show", card]);
    const [link] = JSON.parse(stdout) as Array<{ address: string }>;
    return link?.address.toUpperCase() ?? "";
  }
}
