import type execa from "execa";
import { parseDigest } from "./ci/digest";
import { redact } from "./ci/redact";
import { summary } from "./ci/summary";
import { type NetworkOptions } from "./lab-network";
import { exitLike, pulumi } from "./pulumi";

export interface CiPreviewOptions extends NetworkOptions {
  /** The commit to name in the summary. */
  readonly commit?: string;
}

/**
 * Previews one stack and prints the summary as Markdown for a comment. Passes on the engine's exit status: a rejected plan or an unreachable
 * cluster is a failure, changes are not.
 */
export async function ciPreview(stack: string, { commit }: CiPreviewOptions): Promise<void> {
  const run = await pulumi(stack, ["preview", "--json", "--non-interactive"]).catch((error: execa.ExecaError) => {
    // Without an exit status the engine never ran, or was killed, and there is nothing to summarise.
    if (error.exitCode === undefined) throw error;
    return error;
  });
  const { exitCode, stdout, stderr } = run;
  process.stdout.write(summary(redact({ stack, exitCode, digest: parseDigest(stdout), stderr, commit })));
  exitLike(run);
}
