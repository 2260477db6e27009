/** Compares the known vulnerabilities of the dependencies with the list of those that are allowed. Pure. */
import { parse } from "yaml";
import { z } from "zod";
import { UserError } from "../../config/user-error";

/** A known vulnerability of a dependency. */
export interface Vulnerability {
  /** Its name in the database, such as `GHSA-xxxx-xxxx-xxxx` or `GO-2026-0001`. */
  readonly id: string;
  /** `npm`, or the Go folder, such as `lab/go/helm`. */
  readonly where: string;
  readonly package: string;
  readonly title: string;
  /** What to do, such as `fixed in v1.2.3`. */
  readonly fix: string;
}

const entry = z.strictObject({
  id: z.string().regex(/^(GHSA(-[0-9a-z]{4}){3}|GO-\d{4}-\d+)$/, "must be the name of an advisory, such as GO-2026-0001"),
  where: z.string().regex(/^(npm|lab\/go\/[\w.-]+)$/, "must be npm or a folder below lab/go"),
  reason: z.string().min(20, "must say why the program or the lab is not affected"),
  date: z.iso.date("must be the day on which the entry was written, such as 2026-11-30"),
});

/** A vulnerability that does not fail the check, and why. */
export type Allowed = z.infer<typeof entry>;

/** Reads the list. @throws UserError that names each wrong entry */
export function readAllowList(text: string, file: string): Allowed[] {
  const { success, data, error } = z.strictObject({ allowed: z.array(entry) }).safeParse(parse(text));
  if (success) return data.allowed;
  const problems = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new UserError(`${file} cannot be read: ${problems.join("; ")}.`);
}

/** Returns what fails the check: vulnerabilities that are not allowed, and entries of the list that match none any more. */
export function compare(found: readonly Vulnerability[], allowed: readonly Allowed[]): string[] {
  const isSame = (one: Pick<Allowed, "id" | "where">, other: Pick<Allowed, "id" | "where">) =>
    one.id === other.id && one.where === other.where;
  const open = found.filter((one) => !allowed.some((other) => isSame(one, other)));
  const stale = allowed.filter((one) => !found.some((other) => isSame(one, other)));
  return [
    ...open.map((one) => `${one.where}: ${one.id} in ${one.package}: ${one.title}; ${one.fix}`),
    ...stale.map(({ id, where }) => `${where}: ${id} is on the list of allowed vulnerabilities and was not found: remove the entry`),
  ];
}
