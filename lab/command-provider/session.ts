import type { Client, ClientChannel } from "ssh2";

/**
 * An SSH session that sends environment variables and learns whether the server accepts them. The library's own `exec` asks for no answer, but a
 * refused variable is a failure here. So this class uses undocumented parts of ssh2 1.17, hence the exact version of that library. Answers arrive
 * in the order of the requests.
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

  /** Sends a variable. @returns whether the server accepts it */
  setEnvironment(key: string, value: string): Promise<boolean> {
    return this.ask(() => this.protocol.env(this.channel.outgoing.id, key, value, true));
  }

  /** Starts the command without a terminal, as release 1.2.1 does. @returns whether the server accepts it */
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

// The window and packet sizes of ssh2's own channels (its lib/Channel.js), in bytes.
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
