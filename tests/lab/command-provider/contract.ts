import * as fs from "node:fs";
import * as path from "node:path";
import { VERSION } from "../../../lab/command-provider/service";
import { installedPlugin } from "../../../lab/tools/installed";
import type { Difference } from "./differences";
import { startPlugin, type Plugin } from "./plugin";

/** A plugin that is held to the contract. */
export interface Subject {
  start(environment?: Record<string, string>): Promise<Plugin>;
  /** Returns what an accepted difference is in this plugin. */
  own<T>(difference: Difference<T>): T;
}

const STAND_IN: Subject = { start: (environment) => startPlugin(environment), own: ({ standIn }) => standIn };

/** Returns the official plugin's program, if it is installed. A lab's own Pulumi home has the stand-in in that place, beside its `js` folder. */
function findOfficial(): string | undefined {
  const file = installedPlugin("command", VERSION)?.path;
  return file === undefined || fs.existsSync(path.join(path.dirname(file), "js")) ? undefined : file;
}

/**
 * Registers tests for the stand-in, and once more for the official plugin if it is installed. The title says which one they run against.
 * @param tests is called once for each plugin
 */
export function contract(title: string, tests: (subject: Subject) => void): void {
  const official = findOfficial();
  const absent = official === undefined ? `; the official ${VERSION} is not installed` : "";
  const register = (of: string, subject: Subject) =>
    describe(`${title} [${of}]`, function () {
      this.timeout(120_000);
      tests(subject);
    });
  register(`the lab's stand-in${absent}`, STAND_IN);
  if (official === undefined) return;
  register(`the official ${VERSION}`, {
    start: (environment) => startPlugin(environment, official),
    own: (difference) => difference.official,
  });
}
