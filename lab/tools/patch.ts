/** Small changes to published Go modules, made in the copies that are compiled. */

/** What a copy of one file of a published module has in place of what was published. */
export interface Patch {
  readonly module: string;
  readonly file: string;
  /** A text that the file has exactly once, or a regular expression and how many places of the file it matches. */
  readonly from: string | { readonly pattern: string; readonly places: number };
  readonly to: string;
}

/**
 * Returns the text of a file as the copy has it.
 *
 * @throws Error if the file has the text to replace more or less often than the patch expects: then it was written for another release
 */
export function patched(text: string, { module, file, from, to }: Patch): string {
  const { pattern, places } = typeof from === "string" ? { pattern: escaped(from), places: 1 } : from;
  let found = 0;
  const result = text.replace(new RegExp(pattern, "gm"), () => (found++, to));
  if (found !== places)
    throw new Error(
      `${module}/${file} has ${found} times the text that a patch replaces, and the patch expects ${places}: compare it with the release`,
    );
  return result;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
