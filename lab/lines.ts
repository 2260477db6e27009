/** Splits a program's output, which arrives in pieces, into lines. */
export class Lines {
  private rest = "";

  /** Takes a piece of output. @returns the lines that it completes */
  take(piece: string): string[] {
    const lines = `${this.rest}${piece}`.split("\n");
    this.rest = lines.pop() ?? "";
    return lines;
  }
}
