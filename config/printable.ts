/**
 * The characters that a terminal obeys instead of showing them, that change the order of a text, or that no XML document may contain: C0 and
 * C1, marks of direction, line and paragraph separators, lone surrogates.
 */
const CONTROL =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]|\p{Surrogate}/gu;

/** Whether a text has a character that is not printable; a line break is one too. */
export const hasControl = (text: string): boolean => text.search(CONTROL) >= 0;

/**
 * The character that makes the log of a CI runner obey a line: `::error::` at its beginning, `##[error]` and `##vso[` anywhere. An IPv6
 * address has no second `::`.
 */
const COMMAND = /:(?<=^[^\S\n]*:)(?=:[a-z].*::)|#(?=#(?:vso)?\[)/gim;

/**
 * Replaces each character that is not printable by its code, such as `\u001b`, as JSON does, and the first one of what a CI runner obeys. All
 * text from outside goes through this before it is printed: of routers, clusters, SSH servers, files and programs.
 */
export const printable = (text: string): string => text.replaceAll(CONTROL, escape).replaceAll(COMMAND, escape);

/** Works like {@link printable}, and keeps line breaks. */
export const printableLines = (text: string): string =>
  text.replaceAll(CONTROL, (character) => (character === "\n" ? character : escape(character))).replaceAll(COMMAND, escape);

/** Works like {@link printable}, and makes a text of several lines one line. */
export const onOneLine = (text: string): string => printable(text.trim().replaceAll(/[^\S\n]*\n\s*/g, " "));

const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Shortens a text in the middle to a number of characters. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const tail = Math.floor((length - 3) / 4);
  return `${text.slice(0, length - 3 - tail)}...${text.slice(text.length - tail)}`;
}

/**
 * The marks of private keys, tokens and logins: PEM and its base64, OpenSSH's format in base64, JSON Web Tokens, the fields of kubeconfigs,
 * URLs with a password.
 */
const SECRETS =
  /PRIVATE KEY|-----BEGIN|LS0tLS1CRUdJTi|b3BlbnNzaC1rZXkt|\beyJ[\w-]{8,}\.|(password|passwd|passphrase|secret|token|client-key-data)["']?\s*[:=]|:\/\/[^/\s:@]*:[^/\s@]+@/i;

/** Whether a text is, or contains, something that looks like a secret. */
export const looksSecret = (text: string): boolean => SECRETS.test(text) || (text.match(/[A-Za-z0-9+/]{64,}/g) ?? []).some(isRandom);

/** Whether a long word looks like a key in base64. Public SSH keys begin with AAAA. */
const isRandom = (word: string) => !word.startsWith("AAAA") && [/[A-Z]/, /[a-z]/, /\d/].every((kind) => kind.test(word));
