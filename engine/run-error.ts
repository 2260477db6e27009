import * as pulumi from "@pulumi/pulumi";

import { printableLines } from "../config/printable";

/**
 * Returns an error of which Pulumi prints only the message. It has no stack trace: Pulumi would format the trace anyway, and Node takes
 * half a minute for that if a frame is in `node_modules` (nodejs/node#64011, since 20.19.6).
 */
export function userError(message: string): pulumi.RunError {
  const error = new pulumi.RunError(printableLines(message));
  delete error.stack;
  return error;
}

/** Returns an error about one component. Pulumi prints the message next to the component's name. */
export function componentError(message: string, component: pulumi.ComponentResource): pulumi.ResourceError {
  const error = new pulumi.ResourceError(printableLines(message), component, true);
  delete error.stack;
  return error;
}

/**
 * Waits for several checks, also after one has failed, so that no reason is missing because another check was faster.
 *
 * @throws one error with the reasons of all checks that failed; what is not a {@link userError} comes first and alone
 */
export async function allOf<T extends readonly unknown[]>(...checks: { readonly [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const results = await Promise.allSettled(checks);
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  if (errors.length === 0) return await Promise.all(checks);
  const unexpected = errors.find((error) => !pulumi.RunError.isInstance(error));
  throw (unexpected as Error | undefined) ?? userError(withoutRepeatedLines(errors.map((error) => (error as Error).message)));
}

/** Joins messages. A line that several have is printed once, such as the heading. */
const withoutRepeatedLines = (messages: readonly string[]): string =>
  [...new Set(messages.flatMap((message) => message.split("\n")))].join("\n");
