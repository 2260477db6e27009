/** One bench for every test of the router twin; mocha runs the hooks once, around all files that import this one. */
import { after, before } from "mocha";
import { RouterBench } from "./start-router";

let built: RouterBench | undefined;

export function bench(): RouterBench {
  if (built === undefined) throw new Error("The bench is only there inside a test.");
  return built;
}

before("build the router's image", async function () {
  this.timeout(15 * 60_000);
  built = await RouterBench.build((line) => console.log(`    ${line}`));
});

after("remove the bench", async () => {
  await built?.remove();
});
