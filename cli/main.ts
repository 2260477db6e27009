import { Command } from "commander";
import { addLabCommands } from "../lab/entry";
import type { AdoptOptions } from "./adopt";
import { inOwnSession } from "./all/own-session";
import type { CiCommentOptions } from "./ci-comment";
import type { CiDiffOptions } from "./ci-diff";
import type { CiEnvironmentOptions } from "./ci-environment";
import type { CiIssueOptions } from "./ci-issue";
import type { CiPreviewOptions } from "./ci-preview";
import type { DestroyOptions } from "./destroy";
import type { DiffOptions } from "./diff";
import type { DoctorOptions } from "./doctor";
import type { DriftOptions } from "./drift";
import type { ForgetClusterOptions } from "./forget-cluster";
import type { NewStackOptions } from "./new-stack";
import { DEBUG, explain } from "./explain";
import { inLabNetwork } from "./lab-network";
import type { PlanOptions } from "./plan";
import { printAside } from "./print";
import type { PreviewOptions, UpOptions } from "./up";
import type { RbacOptions } from "./rbac";
import type { VerifyOptions } from "./verify";

/** The command line with all commands. Each command loads its modules when it runs, because loading all of them takes longer than most commands. */
export const program = new Command("homelab")
  .description("Deploys a homelab's load-balancer network: MetalLB, its address pools, and the static routes on the router.")
  .enablePositionalOptions();

program
  .command("init")
  .description("create the state folder, the passphrase file and the stacks; overwrites nothing")
  .action(async () => (await import("./init")).initialise());

program
  .command("plan")
  .description("print the address plan, and write it to docs/ as a table and a picture")
  .option("--check", "write nothing; fail if docs/plan.md or docs/plan.svg is out of date")
  .option("--json", "print the plan as JSON; write nothing")
  .option("--live <file>", "also read the clusters: print their services, and draw them into this SVG file")
  .action(async (options: PlanOptions) => (await import("./plan")).plan(options));

program
  .command("diff")
  .option("--base <commit>", "the commit to compare with, such as origin/main", "HEAD")
  .option("--json", "print the differences as JSON")
  .option("--markdown", "print the differences as Markdown for a comment")
  .description("print what the stack files change since a commit, without cluster and router; exits with 2 if anything differs")
  .action(async (options: DiffOptions) => (await import("./diff")).diff(options));

program
  .command("new-stack")
  .argument("<name>")
  .option("--pool <network>", "a network such as 10.9.0.0/24, or auto for the next free /24", "auto")
  .option("--gateway <address>", "the address of one of the cluster's masters, or auto for the next free address", "auto")
  .description("write the stack file for another cluster; overwrites nothing")
  .action(async (name: string, options: NewStackOptions) => (await import("./new-stack")).newStack(name, options));

const own = ["--own", "use your own network even while a lab is running"] as const;

program
  .command("adopt")
  .argument("<stack>")
  .option("--yes", "do not ask for confirmation")
  .option("--back", "undo the last adoption")
  .option(...own)
  .description("take over the MetalLB that Helm, Flux or kubectl installed in the stack's cluster, without an outage")
  .action(inLabNetwork(async (stack: string, options: AdoptOptions) => (await import("./adopt")).adopt(stack, options)));
program
  .command("destroy")
  .argument("<stack>")
  .option("--yes", "do not ask for confirmation")
  .option("--ignore-protect", "destroy the stack even if a pool is protected")
  .option("--forget-routes", "leave the routes on the router, and forget them; for a router that no longer exists")
  .option(...own)
  .description("list the services and routes that will go away, ask, then destroy the stack")
  .action(inLabNetwork(async (stack: string, options: DestroyOptions) => (await import("./destroy")).destroy(stack, options)));

program
  .command("forget-cluster")
  .argument("<stack>")
  .option("--yes", "do not ask for confirmation")
  .option(...own)
  .description("remove the objects of a rebuilt or deleted cluster from the stack's state; keeps the routes and changes nothing else")
  .action(
    inLabNetwork(async (stack: string, options: ForgetClusterOptions) =>
      (await import("./forget-cluster")).forgetStackCluster(stack, options),
    ),
  );

const all = ["--all", "all stacks that have a stack file"] as const;
const json = ["--json", "print the results as JSON"] as const;

program
  .command("up")
  .argument("[stacks...]")
  .option(...all)
  .option("--yes", "do not ask for confirmation")
  .option(...json)
  .option(...own)
  .description("preview stacks, ask, then deploy them, different clusters in parallel; Ctrl-C leaves each stack consistent")
  .action(inLabNetwork(inOwnSession(async (stacks: readonly string[], options: UpOptions) => (await import("./up")).up(stacks, options))));
program
  .command("preview")
  .argument("[stacks...]")
  .option(...all)
  .option(...json)
  .option(...own)
  .description("preview stacks, different clusters in parallel; changes nothing")
  .action(
    inLabNetwork(
      inOwnSession(async (stacks: readonly string[], options: PreviewOptions) => (await import("./up")).preview(stacks, options)),
    ),
  );

program
  .command("doctor")
  .argument("[stack]", "check only this stack")
  .option("--json", "print the results as JSON")
  .option(...own)
  .description("check everything that the first pulumi up depends on; changes nothing")
  .action(
    withShortErrors(
      inLabNetwork(async (stack: string | undefined, options: DoctorOptions) => (await import("./doctor")).doctor(stack, options)),
    ),
  );

program
  .command("ci-preview")
  .argument("<stack>")
  .option("--commit <hash>", "the commit that the summary names")
  .option(...own)
  .description("preview a stack, and print the summary as Markdown for a comment; exits with the engine's status")
  .action(inLabNetwork(async (stack: string, options: CiPreviewOptions) => (await import("./ci-preview")).ciPreview(stack, options)));

program
  .command("ci-comment")
  .argument("<file>", "a Markdown file that begins with the marker line of ci-preview")
  .requiredOption("--pull-request <number>", "the number of the pull request to comment on")
  .description("post a file as a comment on a pull request, or update the earlier comment; for a step of a workflow")
  .action(async (file: string, options: CiCommentOptions) => (await import("./ci-comment")).ciComment(file, options));

program
  .command("ci-diff")
  .argument("<file>", "the output of diff --json")
  .requiredOption("--commit <hash>", "the commit that was compared")
  .requiredOption("--head <owner:branch>", "the branch of the pull request, such as guest:more-pools")
  .description("post the differences as a comment on the open pull request of a commit; for a step of a workflow")
  .action(async (file: string, options: CiDiffOptions) => (await import("./ci-diff")).ciDiff(file, options));

program
  .command("ci-issue")
  .argument("<file>", "the file with the issue's text")
  .requiredOption("--title <title>", "the issue's title")
  .option("--resolved", "close the issue if it is open; never open one")
  .description("open, update or close one issue with a file's text; for a step of a workflow")
  .action(async (file: string, options: CiIssueOptions) => (await import("./ci-issue")).ciIssue(file, options));

program
  .command("ci-environment")
  .argument("<name>", "an environment of the repository on GitHub")
  .option("--reviewers", "fail unless it has required reviewers")
  .option("--branch <name>", "fail unless it is limited to this branch")
  .description("check that an environment is protected, before its secrets are used; for a step of a workflow")
  .action(async (name: string, options: CiEnvironmentOptions) => (await import("./ci-environment")).ciEnvironment(name, options));

program
  .command("verify")
  .argument("[stack]", "check only this stack")
  .option("--from <host>", "probe the services from another machine over ssh, such as me@192.168.50.40")
  .option("--report <file>", "write an HTML page with a picture of the network and the result of each check")
  .option("--json", "print the results as JSON")
  .option(...own)
  .description("check deployed stacks against their plans, and probe each pool with a temporary service")
  .action(inLabNetwork(async (stack: string | undefined, options: VerifyOptions) => (await import("./verify")).verify(stack, options)));

program
  .command("drift")
  .argument("[stack]", "check only this stack")
  .option("--all", "check all stacks, as without a name")
  .option("--json", "print the results as JSON")
  .option("--limit <seconds>", "end after this time with what has been read", "300")
  .option(...own)
  .description("report drift between plan, state, cluster and router; changes nothing; exits with 2 if there is any")
  .action(inLabNetwork(async (stack: string | undefined, options: DriftOptions) => (await import("./drift")).drift(stack, options)));

program
  .command("rbac")
  .argument("<account>", "deploy, or read for previews, doctor and drift")
  .argument("<stack>")
  .option("--kubeconfig", "print a kubeconfig for the account, which exists; it has a secret")
  .option(...own)
  .description("print an account with the permissions that the program needs in the stack's cluster, for kubectl apply")
  .action(
    inLabNetwork(async (account: string, stack: string, options: RbacOptions) => (await import("./rbac")).rbac(account, stack, options)),
  );

program
  .command("schema")
  .description("write the JSON Schema that editors check stack files with")
  .action(async () => (await import("./schema")).writeSchema());

addLabCommands(program);

if (require.main === module) {
  // A reader that ends early, such as head, does not interrupt a command.
  process.stdout.on("error", ignoreClosed);
  process.stderr.on("error", ignoreClosed);
  process.on("uncaughtException", (error) => {
    fail(error);
    process.exit();
  });
  void runCommand(process.argv.slice(2));
}

function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/** Runs a command. If it fails, prints the reason and sets the exit status. @param args the words after `homelab` */
export async function runCommand(args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): void {
  printAside(`homelab: ${explain(error, process.env[DEBUG])}`);
  process.exitCode = 1;
}

/** Ends the process when a command's work is done, even if a connection still waits for an answer. */
function withShortErrors<Args extends readonly unknown[]>(work: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
  return async (...args) => {
    await work(...args);
    setTimeout(() => process.exit(), 100).unref();
  };
}
