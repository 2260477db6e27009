/** All that the product's command line takes from the lab. */
import { type Command, Option } from "commander";
import type { BenchOptions } from "./cli/bench";
import { PARTS } from "./cli/bench/record";
import type { FailoverOptions } from "./cli/failover/bench";
import { MODES } from "./cli/failover/samples";
import type { LifecycleOptions } from "./cli/lifecycle";
import type { SoakOptions } from "./cli/soak";
import { SOAKS } from "./cli/soak/parts";
import { FAULTS } from "./failover/faults";

export { findLab, onOperator } from "./operator";

/** Adds `lab` and its commands to the command line. */
export function addLabCommands(program: Command): void {
  const labs = program.command("lab").description("the twin of the network, raised on this machine").enablePositionalOptions();
  labs
    .command("up")
    .description("raise the lab and provision every stack; what is up stays as it is")
    .action(async () => (await import("./cli/lab")).up());
  labs
    .command("down")
    .description("remove the lab: processes, namespaces, mounts, cgroups, files")
    .action(async () => (await import("./cli/lab")).down());
  labs
    .command("exec")
    .argument("<host>")
    .argument("<command>", "run by the host's shell")
    .description("run a command on a host of the lab")
    .action(async (host: string, command: string) => (await import("./cli/lab")).exec(host, command));
  // What follows the stack belongs to the program that is called, dashes and all.
  labs
    .command("pulumi")
    .argument("<stack>")
    .argument("[args...]")
    .passThroughOptions()
    .description("the Pulumi CLI on a stack")
    .action(async (stack: string, args: readonly string[]) => (await import("./cli/lab")).pulumi(stack, args));
  labs
    .command("kubectl")
    .argument("<stack>")
    .argument("[args...]")
    .passThroughOptions()
    .description("kubectl on a cluster")
    .action(async (stack: string, args: readonly string[]) => (await import("./cli/lab")).kubectl(stack, args));

  labs
    .command("test")
    .description("format, lint, types, unit tests, and end to end in a lab of its own")
    .action(async () => (await import("./cli/test")).test());

  labs
    .command("lifecycle")
    .argument("[scenario]", "only this one")
    .option("--list", "print the scenarios, and run none")
    .description("the states that a real cluster can be in, each in a lab of its own")
    .action(async (scenario: string | undefined, options: LifecycleOptions) =>
      (await import("./cli/lifecycle")).lifecycle(scenario, options),
    );

  labs
    .command("bench")
    .description("measure what a user waits for, and write docs/benchmarks.md")
    .addOption(new Option("--only <part>", "measure this part, and keep the others' samples").choices(PARTS))
    .action(async (options: BenchOptions) => (await import("./cli/bench")).bench(options));

  labs
    .command("failover")
    .description("let nodes, links and the router fail in a lab of its own, and write docs/benchmarks.md; goes on where it was")
    .option("--rounds <number>", "how many rounds of each kind make it whole", "10")
    .addOption(new Option("--mode <mode>", "only this mode of the next hop").choices(MODES))
    .addOption(new Option("--fault <fault>", "only this fault").choices(FAULTS))
    .action(async (options: FailoverOptions) => (await import("./cli/failover/bench")).benchFailover(options));

  labs
    .command("soak")
    .description("change routes again and again, and kill the engine at every boundary; an interrupted run goes on where it was")
    .addOption(new Option("--only <part>", "run this part, and keep the other's samples").choices(SOAKS))
    .action(async (options: SoakOptions) => (await import("./cli/soak")).soak(options));

  const tools = labs.command("tools").description("what the lab is built from");
  tools
    .command("trim")
    .description("remove the compiler's cache; the tools stay")
    .action(async () => (await import("./cli/tools")).trim());
  tools
    .command("clean")
    .description("remove the tools and all downloads")
    .action(async () => (await import("./cli/tools")).cleanTools());
}
