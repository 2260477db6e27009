import * as pulumi from "@pulumi/pulumi";

/**
 * An error of which Pulumi prints the message alone. Pulumi formats the stack trace all the same, on which Node spends half a minute where a frame ends
 * inside `node_modules` (nodejs/node#64011, from 20.19.6 on); so there is none.
 */
export function userError(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  delete error.stack;
  return error;
}

/** The same for what is wrong with one component: Pulumi prints the message beside its name. */
export function componentError(message: string, component: pulumi.ComponentResource): pulumi.ResourceError {
  const error = new pulumi.ResourceError(message, component, true);
  delete error.stack;
  return error;
}
