import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./stack-files";

/** A page and the messages that it quotes. */
export interface Quotations {
  readonly page: string;
  /** The headings that quote a message. */
  readonly headings: readonly string[];
  /** Texts between backticks, and headings without them. */
  readonly spans: readonly string[];
  /** Texts between fences, each on one line. */
  readonly blocks: readonly string[];
}

const spansOf = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);

/** Reads the quotations of a page or of one of its sections. */
export function quotationsOf(page: string, section = ""): Quotations {
  const whole = readFileSync(join(ROOT, page), "utf8");
  const text = section === "" ? whole : (whole.split(/^(?=## )/m).find((part) => part.startsWith(`## ${section}\n`)) ?? "");
  const fence = /^```\w*\n([\s\S]*?)^```$/gm;
  const prose = text.replaceAll(fence, "");
  const headings = prose.split("\n").filter((line) => line.startsWith("#"));
  return {
    page,
    headings: headings.filter((line) => /^###? /.test(line)).flatMap(spansOf),
    spans: [...spansOf(prose), ...headings.map((line) => line.replace(/^#+ /, ""))],
    blocks: [...text.matchAll(fence)].map(([, block = ""]) => block.trim().replaceAll(/\s+/g, " ")),
  };
}

const whole = (sentence: string): string => sentence.replace(/\.$/, "");

/** Whether a quotation matches a message: `…` and `...` match any text, and numbers of seconds match each other. */
export function isQuotedBy(quotation: string, sentence: string): boolean {
  const parts = whole(quotation).split(/…|\.{3}|\d[\d.]*(?= s\b)/);
  // A quotation of little more than values says nothing.
  if (parts.join("").length < 12) return false;
  return new RegExp(`^${parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+?")}$`).test(whole(sentence));
}

/** Whether a page shows a message: quoted, or in an example with the same values. */
export function isShownBy({ spans, blocks }: Quotations, sentence: string): boolean {
  return [...spans, ...blocks].some((quotation) => isQuotedBy(quotation, sentence)) || blocks.some((block) => block.includes(sentence));
}
