import { relative, sep } from "node:path";

import { withinBudget } from "../support/budget";
import { Home } from "../support/home";
import { filesAtStart } from "../support/program-start";
import { devConfig, ROOT } from "../support/stack-files";

/** Returns the package of a file, or the project's folder. */
function ownerOf(file: string): string {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  return name ?? `${relative(ROOT, file).split(sep)[0] ?? ""} of the project`;
}

describe("the start of the program", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());

  it("loads no more files than allowed", async () => {
    // The first run after a change strips types, and loads more files for that.
    await filesAtStart(devConfig());
    withinBudget("modules", (await filesAtStart(devConfig())).map(ownerOf));
  });
});
