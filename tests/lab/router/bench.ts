/** One bench for the tests of the router twin: mocha runs the hooks once in each process, around all files that import this one. */
import * as path from "node:path";
import { after, before } from "mocha";
import { RouterBench } from "./start-router";

let built: RouterBench | undefined;

export function bench(): RouterBench {
  if (built === undefined) throw new Error("The bench is only there inside a test.");
  return built;
}

before("set the router's bench up", async function () {
  // The first run on a machine builds the tools.
  this.timeout(60 * 60_000);
  // Several processes run side by side, each with other files.
  const first = this.test?.parent?.suites[0]?.file ?? "";
  built = await RouterBench.raise(`test-router-${path.basename(first, ".test.ts")}`);
});

after("remove the bench", () => built?.remove());
