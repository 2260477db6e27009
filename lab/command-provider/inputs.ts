import { INPUTS, type Fields } from "./fields";
import { findFailures, type Failure } from "./failures";
import { inside, isPlainObject, secret, type Properties, type Value } from "./values";

/**
 * Checks the inputs, adds the defaults and marks the secrets: the connection, and in it the key and both passwords once more. With a failure the
 * inputs get no defaults.
 */
export function checkInputs(news: Properties): { readonly inputs: Properties; readonly failures: readonly Failure[] } {
  const failures = findFailures("CommandInputs", INPUTS, news);
  return { inputs: withSecrets(INPUTS, failures.length === 0 ? withDefaults(INPUTS, news) : news), failures };
}

/** Adds the defaults at any depth, and removes the fraction of an integer. */
function withDefaults(fields: Fields, given: Properties): Properties {
  const complete: Properties = {};
  for (const [key, field] of Object.entries(fields)) {
    const value = given[key] ?? field.default;
    if (value === undefined) continue;
    complete[key] = inside(value, (held) => {
      if (field.type === "integer" && typeof held === "number") return Math.trunc(held);
      return isPlainObject(held) && field.fields !== undefined ? withDefaults(field.fields, held) : held;
    });
  }
  return complete;
}

function withSecrets(fields: Fields, given: Properties): Properties {
  const marked = Object.entries(given).map(([key, value]): [string, Value] => {
    const { fields: inner, secret: isSecret } = fields[key] ?? {};
    const held = inside(value, (object) => (isPlainObject(object) && inner !== undefined ? withSecrets(inner, object) : object));
    return [key, isSecret === true ? secret(held) : held];
  });
  return Object.fromEntries(marked);
}
