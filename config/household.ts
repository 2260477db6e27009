import { stackFileName } from "./file-names";
import { findClashes } from "./clashes";
import { inspectStack, locate, soundOrThrow, type Inspected, type ParsedStack, type StackSource } from "./parse";
import { PlanError, type Finding, type Problem } from "./problem";
import { readStackFile, type StackText } from "./stack-file";

/**
 * Parses the stack files of a project, which together are the plan of one household. A file without a key of this project is a stack that
 * nobody has planned yet, and is left out.
 *
 * @throws PlanError with every problem of every file, and every clash between them.
 */
export function parseHousehold(files: readonly StackText[]): ParsedStack[] {
  const stacks = files.flatMap(inspectFile);
  const problems = [
    ...stacks.flatMap((stack) => [...stack.problems, ...stack.unreadable]),
    ...findClashes(stacks).map(({ problem }) => problem),
  ];
  if (problems.length > 0) throw new PlanError(problems);
  return stacks.map(soundOrThrow);
}

/** One stack of a household. */
export interface StackAmongOthers {
  readonly parsed: ParsedStack;
  /** One line for each other file that could not be compared in full. */
  readonly warnings: readonly string[];
  /** Gives the place in the stack's file to what is found wrong later on, with files and clusters. */
  readonly locate: (finding: Finding) => Problem;
}

/**
 * Parses one stack, with its values from elsewhere, and compares it with the other files of the project. What is wrong within those is a warning only:
 * a stack that somebody is still writing must not hold up the others.
 *
 * @throws PlanError with every problem of this stack, and every clash of it with another.
 */
export function parseAmongOthers(stack: string, config: StackSource["config"], files: readonly StackText[]): StackAmongOthers {
  const text = files.find(({ file }) => file === stackFileName(stack));
  const file = text && readStackFile(text);
  const own = inspectStack({ stack, config, ...(file?.lineOf === undefined ? {} : { lineOf: file.lineOf }) });
  const others = files.filter((other) => other !== text).flatMap(inspectOnce);
  const clashes = findClashes([...others, own].sort((one, other) => (one.source.stack < other.source.stack ? -1 : 1)));
  const ownClashes = clashes.filter(({ stacks }) => stacks.includes(stack)).map(({ problem }) => problem);
  const problems = [...(file?.problems ?? []), ...own.problems, ...ownClashes];
  if (problems.length > 0) throw new PlanError(problems);
  return { parsed: soundOrThrow(own), warnings: others.flatMap(warningOf), locate: (finding) => locate(own.source, finding) };
}

function warningOf({ source, problems }: Inspected): string[] {
  if (problems.length === 0) return [];
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return [`${stackFileName(source.stack)} has ${count}, so a conflict with it may go unnoticed; run "make plan" to see them`];
}

/** A stack file inspected; values that cannot be judged because they are encrypted are apart from what is wrong. */
interface InspectedFile extends Inspected {
  readonly unreadable: readonly Problem[];
}

/** What came of files that a stack was compared with: a command that plans every stack compares each with all of them. */
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
  return [
    {
      ...stack,
      problems: [...file.problems, ...stack.problems.filter((problem) => !isEncrypted(problem))],
      unreadable: stack.problems.filter(isEncrypted).map((problem) => ({
        ...problem,
        value: "an encrypted value",
        rule: "not a secret, and needed here",
        fix: `set it again with "pulumi config set --path" and without --secret`,
      })),
    },
  ];
}
