type Values = Readonly<Record<string, unknown>>;

/** An output, such as a secret, is one value. */
const isOutput = (value: object) => "__pulumiOutput" in value || value instanceof Promise;

const isValues = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isOutput(value);

/** Merges values as Helm does: objects key by key, other values as a whole. Does not modify its arguments. */
export function mergeValues(base: Values, overrides: Values): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(overrides)) {
    const below = merged[key];
    merged[key] = isValues(below) && isValues(value) ? mergeValues(below, value) : value;
  }
  return merged;
}
