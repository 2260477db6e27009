/** Prints what a command has to say. Text from routers, clusters and programs is in it. */
import { printableLines } from "../config/printable";

/** Prints a text on standard output. */
export const print = (text: string): void => console.log(printableLines(text));

/** Prints a text on standard error. */
export const printAside = (text: string): void => void process.stderr.write(`${printableLines(text)}\n`);
