/** Runs the command line in this process, because a process of its own takes a second. */
import { runCommand } from "../../cli/main";
import { PROJECT_FOLDER } from "../../config/project";

/** What a command printed, and its exit status. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command on the stack files of a folder. @param args the words after `homelab` */
export async function homelab(folder: string, ...args: readonly string[]): Promise<Ran> {
  const { exitCode, env } = process;
  const before = env[PROJECT_FOLDER];
  env[PROJECT_FOLDER] = folder;
  process.exitCode = 0;
  const stop = [record(process.stdout), record(process.stderr)];
  try {
    await runCommand(args);
    const [stdout = "", stderr = ""] = stop.map((one) => one());
    return { status: process.exitCode, stdout, stderr };
  } finally {
    stop.forEach((one) => one());
    process.exitCode = exitCode;
    if (before === undefined) delete env[PROJECT_FOLDER];
    else env[PROJECT_FOLDER] = before;
  }
}

/** Records what is written to a stream instead of writing it. @returns a function that ends this and returns the text */
function record(stream: NodeJS.WriteStream): () => string {
  const write = stream.write.bind(stream);
  let text = "";
  stream.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  return () => {
    stream.write = write;
    return text;
  };
}
