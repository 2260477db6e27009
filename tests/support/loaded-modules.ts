/** A program for the language host: loads the program that is named, prints every file that Node has loaded, and ends. */
import { writeSync } from "node:fs";

// eslint-disable-next-line @typescript-eslint/no-require-imports -- as the runner does it
require(process.env["HOMELAB_PROGRAM"] ?? "");
writeSync(1, `${JSON.stringify(Object.keys(require.cache))}\n`);
process.exit(0);
