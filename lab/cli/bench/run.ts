import type execa from "execa";
import { UserError } from "../../../config/user-error";
import { Lines } from "../../lines";
import type { Lab } from "../../lab";
import type { EngineEvent, TimedEvent } from "./stages";

/** A successful run of the engine. */
export interface Run {
  /** The duration of the process. */
  readonly seconds: number;
  readonly events: readonly TimedEvent[];
}

/**
 * Runs the Pulumi CLI on a stack and records the time of each event. Events stay in memory, because those of severity debug contain the router's
 * key.
 *
 * @throws UserError with the whole output if the run fails
 */
export async function run(lab: Lab, stack: string, args: readonly string[]): Promise<Run> {
  const started = performance.now();
  const now = (): number => (performance.now() - started) / 1000;
  const options: execa.Options = {
    stdio: ["ignore", "pipe", "pipe"],
    reject: false,
    // Without it, a preview prints all of its events at its end.
    env: { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
  };
  const child = lab.engine.pulumi([...args, "--json", "--non-interactive", "--stack", stack], options);
  const events: TimedEvent[] = [];
  const lines = new Lines();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    for (const line of lines.take(text)) if (line.startsWith("{")) events.push({ at: now(), event: JSON.parse(line) as EngineEvent });
  });
  const { exitCode, stdout, stderr } = await child;
  const seconds = now();
  if (exitCode !== 0)
    throw new UserError(`pulumi ${args.join(" ")} on ${stack} exited with ${exitCode}:\n${withoutDebug(stdout)}\n${stderr}`);
  return { seconds, events };
}

function withoutDebug(printed: string): string {
  return printed
    .split("\n")
    .filter((line) => !line.includes('"severity":"debug"'))
    .join("\n")
    .slice(-4000);
}
