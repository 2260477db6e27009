import { join } from "node:path";

/**
 * Returns the command that orders a chart's objects. The provider runs it from any working directory and without the program's loader, so
 * its paths are absolute. The paths do not reach the state: the provider registers a Chart without its inputs, and its outputs are the
 * objects alone (release 4.25, `provider/pkg/provider/helm/v4/chart.go`).
 *
 * @param timeout how long an object may take to become ready, in seconds
 */
export function postRenderer(timeout: number): { command: string; args: string[] } {
  // The script is TypeScript in this project, and JavaScript if the components are compiled.
  const script = require.resolve("./order-chart");
  const loader = script.endsWith(".ts") ? ["--require", join(__dirname, "..", "..", "engine", "register.js")] : [];
  return { command: "node", args: [...loader, script, String(timeout)] };
}
