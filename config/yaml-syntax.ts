import type { ErrorCode } from "yaml";

/** The rule that a text breaks, and the fix. */
interface SyntaxMistake {
  readonly rule: string;
  readonly fix: string;
}

/** The library's own messages quote the text, which may contain secrets. */
const MISTAKES: Partial<Record<ErrorCode, SyntaxMistake>> = {
  ALIAS_PROPS: {
    rule: "an alias has an anchor or a tag of its own",
    fix: "write the alias alone, or put a value that begins with * in quotes",
  },
  BAD_DQ_ESCAPE: { rule: "an unknown escape sequence in double quotes", fix: "write each backslash twice, or use single quotes" },
  BAD_INDENT: {
    rule: "the indentation is wrong, or a bracket is not closed",
    fix: "indent the keys of a section equally, and close each bracket",
  },
  BAD_SCALAR_START: { rule: "a value begins with a character that is reserved", fix: "put the value in quotes" },
  BLOCK_AS_IMPLICIT_KEY: {
    rule: "a second key, or a colon with a space after it, within a value",
    fix: "put the value in quotes, or begin a new line",
  },
  BLOCK_IN_FLOW: { rule: "an indented block within brackets", fix: "write the value within the brackets on one line" },
  KEY_OVER_1024_CHARS: { rule: "a key with more than 1024 characters", fix: "shorten the key, or put the value in quotes" },
  MISSING_CHAR: { rule: "a quote, a bracket or a colon is missing", fix: "close each quote and bracket, and write a colon after each key" },
  MULTILINE_IMPLICIT_KEY: { rule: "a key over several lines", fix: "write the key on one line, or put the value in quotes" },
  MULTIPLE_ANCHORS: { rule: "a value with two anchors", fix: "keep one of them, or put a value that begins with & in quotes" },
  MULTIPLE_DOCS: { rule: "several documents, but Pulumi reads only the first", fix: "remove the line --- and the documents after it" },
  MULTIPLE_TAGS: { rule: "a value with two tags", fix: "keep one of them, or put a value that begins with ! in quotes" },
  TAB_AS_INDENT: { rule: "a tab in the indentation", fix: "indent with spaces" },
  TAG_RESOLVE_FAILED: { rule: "a tag that does not suit its value", fix: "remove the tag, or put a value that begins with ! in quotes" },
};

/** The mistake of a text that is nested too deeply to be parsed. */
export const TOO_DEEP: SyntaxMistake = { rule: "nested too deeply to be read", fix: "remove some of the brackets or levels" };

const OTHER: SyntaxMistake = { rule: "text where YAML allows none", fix: "correct the line, or put the value in quotes" };

/** Describes an error of the YAML library. */
export function syntaxMistake(code: ErrorCode): SyntaxMistake {
  const { rule, fix } = MISTAKES[code] ?? OTHER;
  return { rule: `not YAML: ${rule}`, fix };
}
