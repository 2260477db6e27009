/** Reads the report of `govulncheck -format json`. Pure. */
import { z } from "zod";
import { UserError } from "../../config/user-error";
import type { Vulnerability } from "./allow-list";

const frame = z.object({
  module: z.string(),
  version: z.string().optional(),
  package: z.string().optional(),
  function: z.string().optional(),
});
const message = z.object({
  config: z.object({ scan_level: z.string(), db_last_modified: z.string().optional() }).optional(),
  SBOM: z.object({ roots: z.array(z.string()).nullish() }).optional(),
  osv: z.object({ id: z.string(), summary: z.string().optional() }).optional(),
  finding: z.object({ osv: z.string(), fixed_version: z.string().optional(), trace: z.tuple([frame]).rest(frame) }).optional(),
});

/** The vulnerabilities of a program's modules. */
export interface GoReport {
  /** Those with a function that the program calls. */
  readonly called: readonly Vulnerability[];
  /** The names of the others, whose functions it does not call. */
  readonly uncalled: readonly string[];
}

/** @param where the Go folder @throws UserError if the report is incomplete */
export function readGovulncheck(text: string, where: string): GoReport {
  const messages = objectsIn(text).map((one) => message.parse(one));
  const { scan_level: level, db_last_modified: date } = messages.find(({ config }) => config !== undefined)?.config ?? {};
  if (level !== "symbol") throw new UserError(`${where}: govulncheck compared "${level ?? "nothing"}" and not functions.`);
  if (!isReal(date)) throw new UserError(`${where}: the database of vulnerabilities has no date.`);
  if (!messages.some(({ SBOM }) => (SBOM?.roots ?? []).length > 0)) throw new UserError(`${where}: govulncheck looked at no program.`);
  const titles = new Map(messages.flatMap(({ osv }) => (osv === undefined ? [] : [[osv.id, osv.summary ?? ""] as const])));
  const findings = messages.flatMap(({ finding }) => finding ?? []);
  const called = new Map<string, Vulnerability>();
  for (const { osv, fixed_version: fixed, trace } of findings) {
    const [{ module, version = "", function: name }] = trace;
    if (name === undefined) continue;
    const fix = fixed === undefined ? "no release fixes it" : `${module} ${fixed} fixes it`;
    called.set(osv, { id: osv, where, package: `${module} ${version}`, title: titles.get(osv) ?? "", fix });
  }
  const uncalled = [...new Set(findings.map(({ osv }) => osv))].filter((id) => !called.has(id));
  return { called: [...called.values()], uncalled };
}

/** Splits a stream of JSON objects. govulncheck indents all lines but the first and the last of each. */
function objectsIn(text: string): unknown[] {
  return text
    .split(/^(?=\{)/m)
    .filter((part) => part.trim() !== "")
    .map((part) => JSON.parse(part) as unknown);
}

/** A folder without a database has no date, or Go's zero date. */
const isReal = (date = ""): boolean => Date.parse(date) > 0;
