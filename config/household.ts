import { stackFileName, stackOf } from "./file-names";
import { findClashes } from "./clashes";
import { inspectStack, locate, parsedOrThrow, type Inspected, type ParsedStack, type StackSource } from "./parse";
import { PlanError, type Finding, type Problem } from "./problem";
import { findMisplacedSecrets, withSecretKeys } from "./secret-places";
import { readStackFile, type StackFile, type StackText } from "./stack-file";

/**
 * Parses the stack files of a project, which together are the plan of one household. Skips a file without a key of this project: its stack
 * is not configured yet.
 *
 * @throws PlanError with every problem of every file, and every clash between them
 */
export function parseHousehold(files: readonly StackText[]): ParsedStack[] {
  const stacks = files.flatMap(inspectFile);
  const problems = [
    ...stacks.flatMap((stack) => [...stack.problems, ...stack.unreadable]),
    ...findClashes(stacks).map(({ problem }) => problem),
  ];
  if (problems.length > 0) throw new PlanError(problems);
  return stacks.map(parsedOrThrow);
}

/** A stack, compared with the other stacks of the household. */
export interface CheckedStack {
  readonly parsed: ParsedStack;
  /** One line for each other file that could not be compared completely. */
  readonly warnings: readonly string[];
  /** Adds file and line to a finding that cluster or router cause later. */
  readonly locate: (finding: Finding) => Problem;
}

/**
 * Parses one stack and compares it with the project's other stack files. Problems within another file are only warnings: a stack that is
 * not complete yet must not block the others.
 *
 * @param secretKeys the keys that the engine counts as secret
 * @throws PlanError with every problem of this stack, and every clash with another one
 */
export function parseWithOthers(
  stack: string,
  config: StackSource["config"],
  files: readonly StackText[],
  secretKeys: readonly string[] = [],
): CheckedStack {
  const text = files.find(({ file }) => (stackOf(file) ?? file) === stack);
  const file = text && readStackFile(text);
  const encrypted = withSecretKeys(file?.encrypted ?? new Set(), secretKeys, config);
  const own = inspectStack({ ...(file === undefined ? { stack } : placesIn(file)), config, encrypted });
  const misplaced = findMisplacedSecrets(encrypted).map((finding) => locate(own.source, finding));
  const ownProblems = [...misplaced, ...own.problems.filter(({ path }) => !misplaced.some((one) => one.path === path))];
  const others = files.filter((other) => other !== text).flatMap(inspectOnce);
  const clashes = findClashes([...others, own].sort((one, other) => (one.source.stack < other.source.stack ? -1 : 1)));
  const ownClashes = clashes.filter(({ stacks }) => stacks.includes(stack)).map(({ problem }) => problem);
  const problems = [...(file === undefined ? ownProblems : withOwn(file, config, ownProblems)), ...ownClashes];
  if (problems.length > 0) throw new PlanError(problems);
  return { parsed: parsedOrThrow(own), warnings: others.flatMap(warningOf), locate: (finding) => locate(own.source, finding) };
}

/** Returns the parts of a stack file that locate a finding. */
const placesIn = ({ stack, file, lineOf, defaults }: StackSource): Omit<StackSource, "config"> => ({
  stack,
  ...(file && { file }),
  ...(lineOf && { lineOf }),
  ...(defaults && { defaults }),
});

/** Adds the problems of a configuration to those of its file. The file's come first, and one problem of a key is enough. */
function withOwn(file: StackFile, config: StackSource["config"], problems: readonly Problem[]): Problem[] {
  const isEmpty = Object.keys(config).length === 0 && file.problems.length > 0;
  const known = new Set(file.problems.map(({ path }) => path));
  return [...file.problems, ...problems.filter(({ path }) => !isEmpty && !known.has(path))];
}

function warningOf({ source, problems }: Inspected): string[] {
  if (problems.length === 0) return [];
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return [
    `${source.file ?? stackFileName(source.stack)} has ${count}, so a conflict with it may go unnoticed; run "make plan" to see them`,
  ];
}

/** An inspected stack file. Problems of encrypted values are kept apart, because these values cannot be checked. */
interface InspectedFile extends Inspected {
  readonly unreadable: readonly Problem[];
}

/** The cache of inspected files. A command that plans every stack compares each stack with all files. */
const inspected = new WeakMap<StackText, InspectedFile[]>();

function inspectOnce(text: StackText): InspectedFile[] {
  const result = inspected.get(text) ?? inspectFile(text);
  inspected.set(text, result);
  return result;
}

function inspectFile(text: StackText): InspectedFile[] {
  const file = readStackFile(text);
  if (Object.keys(file.config).length === 0) {
    return file.problems.length === 0 ? [] : [{ source: file, sections: {}, problems: file.problems, unreadable: [] }];
  }
  const stack = inspectStack(file);
  const isEncrypted = ({ path }: Problem) => file.encrypted.has(path);
  const misplaced = findMisplacedSecrets(file.encrypted).map((finding) => locate(file, finding));
  const empty = stack.problems.filter((problem) => isEncrypted(problem) && !misplaced.some(({ path }) => path === problem.path));
  return [
    {
      ...stack,
      problems: withOwn(
        file,
        file.config,
        stack.problems.filter((problem) => !isEncrypted(problem)),
      ),
      unreadable: [...misplaced, ...empty.map(aboutEncrypted)],
    },
  ];
}

/** An encrypted value breaks a rule only if its ciphertext is empty. */
function aboutEncrypted(problem: Problem): Problem {
  const fix = `set it again with "pulumi config set --path --secret ${problem.path}"`;
  return { ...problem, value: "an encrypted value", rule: "empty", fix };
}
