/** Reads the output of `homelab diff --json` that the code of a pull request has written, which may be anything. */
import { z } from "zod";

import { UserError } from "../../config/user-error";
import type { Diff } from "../../report/diff/diff";

/** The largest file that is read, in bytes. A chart's upgrade has some ten kilobytes. */
export const LARGEST_RESULT = 1024 * 1024;

const change = z.enum(["added", "removed", "changed"]);
const text = z.string().max(300);
const name = text.regex(/^[\w.:-]+$/);
const place = text.regex(/^[\w.:/-]+$/);
const count = z.int().min(0).max(9999);
const difference = z
  .strictObject({ path: z.string().max(2000), from: z.unknown().optional(), to: z.unknown().optional() })
  .transform(({ path, from, to }) => ({ path, from, to }));
const list = <T extends z.ZodType>(item: T) => z.array(item).max(1000);
const target = { gateway: place, metric: count };
const holder = z.strictObject({ stack: name, pool: name });

const diff = z.strictObject({
  stacks: list(
    z.strictObject({
      stack: name,
      change,
      objects: list(z.strictObject({ change, kind: name, namespace: name.optional(), name, differences: list(difference) })),
      routes: list(
        z.strictObject({ change, router: place, network: place, netmask: place, ...target, before: z.strictObject(target).optional() }),
      ),
      images: list(z.strictObject({ image: place, from: list(place), to: list(place) })),
      definitions: list(z.strictObject({ definition: name, note: text })),
      settings: list(difference),
      secrets: list(text),
    }),
  ),
  moved: list(z.strictObject({ addresses: place, from: holder, to: holder })),
  baseProblem: z.string().max(200_000).optional(),
});

/** Parses a result. @throws UserError if it is not one */
export function parseDiff(content: string): Diff {
  const result = diff.safeParse(parsed(content));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UserError(`The result of homelab diff is not in its form: ${issue?.path.join(".") || "it"}: ${issue?.message ?? ""}.`);
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new UserError("The result of homelab diff is not valid JSON.");
  }
}
