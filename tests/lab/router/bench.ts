/** One bench for every test of the router twin; mocha runs the hooks once, around all files that import this one. */
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
  built = await RouterBench.raise();
});

after("remove the bench", () => built?.remove());
