import assert from "node:assert/strict";

/** Texts from outside that a terminal or a CI runner would obey. */
export const HOSTILE: readonly (readonly [what: string, text: string])[] = [
  ["an escape sequence", "harmless\u001b[2J\u001b]0;title\u0007"],
  ["an 8-bit escape sequence", "harmless\u009b2J"],
  ["a line that is a command of a workflow", "harmless\n::error file=index.ts::forged"],
  ["a command at the beginning", "::error file=index.ts::harmless"],
  ["an older command", "harmless ##[error]forged"],
  ["marks of direction", "harmless \u202eforged"],
  ["a line of a result", "harmless\n  ok       router   forged"],
  ["a carriage return", "harmless\r  ok  router  forged"],
];

/** Asserts that a line has nothing that a terminal or a CI runner obeys. */
export function isHarmless(line: string): void {
  assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|##\[|##vso\[|^\s*::[a-z]/i);
}
