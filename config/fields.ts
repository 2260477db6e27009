import { z } from "zod";

import { MASTER_LABEL } from "./node-labels";
import type { Parsed } from "./address/address";
import { hasControl } from "./printable";

/** Adds a description and examples to a field. The description must complete "set it to ..."; editors and error messages show it. */
export function described<T extends z.ZodType>(schema: T, description: string, ...examples: unknown[]): T {
  return schema.meta({ description, examples });
}

/** Works like {@link described}, for a value that `pulumi config set --secret` may have encrypted. */
export function secret<T extends z.ZodType>(schema: T, description: string, ...examples: unknown[]): T {
  // `writeOnly` is the keyword of JSON Schema for values that must not be shown.
  return schema.meta({ description, examples, writeOnly: true });
}

/**
 * Returns a schema for a text that a parser turns into a value, or refuses with rule and fix.
 *
 * @param form a form that every accepted text has, for editors
 */
export function parsedText<T>(parse: (text: string) => Parsed<T>, form?: RegExp) {
  const plain = form === undefined ? z.string() : z.string().meta({ pattern: form.source });
  return plain.transform((text, context) => {
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    context.issues.push({ code: "custom", message: parsed.rule, params: { fix: parsed.fix }, input: text });
    return z.NEVER;
  });
}

/** Returns a schema for a text of one form on one line; rule and fix describe the form. */
export function text(form: RegExp, rule: string, fix: string, longest = 253) {
  return z
    .string()
    .superRefine((value, context) => {
      const refuse = (message: string, how: string) => context.addIssue({ code: "custom", message, params: { fix: how } });
      if (!form.test(value)) refuse(rule, fix);
      else if (value.length > longest) refuse(`longer than ${longest} characters`, "shorten it");
      else if (hasControl(value))
        refuse("has a character that is not printable, or a line break", "write it on one line, without such characters");
    })
    .meta({ pattern: form.source });
}

const EMPTY = ["empty", "write a value or remove the key"] as const;

/** A name. */
export const filled = text(/\S/, ...EMPTY);

/** A path or an address of a file. */
export const filePath = text(/\S/, ...EMPTY, 4096);

/** Any text, on several lines too. */
export const secretText = z
  .string()
  .refine((value) => /\S/.test(value), { error: EMPTY[0], params: { fix: EMPTY[1] } })
  .meta({ pattern: "\\S" });

export const kubernetesName = text(
  /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  "not a name that Kubernetes accepts",
  "use up to 63 lower-case letters, digits and inner dashes, such as lab-dev",
);

/** A name of the DNS: labels as in RFC 1123, the last one not a number, which programs read as an address. */
export const hostName = text(
  /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*(?!\d+$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  "not a host name",
  "use lower-case letters, digits, inner dashes and dots, such as grafana or grafana.home.arpa",
);

const isEmpty = (value: unknown) => typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** Returns the same text for values that are equal to Kubernetes: it ignores empty values, and the order of keys and of texts in a list. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (Array.isArray(inner)) return inner.every((item) => typeof item === "string") ? [...inner].sort() : (inner as unknown[]);
    if (typeof inner !== "object" || inner === null) return inner;
    const entries = Object.entries(inner).filter(([, value]) => !isEmpty(value));
    return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

/** Returns a schema for a list without duplicates, because MetalLB refuses duplicates. */
export function distinct<T extends z.ZodType>(item: T) {
  return z.array(item).superRefine((items, context) => {
    const seen = new Map<string, number>();
    for (const [index, one] of items.map(canonical).entries()) {
      const first = seen.get(one);
      if (first === undefined) seen.set(one, index);
      if (first === undefined) continue;
      context.addIssue({ code: "custom", path: [index], message: `the same as entry ${first}`, params: { fix: "remove one of the two" } });
    }
  });
}

const labelKey = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const label = text(labelKey, "not a label's name", "write one such as app.kubernetes.io/name");
const labelValue = described(
  text(
    /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
    "not a label's value",
    "use up to 63 letters, digits, dashes, dots and underscores",
  ),
  "a label's value, in quotes where YAML would take it for something else",
  "media",
);

const requirement = z
  .strictObject({
    key: described(label, "a label's name", "app.kubernetes.io/part-of"),
    operator: described(z.enum(["In", "NotIn", "Exists", "DoesNotExist"]), "In, NotIn, Exists or DoesNotExist", "In"),
    values: described(distinct(labelValue).min(1).optional(), "a list of label values, with In and NotIn only (default: none)", [
      "media",
      "games",
    ]),
  })
  .superRefine(({ operator, values }, context) => {
    const needsValues = operator === "In" || operator === "NotIn";
    if (needsValues === (values !== undefined)) return;
    const message = needsValues ? `${operator} needs values to compare with` : `${operator} takes no values`;
    const fix = needsValues ? "add values, a list of label values" : "remove values, or use In or NotIn";
    context.addIssue({ code: "custom", path: ["operator"], message, params: { fix } });
  });

/** The schema of a Kubernetes label selector. An empty selector selects everything. */
export const labelSelector = described(
  z.strictObject({
    matchLabels: described(z.record(label, labelValue).optional(), "labels and their values, all of which must be there (default: none)", {
      "app.kubernetes.io/part-of": "media",
    }),
    matchExpressions: described(
      distinct(described(requirement, "a requirement of a label", { key: "gpu", operator: "Exists" })).optional(),
      "a list of label requirements, all of which must hold (default: none)",
      [{ key: MASTER_LABEL, operator: "Exists" }],
    ),
  }),
  "a Kubernetes label selector",
  { matchLabels: { "app.kubernetes.io/part-of": "media" } },
);
