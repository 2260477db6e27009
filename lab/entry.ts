/** All that the product's command line takes from the lab. */
import { type Command, Option } from "commander";
import { bench, type BenchOptions } from "./cli/bench";
import { PARTS } from "./cli/bench/record";
import { benchFailover, type FailoverOptions } from "./cli/failover/bench";
import { MODES } from "./cli/failover/samples";
import * as lab from "./cli/lab";
import { lifecycle, type LifecycleOptions } from "./cli/lifecycle";
import { soak, SOAKS, type SoakOptions } from "./cli/soak";
import { test } from "./cli/test";
import { cleanTools, trim } from "./cli/tools";
import { FAULTS } from "./failover/faults";

export { findLab, onOperator } from "./operator";

/** Adds `lab` and its commands to the command line. */
export function addLabCommands(program: Command): void {
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

  labs.command("test").description("format, lint, types, unit tests, and end to end in a lab of its own").action(test);

  labs
    .command("lifecycle")
    .argument("[scenario]", "only this one")
    .option("--list", "print the scenarios, and run none")
    .description("the states that a real cluster can be in, each in a lab of its own")
    .action((scenario: string | undefined, options: LifecycleOptions) => lifecycle(scenario, options));

  labs
    .command("bench")
    .description("measure what a user waits for, and write docs/benchmarks.md")
    .addOption(new Option("--only <part>", "measure this part, and keep the others' samples").choices(PARTS))
    .action((options: BenchOptions) => bench(options));

  labs
    .command("failover")
    .description("let nodes, links and the router fail in a lab of its own, and write docs/benchmarks.md; goes on where it was")
    .option("--rounds <number>", "how many rounds of each kind make it whole", "10")
    .addOption(new Option("--mode <mode>", "only this mode of the next hop").choices(MODES))
    .addOption(new Option("--fault <fault>", "only this fault").choices(FAULTS))
    .action((options: FailoverOptions) => benchFailover(options));

  labs
    .command("soak")
    .description("change routes again and again, and kill the engine at every boundary; an interrupted run goes on where it was")
    .addOption(new Option("--only <part>", "run this part, and keep the other's samples").choices(SOAKS))
    .action((options: SoakOptions) => soak(options));

  const tools = labs.command("tools").description("what the lab is built from");
  tools.command("trim").description("remove the compiler's cache; the tools stay").action(trim);
  tools.command("clean").description("remove the tools and all downloads").action(cleanTools);
}
