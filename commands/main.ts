import { Command } from "commander";
import { UserError } from "../lab/errors";
import { bench } from "./bench";
import { initialise } from "./init";
import * as lab from "./lab";
import { test } from "./test";
import { cleanTools, trim } from "./tools";

const program = new Command("homelab")
  .description("A homelab's load-balancer network: MetalLB, its pools, and the router's routes.")
  .enablePositionalOptions();

program
  .command("init")
  .description("make the state folder, the passphrase file and the stacks; nothing that exists is overwritten")
  .action(initialise);

const labs = program.command("lab").description("the twin of the network, raised on this machine").enablePositionalOptions();
labs.command("up").description("raise the lab and provision every stack; what is up stays as it is").action(lab.up);
labs.command("down").description("remove the lab: processes, namespaces, mounts, cgroups, files").action(lab.down);
labs
  .command("exec")
  .argument("<host>")
  .argument("<command>", "run by the host's shell")
  .description("run a command on a host of the lab")
  .action(lab.exec);
// What follows the stack belongs to the program that is called, dashes and all.
labs
  .command("pulumi")
  .argument("<stack>")
  .argument("[args...]")
  .passThroughOptions()
  .description("the Pulumi CLI on a stack")
  .action(lab.pulumi);
labs
  .command("kubectl")
  .argument("<stack>")
  .argument("[args...]")
  .passThroughOptions()
  .description("kubectl on a cluster")
  .action(lab.kubectl);

program.command("test").description("format, lint, types, unit tests, and end to end in a lab of its own").action(test);

program.command("bench").description("measure what a user waits for, and write docs/benchmarks.md").action(bench);

const tools = program.command("tools").description("what the lab is built from");
tools.command("trim").description("remove the compiler's cache; the tools stay").action(trim);
tools.command("clean").description("remove the tools and all downloads").action(cleanTools);

program.parseAsync().catch((error: unknown) => {
  // A user's error is a sentence; anything else is ours, and its stack helps to find it.
  const ours = !(error instanceof UserError);
  process.stderr.write(`homelab: ${ours && error instanceof Error ? (error.stack ?? error.message) : String((error as Error).message)}\n`);
  process.exitCode = 1;
});
