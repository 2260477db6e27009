import { onOneLine, printableLines } from "./printable";

/** An error whose message contains no secrets, and no characters or commands that a terminal or a CI runner obeys. */
export class PrintableError extends Error {
  constructor(message: string) {
    super(printableLines(message));
  }
}

/** An error that quotes text from outside, on one line, so that the text cannot add lines to what is printed. */
export class OneLineError extends PrintableError {
  constructor(message: string) {
    super(onOneLine(message));
  }
}

/** An error that the user can fix. Its message is a clear sentence and is printed without a stack trace. */
export class UserError extends PrintableError {
  override readonly name = "UserError";
}

/** Returns the message of a thrown value, as it can be printed. */
export function messageOf(error: unknown): string {
  return printableLines(error instanceof Error ? error.message : String(error));
}

/**
 * Returns the reason why router, cluster or CLI could not be read. Messages of libraries may contain secrets, so only their error codes are
 * printed.
 */
export function reasonFor(error: unknown): string {
  if (error instanceof PrintableError) return error.message;
  const { code, name } = error as NodeJS.ErrnoException;
  return `it cannot be read (${code ?? name})`;
}
