/** Cuts what a program prints, which comes in pieces, into its lines. */
export class Lines {
  private rest = "";

  /** @returns the lines that this piece ends */
  take(piece: string): string[] {
    const lines = `${this.rest}${piece}`.split("\n");
    this.rest = lines.pop() ?? "";
    return lines;
  }
}
