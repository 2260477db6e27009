import { locate, type Inspected } from "./parse";
import { pathKeys, valueAt } from "./path";
import { placeOf, type Problem } from "./problem";

/** A conflict between stacks. The problem names the files and the lines. */
export interface Clash {
  readonly stacks: readonly string[];
  readonly problem: Problem;
}

/** A value of a stack that conflicts with another stack's. */
export interface Claim {
  readonly stack: Inspected;
  readonly path: string;
  /** The value as messages show it. */
  readonly value: string;
}

/** Reports the clash for the later stack, which is most likely the one to change. */
export function clash({ stack, path, value }: Claim, earlier: Pick<Claim, "stack">, rule: string, fix: string): Clash {
  const problem = locate(stack.source, { path, value, rule, fix });
  return { stacks: [stack.source.stack, earlier.stack.source.stack], problem };
}

/** Returns the location of a claim, such as `Pulumi.lab-dev.yaml:9: pools[0].addresses[0]`. A default has no line. */
export function locationOf({ stack, path }: Pick<Claim, "stack" | "path">): string {
  const problem = locate(stack.source, { path, value: "", rule: "", fix: "" });
  const isSet = valueAt(stack.source.config, pathKeys(path)) !== undefined;
  return isSet ? `${placeOf(problem)}: ${path}` : `${problem.file}: the default of ${path.replace(/\[\d+\]$/, "")}`;
}
