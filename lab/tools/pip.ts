/** Provides programs that PyPI has as wheels: unpacks them into a folder of the cache, checks their committed hashes, and installs nothing. */
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { repository } from "../../config/project";
import type { Progress } from "../progress";
import { keyedFolder, makeFolder } from "./keyed-folder";

const requirements = path.join(repository, "lab", "pip", "requirements.txt");

/** Returns the path of a program after it was provided. */
export function pipProgram(name: "shellcheck" | "zizmor"): string {
  return path.join(keyedFolder("pip", [fs.readFileSync(requirements, "utf8")]), "bin", name);
}

/** Fetches the programs, which needs python3 with pip, PyPI, and wheels for the machine. @returns whether they are available */
export async function providePipPrograms(progress: Progress): Promise<boolean> {
  const folder = path.dirname(path.dirname(pipProgram("zizmor")));
  if (fs.existsSync(folder)) return true;
  // At most half a minute for a registry that does not answer, because checks that do not need it wait too.
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
