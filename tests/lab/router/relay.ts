import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import type { Host } from "../../../lab/host";

/** Listens on a socket file for each address of the host, and passes each connection on to the server, from that address. */
const program = `
  const net = require("node:net");
  const [folder, host, port, ...addresses] = process.argv.slice(1);
  for (const localAddress of addresses)
    net.createServer((local) => {
      const remote = net.connect({ host, port: Number(port), localAddress });
      for (const [one, other] of [[local, remote], [remote, local]]) one.on("error", () => other.destroy()).on("close", () => other.destroy()).pipe(other);
    }).listen(folder + "/" + localAddress, () => process.stdout.write("."));
  process.stdin.on("end", () => process.exit()).resume();`;

/** Opens TCP connections from a host of the lab. One process opens all of them, because Node.js takes a tenth of a second to start. */
export class Relay {
  private constructor(
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  /** Starts the process. It ends with this one. @param addresses the host's addresses that connections may come from */
  static async start(from: Host, addresses: readonly string[], to: { readonly address: string; readonly port: number }): Promise<Relay> {
    // The path of a socket file may have 107 bytes at most, so it is not in the lab's folder.
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "relay-"));
    const argv = [process.execPath, "-e", program, folder, to.address, String(to.port), ...addresses];
    const child = from.onNetwork(argv, { stdin: "pipe", reject: false, buffer: false });
    for (let ready = 0; ready < addresses.length;) {
      const [dots] = (await once(child.stdout!, "data")) as [Buffer];
      ready += dots.length;
    }
    return new Relay(folder, child);
  }

  /** Opens a connection. The stream is closed when the connection ends, and the other way round. */
  dial(from: string): net.Socket {
    return net.connect(path.join(this.folder, from)).on("error", () => undefined);
  }

  stop(): void {
    this.process.kill();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
