import { onOneLine } from "../../config/printable";
import { OneLineError, reasonFor } from "../../config/user-error";

/** The reason why a cluster could not be read, without secrets. */
export class NoResponse extends OneLineError {
  override readonly name: string = "NoResponse";

  /** What to do about it; undefined if only the caller knows. */
  readonly fix: string | undefined;

  constructor(message: string, fix?: string) {
    super(message);
    this.fix = fix === undefined ? undefined : onOneLine(fix);
  }
}

/** The kubeconfig's login failed, so no request was sent. */
export class LoginFailed extends NoResponse {
  override readonly name = "LoginFailed";
}

/** Returns what to do about an error; undefined if that is not known. */
export const fixFor = (error: unknown): string | undefined => (error instanceof NoResponse ? error.fix : undefined);

/** Returns the reason and the fix for a message. */
export function reasonAndFix(error: unknown): string {
  const fix = fixFor(error);
  return `${reasonFor(error)}${fix === undefined ? "" : `; ${fix}`}`;
}
