import { duration } from "../../../report/duration";
import { forTerminal } from "../../../report/table";
import type { Result } from "./queue";

export interface Summary {
  readonly text: string;
  readonly failures: number;
}

/** Returns the table of jobs, longest first, the totals, and what failed: last, so that no long output has to be searched. @param errors why jobs could not run */
export function summaryOf(results: readonly Result[], errors: readonly string[]): Summary {
  const problems = [
    ...results.flatMap(({ name, exitCode, failures }) =>
      exitCode === 0 || (failures ?? 0) > 0 ? [] : [`${name} exited with ${exitCode}`],
    ),
    ...results.flatMap(({ name, passes, failures, pending }) =>
      passes === 0 && failures === 0 && pending === 0 ? [`${name} has no tests`] : [],
    ),
    ...results.flatMap(({ unexplained = [] }) => unexplained.map((title) => `skipped without a reason: ${title}`)),
    ...errors,
  ];
  const sum = (pick: (result: Result) => number | undefined): number => results.reduce((total, result) => total + (pick(result) ?? 0), 0);
  const lines = [...results]
    .sort((one, other) => other.seconds - one.seconds)
    .map(({ name, seconds, passes, labs, deployments }) => [
      name,
      duration(seconds),
      ...[passes, labs, deployments].map((count) => (count ? String(count) : "")),
    ]);
  const failed = results.flatMap(({ name, failed: tests = [] }) => tests.map((test) => `${name}: ${test}`));
  const failures = sum((result) => result.failures) + problems.length;
  const text = [
    forTerminal({ header: ["what ran", "time", "passed", "labs raised", "deployments"], lines }),
    `${sum((result) => result.pending)} skipped, each with its reason above\n${sum((result) => result.passes)} passed, ${failures} failed`,
    ...list("Failed", failed),
    ...list("Failed besides the tests", problems),
  ];
  return { text: `\n${text.join("\n\n")}`, failures };
}

const list = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [`${title}:\n  ${lines.join("\n  ")}`]);
