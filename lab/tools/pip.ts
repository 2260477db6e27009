/** Programs that PyPI has as wheels: unpacked into a folder of the cache, by the hashes that are committed, with nothing installed. */
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { repository } from "../../config/project";
import type { Progress } from "../progress";
import { keyedFolder, makeFolder } from "./keyed-folder";

const requirements = path.join(repository, "lab", "pip", "requirements.txt");

/** Where a program of them lies, once it was asked for. */
export function pipProgram(name: "shellcheck" | "zizmor"): string {
  return path.join(keyedFolder("pip", [fs.readFileSync(requirements, "utf8")]), "bin", name);
}

/** Fetches the programs where they can be had: that needs python3 with pip, PyPI, and a machine that there are wheels for. @returns whether they are there */
export async function providePipPrograms(progress: Progress): Promise<boolean> {
  const folder = path.dirname(path.dirname(pipProgram("zizmor")));
  if (fs.existsSync(folder)) return true;
  // A registry that does not answer costs half a minute, and no check that needs none waits for it longer.
  const patience = ["--timeout", "10", "--retries", "1"];
  const exactly = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--requirement", requirements];
  const args = ["-m", "pip", "install", "--quiet", ...patience, ...exactly];
  progress.line("      fetching zizmor and shellcheck from PyPI");
  try {
    await makeFolder(folder, async (partial) => {
      await execa("python3", [...args, "--target", partial], {
        env: { PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_ROOT_USER_ACTION: "ignore" },
      });
    });
    return true;
  } catch (error) {
    const lines = String((error as execa.ExecaError).stderr ?? error)
      .trim()
      .split("\n");
    progress.line(`zizmor and shellcheck cannot be installed from PyPI, so their checks are skipped: ${lines.at(-1)}`);
    return false;
  }
}
