/** Small changes to published Go modules, made in the copies that are compiled. */

/** A replacement in one file of a published module. */
export interface Patch {
  readonly module: string;
  readonly file: string;
  /** A text that occurs exactly once in the file, or a regular expression and the number of its matches. */
  readonly from: string | { readonly pattern: string; readonly places: number };
  readonly to: string;
}

/**
 * Returns a file's text with the replacement.
 *
 * @throws Error if the text to replace occurs more or less often than expected, because the patch was written for another release
 */
export function patched(text: string, { module, file, from, to }: Patch): string {
  const { pattern, places } = typeof from === "string" ? { pattern: escaped(from), places: 1 } : from;
  let found = 0;
  const result = text.replace(new RegExp(pattern, "gm"), () => (found++, to));
  if (found !== places)
    throw new Error(
      `${module}/${file} contains the text that a patch replaces ${found} times, but the patch expects ${places}: compare it with the release`,
    );
  return result;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
