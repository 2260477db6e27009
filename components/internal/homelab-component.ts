import * as pulumi from "@pulumi/pulumi";

import { readCommand } from "../../engine/cli-invocation";

let isRefresh: boolean | undefined;

/**
 * The base of the components. It registers no outputs during `pulumi refresh --run-program`, which does not change a component's outputs. Engines of
 * 2026 do not register a component that depends on a deleted resource, and then fail because its registration "isn't pending" when it registers
 * its outputs (`pkg/resource/deploy/step_generator.go`, `hasSkippedDeps`).
 */
export abstract class HomelabComponent extends pulumi.ComponentResource {
  protected override registerOutputs(outputs?: pulumi.Inputs): void {
    isRefresh ??= readCommand()?.verb === "refresh";
    if (!isRefresh) super.registerOutputs(outputs);
  }
}
