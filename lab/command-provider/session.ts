import type { Client, ClientChannel } from "ssh2";

/**
 * An SSH session that sends environment variables and hears whether the server took them. The library's own `exec` sends them without asking for
 * an answer, but whether one is refused is what decides between success and failure here; so this reaches below it, to parts of ssh2 1.17 that are
 * not documented (hence the exact pin of that library). Each request is answered in the order of asking.
 */
export class Session {
  private constructor(
    private readonly protocol: Protocol,
    readonly channel: RawChannel,
  ) {}

  static open(client: Client): Promise<Session> {
    const { _chanMgr: channels, _protocol: protocol } = client as unknown as RawClient;
    return new Promise((resolve, reject) => {
      const opened = (error: Error | undefined, channel?: RawChannel) =>
        channel === undefined ? reject(error ?? new Error("EOF")) : resolve(new Session(protocol, channel));
      const id = channels.add(Object.assign(opened, { type: "session" }));
      protocol.session(id, WINDOW, PACKET);
    });
  }

  /** Whether the server took the variable. */
  setEnvironment(key: string, value: string): Promise<boolean> {
    return this.ask(() => this.protocol.env(this.channel.outgoing.id, key, value, true));
  }

  /** Whether the server started the command; without a terminal, as 1.2.1 does. */
  async start(command: string): Promise<boolean> {
    const started = await this.ask(() => this.protocol.exec(this.channel.outgoing.id, command, true));
    this.channel.subtype = "exec";
    return started;
  }

  private ask(send: () => void): Promise<boolean> {
    if (this.channel.outgoing.state !== "open") return Promise.resolve(false);
    return new Promise((resolve) => {
      this.channel._callbacks.push((refused) => resolve(!refused));
      send();
    });
  }
}

// The sizes that ssh2's own channels count with (its lib/Channel.js), in bytes.
const WINDOW = 2 * 1024 * 1024;
const PACKET = 32 * 1024;

type Opened = ((error: Error | undefined, channel?: RawChannel) => void) & { type: string };

interface Protocol {
  session(channel: number, window: number, packet: number): void;
  env(channel: number, key: string, value: string, wantReply: boolean): void;
  exec(channel: number, command: string, wantReply: boolean): void;
}

interface RawClient {
  readonly _chanMgr: { add(opened: Opened): number };
  readonly _protocol: Protocol;
}

type RawChannel = Omit<ClientChannel, "subtype"> & {
  readonly _callbacks: ((refused: boolean | Error) => void)[];
  readonly outgoing: { readonly id: number; readonly state: string };
  subtype: string;
};
