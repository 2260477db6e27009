/** What is wrong with a file as a whole. */
export interface FileMistake {
  readonly rule: string;
  readonly fix: string;
  readonly line?: number;
}

/** A file's text, as far as it can be read. */
export interface Decoded {
  readonly text: string;
  readonly mistakes: readonly FileMistake[];
}

const fix = "save it as UTF-8";

/** The marks at the beginning of a file that is not UTF-8. The longer ones are first. */
const MARKS: readonly (readonly [mark: readonly number[], name: string, decoder?: string])[] = [
  [[0xff, 0xfe, 0, 0], "UTF-32"],
  [[0, 0, 0xfe, 0xff], "UTF-32"],
  [[0xff, 0xfe], "UTF-16", "utf-16le"],
  [[0xfe, 0xff], "UTF-16", "utf-16be"],
];

/**
 * Decodes a file. Pulumi reads UTF-16 too, but other tools do not, so it is a mistake. Its text is returned nevertheless, so that the stack
 * is compared with others.
 */
export function decode(bytes: Uint8Array): Decoded {
  const marked = MARKS.find(([mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (marked !== undefined) {
    const [, name, decoder] = marked;
    const text = decoder === undefined ? "" : new TextDecoder(decoder).decode(bytes);
    return { text, mistakes: [{ rule: `saved as ${name}`, fix }] };
  }
  if (bytes.includes(0)) return { text: "", mistakes: [{ rule: isWide(bytes) ? "saved as UTF-16" : "not a text", fix }] };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), mistakes: [] };
  } catch {
    return { text: "", mistakes: [{ rule: "not a text in UTF-8", fix, line: lineOfFault(bytes) }] };
  }
}

/** Whether the first characters have two bytes each, as those of English have in UTF-16. */
const isWide = ([first, second, third, fourth]: Uint8Array) => (first === 0 && third === 0) || (second === 0 && fourth === 0);

/** Returns the line of the first byte that is not UTF-8. */
function lineOfFault(bytes: Uint8Array): number {
  const text = new TextDecoder().decode(bytes);
  return text.slice(0, Math.max(0, text.indexOf("\ufffd"))).split("\n").length;
}
