/** A program for the engine's runner of programs: loads the one that is named, prints every file that Node has loaded by then, and ends. */
import { writeSync } from "node:fs";

// eslint-disable-next-line @typescript-eslint/no-require-imports -- as the runner does it
require(process.env["HOMELAB_PROGRAM"] ?? "");
writeSync(1, `${JSON.stringify(Object.keys(require.cache))}\n`);
process.exit(0);
