/** An error whose message holds no secret, so that it may be printed as it is. */
export class PrintableError extends Error {}

/** A problem that the user can mend: its message is one clear sentence and is printed without a stack trace. */
export class UserError extends PrintableError {
  override readonly name = "UserError";
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a router, a cluster or the CLI was not read. Messages of libraries may quote what was read or sent, so only their codes are printed. */
export function reasonFor(error: unknown): string {
  if (error instanceof PrintableError) return error.message;
  const { code, name } = error as NodeJS.ErrnoException;
  return `it cannot be read (${code ?? name})`;
}
