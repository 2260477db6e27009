/** An error whose message contains no secrets, so that it can be printed. */
export class PrintableError extends Error {}

/** An error that the user can fix. Its message is a clear sentence and is printed without a stack trace. */
export class UserError extends PrintableError {
  override readonly name = "UserError";
}

/** Returns the message of a thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
