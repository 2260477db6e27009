/** Reads YAML. Nothing here quotes the text or prints warnings with parts of it, because the text may contain secrets. */
import { Composer, Document, Lexer, LineCounter, Parser, YAMLParseError, type CST } from "yaml";

import { syntaxMistake, TOO_DEEP } from "./yaml-syntax";
import { resolveAliases, type Keys } from "./yaml-structure";

/** A mistake in a YAML text. */
export interface YamlMistake {
  readonly line: number;
  /** The keys that lead to the mistake; empty for a mistake of syntax. */
  readonly keys: Keys;
  readonly rule: string;
  readonly fix: string;
}

/** A YAML text as far as it can be read. */
export interface YamlText {
  readonly text: string;
  readonly document: Document;
  readonly lines: LineCounter;
  /** The content, with every alias and merge replaced by what it stands for; undefined if there are mistakes. */
  readonly content: unknown;
  readonly mistakes: readonly YamlMistake[];
}

/** How many constructs may be open at once: about four times the levels that {@link resolveAliases} accepts. */
const OPEN = 400;

/** Parses a text. Aliases and merges are supported, up to a limit; never throws. */
export function parseYaml(text: string): YamlText {
  const lines = new LineCounter();
  const { document, tooDeepAt } = composed(text, lines);
  const lineOf = (offset: number) => lines.linePos(offset).line || 1;
  const mistakes = mistakesOf(document, lineOf, tooDeepAt);
  // The check of the structure limits what aliases add.
  const content = mistakes.length > 0 ? undefined : (document.toJS({ maxAliasCount: -1 }) as unknown);
  return { text, document, lines, content, mistakes };
}

function mistakesOf(document: Document, lineOf: (offset: number) => number, tooDeepAt: number | undefined): YamlMistake[] {
  if (tooDeepAt !== undefined) return [{ ...TOO_DEEP, line: lineOf(tooDeepAt), keys: [] }];
  const [error] = document.errors;
  if (error !== undefined) return [{ ...syntaxMistake(error.code), line: lineOf(error.pos[0]), keys: [] }];
  return resolveAliases(document, lineOf).map(({ offset, ...mistake }) => ({ ...mistake, line: lineOf(offset) }));
}

/** Does what the library's `parseDocument` does, within limits: deep nesting overflows its stack, which can end the process. */
function composed(text: string, lines: LineCounter): { document: Document; tooDeepAt?: number } {
  // The library's own check for duplicate keys takes a minute for 200,000 keys.
  const composer = new Composer({ merge: true, uniqueKeys: false, logLevel: "error" });
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > OPEN) return { document: new Document(null), tooDeepAt: parser.offset };
  }
  tokens.push(...parser.end());
  const [document, second] = composer.compose(tokens, true, text.length);
  if (second !== undefined) document?.errors.push(new YAMLParseError([second.range[0], second.range[1]], "MULTIPLE_DOCS", ""));
  return { document: document ?? new Document(null) };
}
