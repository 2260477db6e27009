import { stackOf } from "../config/file-names";
import { PlanError } from "../config/problem";
import { NO_STACK_FILE, readStackFiles } from "../config/stack-files";
import { UserError } from "../config/user-error";
import { readStackFile } from "../config/stack-file";
import { confirm, requireTerminal } from "./confirm";
import { asJson, changed, toText, type Outcome, type Verb } from "./all/outcome";
import { Stop } from "./all/stop";
import { type NetworkOptions } from "./lab-network";
import { projectFolder } from "../config/project";
import { print, printAside } from "./print";

export interface PreviewOptions extends NetworkOptions {
  /** Selects every stack that has a file. */
  readonly all?: boolean;
  /** Prints the outcomes as JSON. */
  readonly json?: boolean;
}

export interface UpOptions extends PreviewOptions {
  /** Skips the preview and the confirmation. */
  readonly yes?: boolean;
}

/** Previews stacks; changes nothing. The exit status is 1 if a preview failed. @throws UserError if no stack is named, or one does not exist */
export async function preview(names: readonly string[], { all = false, json = false }: PreviewOptions): Promise<void> {
  const stop = new Stop(printAside);
  report("preview", await run("preview", choose(names, all), stop), stop, json);
}

/**
 * Deploys stacks. Without `--yes`, previews them first, and asks before it deploys those whose preview succeeded. The exit status is 1 if a
 * stack failed; after a signal, the shell's number for the signal.
 *
 * @throws UserError if no stack is named, a named stack does not exist, or a confirmation is needed and standard input is not a terminal
 */
export async function up(names: readonly string[], { all = false, json = false, yes = false }: UpOptions): Promise<void> {
  const chosen = choose(names, all);
  if (!yes) requireTerminal(process.stdin.isTTY && !json);
  const stop = new Stop(printAside);
  const previews = yes ? [] : await run("preview", chosen, stop);
  const deployable = yes ? chosen : previews.filter(({ result }) => result === "done").map(({ stack }) => stack);
  const failedPreviews = previews.filter(({ result }) => result !== "done");
  if (!yes) {
    print(toText("preview", previews));
    if (previews.every((one) => one.result !== "done" || changed(one) === 0)) {
      if (deployable.length > 0) print("\nThere is nothing to change.");
      return setExitCode(previews, stop);
    }
    if (failedPreviews.length > 0) print(`\nLeft out because the preview failed: ${failedPreviews.map(({ stack }) => stack).join(", ")}.`);
    try {
      await confirm(`\nDeploy ${deployable.join(", ")}?`, "yes", stop.signal);
    } catch (error) {
      if (!stop.isRequested) throw error;
      process.exitCode = stop.exitCode;
      return print("\nNothing was changed.");
    }
  }
  report("up", [...failedPreviews, ...(await run("up", deployable, stop))], stop, json);
}

/** Loads the engine's library only here: it takes a second, which no other command should wait for. */
async function run(verb: Verb, names: readonly string[], stop: Stop): Promise<Outcome[]> {
  const { runStacks } = await import("./all/engines");
  return runStacks(verb, names, stop, printAside);
}

function choose(names: readonly string[], all: boolean): readonly string[] {
  const files = readStackFiles(projectFolder());
  const known = files.flatMap((file) => {
    const { stack, config, problems } = readStackFile(file);
    // The stack has no plan yet.
    return stackOf(file.file) === undefined || (Object.keys(config).length === 0 && problems.length === 0) ? [] : [stack];
  });
  if (known.length === 0) throw new UserError(NO_STACK_FILE);
  if (names.length === 0 && !all) throw new UserError(`Name the stacks, or use --all: the stacks are ${known.join(", ")}.`);
  if (names.length > 0 && all) throw new UserError(`Name stacks or use --all, not both: ${names.join(", ")}.`);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UserError(`There is no stack "${unknown}": the stacks are ${known.join(", ")}.`);
  if (!all) return [...new Set(names)];
  const ignored = files.filter(({ file }) => stackOf(file) === undefined).flatMap((file) => readStackFile(file).problems);
  if (ignored.length > 0) throw new UserError(new PlanError(ignored).message);
  return known;
}

function report(verb: Verb, outcomes: readonly Outcome[], stop: Stop, json: boolean): void {
  print(json ? asJson(verb, outcomes) : toText(verb, outcomes));
  setExitCode(outcomes, stop);
}

function setExitCode(outcomes: readonly Outcome[], stop: Stop): void {
  if (stop.isRequested) process.exitCode = stop.exitCode;
  else if (outcomes.some(({ result }) => result !== "done")) process.exitCode = 1;
}
