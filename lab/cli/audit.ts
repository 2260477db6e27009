/** Compares the dependencies with the databases of known vulnerabilities. */
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { repository } from "../../config/project";
import { UserError } from "../../config/user-error";
import { Progress } from "../progress";
import { compare, readAllowList, type Vulnerability } from "../supply-chain/allow-list";
import { readGovulncheck } from "../supply-chain/go";
import { readNpmAudit } from "../supply-chain/npm";
import { allGoTools } from "../tools/catalogue";
import { provideGovulncheck } from "../tools/extras";
import { runInSource } from "../tools/go";

/** The vulnerabilities that do not fail the check. */
export const ALLOW_LIST = ".github/allowed-vulnerabilities.yaml";

/** Compares the npm packages, those for development included. @throws UserError with each vulnerability that is not allowed */
export async function auditNpm(): Promise<void> {
  const kinds = ["prod", "dev", "optional", "peer"].map((kind) => `--include=${kind}`);
  const { stdout } = await execa("npm", ["audit", "--json", ...kinds], { cwd: repository, reject: false });
  report("npm", readNpmAudit(stdout));
}

export interface AuditGoOptions {
  /** A database of another address, such as `file:///folder`. */
  readonly db?: string;
}

/** Compares the programs of one folder below lab/go. @throws UserError with each vulnerability that is not allowed */
export async function auditGo(folder: string, { db }: AuditGoOptions): Promise<void> {
  const where = `lab/go/${folder}`;
  const tools = allGoTools.filter(({ module }) => module === folder);
  if (tools.length === 0) throw new UserError(`No program is built from ${where}: the folders are ${goFolders().join(", ")}.`);
  const govulncheck = await provideGovulncheck(new Progress());
  const database = db === undefined ? [] : ["-db", db];
  const found = new Map<string, Vulnerability>();
  for (const tool of tools) {
    const printed = await runInSource(tool, [govulncheck, ...database, "-format", "json", tool.package]);
    const { called, uncalled } = readGovulncheck(printed, where);
    for (const one of called) found.set(one.id, one);
    const others = uncalled.length === 0 ? "" : `; required, and not called: ${uncalled.join(", ")}`;
    console.log(`${where}: ${tool.name} calls functions with ${called.length} known vulnerabilities${others}`);
  }
  report(where, [...found.values()]);
}

/** Returns the names of the Go folders. */
export const goFolders = (): string[] =>
  fs.readdirSync(path.join(repository, "lab", "go")).filter((name) => fs.existsSync(path.join(repository, "lab", "go", name, "go.mod")));

function report(where: string, found: readonly Vulnerability[]): void {
  const allowed = readAllowList(fs.readFileSync(path.join(repository, ALLOW_LIST), "utf8"), ALLOW_LIST).filter(
    (one) => one.where === where,
  );
  const problems = compare(found, allowed);
  for (const { id, reason, date } of allowed) console.log(`${where}: ${id} is allowed since ${date}: ${reason}`);
  if (problems.length > 0) throw new UserError(`${problems.join("\n")}\nUpdate the dependency, or add an entry to ${ALLOW_LIST}.`);
  console.log(`${where}: no known vulnerability that is not allowed`);
}
