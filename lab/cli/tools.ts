import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../config/user-error";
import { cacheFolder } from "../folders";
import { trimTools } from "../tools/toolbox";

/** Removes the compiler's cache. */
export function trim(): void {
  console.log(`Removed ${trimTools()}.`);
}

/** Removes all tools and downloads; refuses while a lab uses them. */
export function cleanTools(): void {
  const labs = path.join(cacheFolder, "labs");
  const present = fs.existsSync(labs) ? fs.readdirSync(labs, { withFileTypes: true }).filter((entry) => entry.isDirectory()) : [];
  if (present.length > 0) {
    throw new UserError(
      `The tools are in use by ${present.map(({ name }) => `the lab "${name}"`).join(", ")}: remove it first, with make lab-down LAB=${present[0]?.name}.`,
    );
  }
  fs.rmSync(cacheFolder, { recursive: true, force: true });
  console.log(`Removed ${cacheFolder}.`);
}
