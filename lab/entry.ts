/** The commands that the command line takes from the lab. */
import { type Command, Option } from "commander";
import type { AuditGoOptions } from "./cli/audit";
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
  const labs = program.command("lab").description("a twin of the network on this machine").enablePositionalOptions();
  labs
    .command("up")
    .description("start the lab and deploy every stack; parts that are running stay as they are")
    .action(async () => (await import("./cli/lab")).up());
  labs
    .command("down")
    .description("stop the lab and remove its processes, namespaces, mounts, cgroups and files")
    .action(async () => (await import("./cli/lab")).down());
  labs
    .command("exec")
    .argument("<host>")
    .argument("<command>", "a command for the host's shell")
    .description("run a command on a host of the lab")
    .action(async (host: string, command: string) => (await import("./cli/lab")).exec(host, command));
  // Arguments after the stack belong to the program that is called, options included.
  labs
    .command("pulumi")
    .argument("<stack>")
    .argument("[args...]")
    .passThroughOptions()
    .description("run the Pulumi CLI on a stack of the lab")
    .action(async (stack: string, args: readonly string[]) => (await import("./cli/lab")).pulumi(stack, args));
  labs
    .command("kubectl")
    .argument("<stack>")
    .argument("[args...]")
    .passThroughOptions()
    .description("run kubectl on a cluster of the lab")
    .action(async (stack: string, args: readonly string[]) => (await import("./cli/lab")).kubectl(stack, args));

  labs
    .command("test")
    .description("check format, lint, types, spelling and terms; run the unit tests and the end-to-end tests in a lab of their own")
    .action(async () => (await import("./cli/test")).test());

  labs
    .command("lifecycle")
    .argument("[scenario]", "run only this scenario")
    .option("--list", "print the names of the scenarios; run none")
    .description("test the states that a real cluster can be in, each in its own lab")
    .action(async (scenario: string | undefined, options: LifecycleOptions) =>
      (await import("./cli/lifecycle")).lifecycle(scenario, options),
    );

  labs
    .command("bench")
    .description("measure how long commands take, and write docs/benchmarks.md")
    .addOption(new Option("--only <part>", "measure only this part; keep the samples of the others").choices(PARTS))
    .action(async (options: BenchOptions) => (await import("./cli/bench")).bench(options));

  labs
    .command("failover")
    .description("measure failover when nodes, links and the router fail, and write docs/benchmarks.md; resumes an interrupted run")
    .option("--rounds <number>", "the number of rounds of each fault", "10")
    .addOption(new Option("--mode <mode>", "measure only this mode of the next hop").choices(MODES))
    .addOption(new Option("--fault <fault>", "measure only this fault").choices(FAULTS))
    .action(async (options: FailoverOptions) => (await import("./cli/failover/bench")).benchFailover(options));

  labs
    .command("soak")
    .description("change routes many times, and kill the engine at every step; resumes an interrupted run")
    .addOption(new Option("--only <part>", "run only this part; keep the samples of the other").choices(SOAKS))
    .action(async (options: SoakOptions) => (await import("./cli/soak")).soak(options));

  const audit = labs.command("audit").description("compare the dependencies with the databases of known vulnerabilities");
  audit
    .command("npm")
    .description("compare the npm packages; fails if one has a vulnerability that is not allowed")
    .action(async () => (await import("./cli/audit")).auditNpm());
  audit
    .command("go")
    .argument("<folder>", "a folder below lab/go, such as helm")
    .option("--db <address>", "another database, such as file:///folder")
    .description("compare the programs of a Go folder; fails if one calls a function with a vulnerability that is not allowed")
    .action(async (folder: string, options: AuditGoOptions) => (await import("./cli/audit")).auditGo(folder, options));

  const tools = labs.command("tools").description("manage the tools that the lab is built from");
  tools
    .command("trim")
    .description("remove the compiler's cache; keep the tools")
    .action(async () => (await import("./cli/tools")).trim());
  tools
    .command("clean")
    .description("remove the tools and all downloads")
    .action(async () => (await import("./cli/tools")).cleanTools());
}
