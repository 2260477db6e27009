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
