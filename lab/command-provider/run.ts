import { constants } from "node:os";
import { dial, type Connection } from "./dial";
import type { Log } from "./engine-log";
import { Session } from "./session";

/** The input of one run: the resource's state with its secrets revealed, and the outputs of the previous run. */
export interface Run {
  readonly connection: Connection;
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The streams to show: none for any value except the three that name streams; both by default. */
  readonly logging?: string;
  readonly addPreviousOutputInEnv?: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Outputs {
  readonly stdout: string;
  readonly stderr: string;
}

const withoutLastNewline = (text: string): string => (text.endsWith("\n") ? text.slice(0, -1) : text);

/**
 * Runs one command over SSH, without a time limit. Leaves the connection open until the plugin ends, as release 1.2.1 does.
 * @throws Error if the login fails, a variable of `environment` is refused or the command fails; the last one has the command and its whole output
 */
export async function run(command: string, what: Run, log: Log, cancelled: AbortSignal): Promise<Outputs> {
  const client = await dial(what.connection, { status: (message) => log.status(message), cancelled });
  const session = await Session.open(client);
  await setEnvironment(session, what, log);

  const { channel } = session;
  const outputs = { stdout: [] as Buffer[], stderr: [] as Buffer[], both: [] as Buffer[] };
  const statusLines = lines((line) => log.status(line));
  const collect = (stream: "stdout" | "stderr") => (chunk: Buffer) => {
    outputs[stream].push(chunk);
    outputs.both.push(chunk);
    if ([undefined, stream, "stdoutAndStderr"].includes(what.logging)) statusLines.write(chunk);
  };
  channel.on("data", collect("stdout"));
  channel.stderr.on("data", collect("stderr"));
  let failure: string | undefined = "wait: remote command exited without exit status or exit signal";
  channel.on("exit", (code: number | null, signal?: string, _dump?: string, reason?: string) => {
    failure = code === 0 ? undefined : exitText(code, signal, reason);
  });
  const ended = Promise.all([
    new Promise((done) => channel.once("close", done)),
    new Promise((done) => channel.stderr.once("close", done)),
  ]);
  // Input that the command did not read is no failure. A lost connection shows as a missing exit status.
  channel.on("error", () => undefined);
  if (await session.start(command)) {
    channel.end(what.stdin ?? "");
    await ended;
  } else {
    failure = `ssh: command ${command} failed`;
    channel.close();
  }
  statusLines.end();
  await log.sent();

  if (failure !== undefined) throw new Error(`${failure}: running ${JSON.stringify(command)}:\n${Buffer.concat(outputs.both).toString()}`);
  return {
    stdout: withoutLastNewline(Buffer.concat(outputs.stdout).toString()),
    stderr: withoutLastNewline(Buffer.concat(outputs.stderr).toString()),
  };
}

/** The text of release 1.2.1, with its line breaks. */
const refusal = (key: string): string => `Unable to set '${key}'. This only works if your SSH server is configured to accept
\tthese variables via AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could
\tprefix the command itself with the variables in the form 'VAR=value command'`;

async function setEnvironment(session: Session, what: Run, log: Log): Promise<void> {
  for (const [key, value] of Object.entries(what.environment ?? {})) {
    if (await session.setEnvironment(key, value)) continue;
    session.channel.close();
    log.error(refusal(key));
    await log.sent();
    throw new Error(`could not set environment variable "${key}": ssh: setenv failed`);
  }
  if (what.addPreviousOutputInEnv === false) return;
  const previous = { PULUMI_COMMAND_STDOUT: what.stdout, PULUMI_COMMAND_STDERR: what.stderr };
  for (const [key, value] of Object.entries(previous)) {
    if (value !== "" && !(await session.setEnvironment(key, value))) log.warning(refusal(key));
  }
}

/** Describes an unsuccessful end in the words of Go's SSH client. */
function exitText(code: number | null, signal = "", reason = ""): string {
  const status = code ?? 128 + ((constants.signals as Record<string, number | undefined>)[signal] ?? 0);
  const by = signal === "" ? "" : ` from signal ${signal.replace(/^SIG/, "")}`;
  return `Process exited with status ${status}${by}${reason === "" ? "" : `. Reason was: ${reason}`}`;
}

/** Splits the output of both streams into lines. */
function lines(show: (line: string) => void): { write(chunk: Buffer): void; end(): void } {
  let rest = "";
  return {
    write(chunk) {
      const parts = (rest + chunk.toString()).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) show(line.replace(/\r$/, ""));
    },
    end() {
      if (rest !== "") show(rest);
    },
  };
}
