import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { Server, utils } from "ssh2";

import { ed25519 } from "../../lab/ssh-key";

/** An SSH server on loopback that accepts one password, and gives the same answer to every command. */
export class LoopbackRouter {
  private constructor(
    private readonly server: Server,
    readonly port: number,
    /** Such as `ssh-ed25519 AAAA...`. */
    readonly hostKey: string,
    /** The commands that it received. */
    readonly commands: readonly string[],
  ) {}

  static async start(password: string, answer: string): Promise<LoopbackRouter> {
    const pair = ed25519();
    const commands: string[] = [];
    const server = new Server({ hostKeys: [pair.private] }, (client) => {
      client.on("error", () => undefined);
      client.on("authentication", (login) =>
        login.method === "password" && login.password === password ? login.accept() : login.reject(["password"]),
      );
      client.on("session", (accept) =>
        accept().on("exec", (accepted, _reject, { command }) => {
          commands.push(command);
          const channel = accepted();
          channel.end(answer);
          channel.exit(0);
        }),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const key = utils.parseKey(pair.public);
    if (key instanceof Error) throw key;
    return new LoopbackRouter(server, port, `${key.type} ${key.getPublicSSH().toString("base64")}`, commands);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    await closed;
  }
}
