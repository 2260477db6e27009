import { Command } from "commander";
import { UserError } from "../config/user-error";
import { addLabCommands } from "../lab/entry";
import type { AdoptOptions } from "./adopt";
import { inOwnSession } from "./all/own-session";
import type { CiCommentOptions } from "./ci-comment";
import type { CiIssueOptions } from "./ci-issue";
import type { CiPreviewOptions } from "./ci-preview";
import type { DestroyOptions } from "./destroy";
import type { DoctorOptions } from "./doctor";
import type { DriftOptions } from "./drift";
import type { ForgetClusterOptions } from "./forget-cluster";
import type { NewStackOptions } from "./new-stack";
import { onItsNetwork } from "./place";
import type { PlanOptions } from "./plan";
import type { PreviewOptions, UpOptions } from "./up";
import type { VerifyOptions } from "./verify";

/** The command line, with every command that it has. A command loads its modules when it runs: those of all take longer to load than most to run. */
export const program = new Command("homelab")
  .description("A homelab's load-balancer network: MetalLB, its pools, and the router's routes.")
  .enablePositionalOptions();

program
  .command("init")
  .description("make the state folder, the passphrase file and the stacks; nothing that exists is overwritten")
  .action(async () => (await import("./init")).initialise());

program
  .command("plan")
  .description("print the table of addresses, and write it and the picture into docs/")
  .option("--check", "write nothing, and fail where docs/plan.md or docs/plan.svg is out of date")
  .option("--json", "print the plan for a program to read, and write nothing")
  .option("--live <file>", "ask the clusters too, print their services, and draw them into this SVG file")
  .action(async (options: PlanOptions) => (await import("./plan")).plan(options));

program
  .command("new-stack")
  .argument("<name>")
  .option("--pool <network>", "a network such as 10.9.0.0/24, or auto for the next free /24", "auto")
  .option("--gateway <address>", "the address of a master of the cluster, or auto for the next free one", "auto")
  .description("write the stack file of a further cluster; nothing that exists is overwritten")
  .action(async (name: string, options: NewStackOptions) => (await import("./new-stack")).newStack(name, options));

const own = ["--own", "the household's own network, also where a lab is up"] as const;

program
  .command("adopt")
  .argument("<stack>")
  .option("--yes", "ask nothing")
  .option("--back", "give back what was adopted last")
  .option(...own)
  .description("make the MetalLB that Helm, Flux or kubectl installed in the stack's cluster the stack's, without an outage")
  .action(onItsNetwork(async (stack: string, options: AdoptOptions) => (await import("./adopt")).adopt(stack, options)));
program
  .command("destroy")
  .argument("<stack>")
  .option("--yes", "ask nothing")
  .option("--ignore-protect", "go on where a protected pool stands against it")
  .option(...own)
  .description("say which services lose their address and what goes from the router, and then destroy the stack")
  .action(onItsNetwork(async (stack: string, options: DestroyOptions) => (await import("./destroy")).destroy(stack, options)));

program
  .command("forget-cluster")
  .argument("<stack>")
  .option("--yes", "ask nothing")
  .option(...own)
  .description(
    "tell a stack that its cluster was rebuilt or is gone: the state forgets its objects and keeps the routes; touches nothing else",
  )
  .action(
    onItsNetwork(async (stack: string, options: ForgetClusterOptions) =>
      (await import("./forget-cluster")).forgetStackCluster(stack, options),
    ),
  );

const all = ["--all", "every stack that has a file"] as const;
const json = ["--json", "print the outcomes for a program to read"] as const;

program
  .command("up")
  .argument("[stacks...]")
  .option(...all)
  .option("--yes", "ask nothing")
  .option(...json)
  .option(...own)
  .description("preview stacks, ask, and bring them: side by side where they change different clusters; Ctrl-C leaves each consistent")
  .action(onItsNetwork(inOwnSession(async (stacks: readonly string[], options: UpOptions) => (await import("./up")).up(stacks, options))));
program
  .command("preview")
  .argument("[stacks...]")
  .option(...all)
  .option(...json)
  .option(...own)
  .description("preview stacks, side by side where they are of different clusters; changes nothing")
  .action(
    onItsNetwork(
      inOwnSession(async (stacks: readonly string[], options: PreviewOptions) => (await import("./up")).preview(stacks, options)),
    ),
  );

program
  .command("doctor")
  .argument("[stack]", "only this one")
  .option("--json", "print for a program to read")
  .option(...own)
  .description("look at all that a first pulumi up depends on, and change nothing")
  .action(
    briefly(onItsNetwork(async (stack: string | undefined, options: DoctorOptions) => (await import("./doctor")).doctor(stack, options))),
  );

program
  .command("ci-preview")
  .argument("<stack>")
  .option("--commit <hash>", "the commit to name in the summary")
  .option(...own)
  .description("pulumi preview of a stack, its summary as Markdown for one comment; ends with the engine's exit status")
  .action(onItsNetwork(async (stack: string, options: CiPreviewOptions) => (await import("./ci-preview")).ciPreview(stack, options)));

program
  .command("ci-comment")
  .argument("<file>", "Markdown whose first line is the marker that ci-preview writes")
  .requiredOption("--pull-request <number>", "where the comment belongs")
  .description("post a file as a comment of a pull request, or bring the earlier one up to date; a step of a workflow")
  .action(async (file: string, options: CiCommentOptions) => (await import("./ci-comment")).ciComment(file, options));

program
  .command("ci-issue")
  .argument("<file>", "text to show")
  .requiredOption("--title <title>", "the issue's title")
  .option("--resolved", "close the issue where there is one, and open none")
  .description("keep one open issue with what a file says; a step of a workflow")
  .action(async (file: string, options: CiIssueOptions) => (await import("./ci-issue")).ciIssue(file, options));

program
  .command("verify")
  .argument("[stack]", "only this one")
  .option("--from <host>", "ask the services from another machine, as ssh takes it, such as me@192.168.50.40")
  .option("--report <file>", "write a page with the network drawn, each part as it was found to be")
  .option("--json", "print for a program to read")
  .option(...own)
  .description("hold stacks that are up against their plans, and ask a temporary service of each pool, which is removed again")
  .action(onItsNetwork(async (stack: string | undefined, options: VerifyOptions) => (await import("./verify")).verify(stack, options)));

program
  .command("drift")
  .argument("[stack]", "only this one")
  .option("--all", "every stack, as without a name")
  .option("--json", "print for a program to read")
  .option(...own)
  .description("tell in what plan, state, cluster and router differ, and change nothing; exit status 2 where they do")
  .action(onItsNetwork(async (stack: string | undefined, options: DriftOptions) => (await import("./drift")).drift(stack, options)));

program
  .command("schema")
  .description("write the JSON Schema that editors check stack files with")
  .action(async () => (await import("./schema")).writeSchema());

addLabCommands(program);

if (require.main === module) {
  program.parseAsync().catch((error: unknown) => {
    process.stderr.write(`homelab: ${explain(error)}\n`);
    process.exitCode = 1;
  });
}

/** A command that ends with its work, though something may still wait for an answer that nobody wants to hear any more. */
function briefly<Args extends readonly unknown[]>(work: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
  return async (...args) => {
    await work(...args);
    setTimeout(() => process.exit(), 100).unref();
  };
}

/** A user's error is a sentence, and so is a program's that failed; anything else is a defect of ours, and its stack helps to find it. */
function explain(error: unknown): string {
  if (error instanceof UserError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { shortMessage, stderr, code, syscall } = error as Error & {
    shortMessage?: string;
    stderr?: string;
    code?: string;
    syscall?: string;
  };
  if (shortMessage !== undefined) return `${shortMessage}\n${stderr?.trim() ?? ""}`.trim();
  if (syscall !== undefined && (code === "ENOSPC" || code === "EACCES" || code === "EROFS")) return error.message;
  return error.stack ?? error.message;
}
