import { Command } from "commander";
import { UserError } from "../config/user-error";
import { addLabCommands } from "../lab/entry";
import { adopt } from "./adopt";
import { inOwnSession } from "./all/own-session";
import { ciComment, type CiCommentOptions } from "./ci-comment";
import { ciIssue, type CiIssueOptions } from "./ci-issue";
import { ciPreview } from "./ci-preview";
import { destroy } from "./destroy";
import { doctor, type DoctorOptions } from "./doctor";
import { drift, type DriftOptions } from "./drift";
import { forgetStackCluster } from "./forget-cluster";
import { initialise } from "./init";
import { newStack, type NewStackOptions } from "./new-stack";
import { onItsNetwork } from "./place";
import { plan, type PlanOptions } from "./plan";
import { writeSchema } from "./schema";
import { preview, up } from "./up";
import { verify, type VerifyOptions } from "./verify";

/** The command line, with every command that it has. */
export const program = new Command("homelab")
  .description("A homelab's load-balancer network: MetalLB, its pools, and the router's routes.")
  .enablePositionalOptions();

program
  .command("init")
  .description("make the state folder, the passphrase file and the stacks; nothing that exists is overwritten")
  .action(initialise);

program
  .command("plan")
  .description("print the table of addresses, and write it and the picture into docs/")
  .option("--check", "write nothing, and fail where docs/plan.md or docs/plan.svg is out of date")
  .option("--json", "print the plan for a program to read, and write nothing")
  .option("--live <file>", "ask the clusters too, print their services, and draw them into this SVG file")
  .action((options: PlanOptions) => plan(options));

program
  .command("new-stack")
  .argument("<name>")
  .option("--pool <network>", "a network such as 10.9.0.0/24, or auto for the next free /24", "auto")
  .option("--gateway <address>", "the address of a master of the cluster, or auto for the next free one", "auto")
  .description("write the stack file of a further cluster; nothing that exists is overwritten")
  .action((name: string, options: NewStackOptions) => newStack(name, options));

const own = ["--own", "the household's own network, also where a lab is up"] as const;

program
  .command("adopt")
  .argument("<stack>")
  .option("--yes", "ask nothing")
  .option("--back", "give back what was adopted last")
  .option(...own)
  .description("make the MetalLB that Helm, Flux or kubectl installed in the stack's cluster the stack's, without an outage")
  .action(onItsNetwork(adopt));
program
  .command("destroy")
  .argument("<stack>")
  .option("--yes", "ask nothing")
  .option("--ignore-protect", "go on where a protected pool stands against it")
  .option(...own)
  .description("say which services lose their address and what goes from the router, and then destroy the stack")
  .action(onItsNetwork(destroy));

program
  .command("forget-cluster")
  .argument("<stack>")
  .option("--yes", "ask nothing")
  .option(...own)
  .description(
    "tell a stack that its cluster was rebuilt or is gone: the state forgets its objects and keeps the routes; touches nothing else",
  )
  .action(onItsNetwork(forgetStackCluster));

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
  .action(onItsNetwork(inOwnSession(up)));
program
  .command("preview")
  .argument("[stacks...]")
  .option(...all)
  .option(...json)
  .option(...own)
  .description("preview stacks, side by side where they are of different clusters; changes nothing")
  .action(onItsNetwork(inOwnSession(preview)));

program
  .command("doctor")
  .argument("[stack]", "only this one")
  .option("--json", "print for a program to read")
  .option(...own)
  .description("look at all that a first pulumi up depends on, and change nothing")
  .action(briefly(onItsNetwork((stack: string | undefined, options: DoctorOptions) => doctor(stack, options))));

program
  .command("ci-preview")
  .argument("<stack>")
  .option("--commit <hash>", "the commit to name in the summary")
  .option(...own)
  .description("pulumi preview of a stack, its summary as Markdown for one comment; ends with the engine's exit status")
  .action(onItsNetwork(ciPreview));

program
  .command("ci-comment")
  .argument("<file>", "Markdown whose first line is the marker that ci-preview writes")
  .requiredOption("--pull-request <number>", "where the comment belongs")
  .description("post a file as a comment of a pull request, or bring the earlier one up to date; a step of a workflow")
  .action((file: string, options: CiCommentOptions) => ciComment(file, options));

program
  .command("ci-issue")
  .argument("<file>", "text to show")
  .requiredOption("--title <title>", "the issue's title")
  .option("--resolved", "close the issue where there is one, and open none")
  .description("keep one open issue with what a file says; a step of a workflow")
  .action((file: string, options: CiIssueOptions) => ciIssue(file, options));

program
  .command("verify")
  .argument("[stack]", "only this one")
  .option("--from <host>", "ask the services from another machine, as ssh takes it, such as me@192.168.50.40")
  .option("--report <file>", "write a page with the network drawn, each part as it was found to be")
  .option("--json", "print for a program to read")
  .option(...own)
  .description("hold stacks that are up against their plans, and ask a temporary service of each pool, which is removed again")
  .action(onItsNetwork((stack: string | undefined, options: VerifyOptions) => verify(stack, options)));

program
  .command("drift")
  .argument("[stack]", "only this one")
  .option("--all", "every stack, as without a name")
  .option("--json", "print for a program to read")
  .option(...own)
  .description("tell in what plan, state, cluster and router differ, and change nothing; exit status 2 where they do")
  .action(onItsNetwork((stack: string | undefined, options: DriftOptions) => drift(stack, options)));

program.command("schema").description("write the JSON Schema that editors check stack files with").action(writeSchema);

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
