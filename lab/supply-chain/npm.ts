/** Reads the report of `npm audit --json`. Pure. */
import { z } from "zod";
import { UserError } from "../../config/user-error";
import type { Vulnerability } from "./allow-list";

const advisory = z.object({ name: z.string(), title: z.string(), url: z.string(), severity: z.string(), range: z.string() });
const report = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(z.union([z.string(), advisory])) })),
  metadata: z.object({ dependencies: z.object({ total: z.number() }) }),
});

/**
 * Returns each advisory once. Its packages are those of the program, of development, and optional ones.
 *
 * @throws UserError if the registry gave no report: npm ends with 1 both then and for a vulnerability
 */
export function readNpmAudit(text: string): Vulnerability[] {
  const { data } = report.safeParse(json(text));
  if (data === undefined) {
    const { message } = z.object({ message: z.string() }).safeParse(json(text)).data ?? {};
    throw new UserError(`npm audit gave no report, so nothing is known of the packages: ${message ?? text.slice(0, 200)}`);
  }
  if (data.metadata.dependencies.total === 0) throw new UserError("npm audit looked at no package: run it in the project's folder.");
  const found = Object.values(data.vulnerabilities).flatMap(({ via }) => via.filter((one) => typeof one !== "string"));
  const unique = new Map(found.map((one) => [one.url, one]));
  return [...unique.values()].map(({ name, title, url, severity, range }) => ({
    id: url.split("/").at(-1) ?? url,
    where: "npm",
    package: `${name} ${range}`,
    title: `${title} (${severity})`,
    fix: `"npm explain ${name}" shows what needs it`,
  }));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
