import { join } from "node:path";

/**
 * The command by which the provider orders a chart's objects: it runs in a process of its own, wherever the program is, and without the program's loader.
 * So the files are found from this one. Their paths name a machine, but the state keeps nothing of them: the provider registers a Chart without its
 * inputs, and its outputs are the objects alone (release 4.25, `provider/pkg/provider/helm/v4/chart.go`).
 *
 * @param timeout how long an object may take to become ready, in seconds
 */
export function postRenderer(timeout: number): { command: string; args: string[] } {
  // As it is loaded here: stripped of its types by whoever runs the program, or compiled.
  const script = require.resolve("./order-chart");
  const loader = script.endsWith(".ts") ? ["--require", join(__dirname, "..", "..", "engine", "register.js")] : [];
  return { command: "node", args: [...loader, script, String(timeout)] };
}
