/** Lets `pulumi refresh --run-program` succeed after somebody deleted a resource. */
import { getMonitor } from "@pulumi/pulumi/runtime/settings";

import type { EngineCommand } from "./cli-invocation";

type Callback = (error: null) => void;
interface Request {
  getUrn(): string;
}
interface Monitor {
  registerResourceOutputs(request: Request, callback: Callback, ...rest: unknown[]): unknown;
}

/**
 * Keeps the components' outputs as they are in the state during `pulumi refresh --run-program`. Engines of 2026 do not register a component that
 * depends on a deleted resource, and then fail because it "isn't pending" when it registers its outputs (`pkg/resource/deploy/step_generator.go`,
 * `hasSkippedDeps`). A refresh changes no outputs of a component, so the program sends none.
 */
export function keepOutputsInRefresh(command: EngineCommand | undefined, monitor = getMonitor() as unknown as Monitor | undefined): void {
  if (command?.verb !== "refresh" || monitor === undefined) return;
  const original = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback, ...rest) =>
    request.getUrn().includes("::pulumi:pulumi:Stack::") ? original(request, callback, ...rest) : callback(null);
}
