/** Reads files of another commit. */
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";

import { isChartPath } from "../../config/chart";
import { meantAsStackFile, PROJECT_FILE, stackOf } from "../../config/file-names";
import { UserError } from "../../config/user-error";

/** A commit of the repository that a project's folder is in. */
export class Commit {
  private constructor(
    private readonly folder: string,
    private readonly hash: string,
  ) {}

  /** Finds a commit. @throws UserError if the commit does not exist, the folder is not in a repository, or git is not installed */
  static async find(folder: string, ref: string): Promise<Commit> {
    const { stdout, exitCode, stderr } = await git(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`]);
    if (exitCode === 0) return new Commit(folder, stdout.trim());
    if (stderr !== "") throw new UserError(`The base cannot be read: ${stderr.replace(/^fatal: /, "")}`);
    throw new UserError(
      `--base = "${ref}": no commit of this repository; write another one, or fetch it, such as with "git fetch origin main", which is FETCH_HEAD then.`,
    );
  }

  /** Writes the commit's stack files, with the project's defaults, into a folder. */
  async extractStackFiles(into: string): Promise<void> {
    const names = await this.names([]);
    const files = names.filter((name) => name === PROJECT_FILE || stackOf(name) !== undefined || meantAsStackFile(name) !== undefined);
    if (files.length > 0) await this.extract(files, into);
  }

  /**
   * Writes a chart that the repository has into a folder, in the same place. A chart from elsewhere, and one that is not committed, is the same for
   * both versions.
   *
   * @returns the chart as the stack file has it, or as an absolute path
   */
  async extractChart(chart: string, into: string): Promise<string> {
    if (!isChartPath(chart) || !chart.startsWith(".")) return chart;
    const own = path.relative(this.folder, path.resolve(this.folder, chart));
    if (own.startsWith("..") || (await this.names(["--", own])).length === 0) return path.resolve(this.folder, chart);
    await this.extract([own], into);
    return chart;
  }

  private async names(where: readonly string[]): Promise<string[]> {
    const { stdout } = await checked(this.folder, ["ls-tree", "-z", "--name-only", this.hash, ...where]);
    return stdout.split("\0").filter((name) => name !== "");
  }

  private async extract(files: readonly string[], into: string): Promise<void> {
    const archive = path.join(into, ".archive.tar");
    await checked(this.folder, ["archive", "--format=tar", `--output=${archive}`, this.hash, "--", ...files]);
    await execa("tar", ["--extract", `--file=${archive}`, `--directory=${into}`]);
    fs.rmSync(archive);
  }
}

/** Runs git in a folder, whatever its exit status. @throws UserError if git is not installed */
async function git(folder: string, args: readonly string[]): Promise<execa.ExecaReturnValue> {
  const result = await execa("git", args, { cwd: folder, reject: false });
  if ((result as Partial<NodeJS.ErrnoException>).code === "ENOENT")
    throw new UserError("The base cannot be read, because git is not on PATH: install it.");
  return result;
}

async function checked(folder: string, args: readonly string[]): Promise<execa.ExecaReturnValue> {
  const result = await git(folder, args);
  if (result.exitCode !== 0) throw new UserError(`The base cannot be read: ${result.stderr.replace(/^fatal: /, "")}`);
  return result;
}
