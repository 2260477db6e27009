import assert from "node:assert/strict";

import { BUDGET, withinBudget } from "../support/budget";

describe("the limits of usage that does not depend on the machine", () => {
  const where = "in tests/support/budget.ts. They are:";

  it("accept usage at the limit, or slightly below", () => {
    const most = BUDGET.modules[1];
    for (const now of [most, Math.ceil(most * 0.95)]) withinBudget("modules", Array<string>(now).fill("yaml"));
  });

  it("reject usage above the limit, and usage so far below that the limit is outdated, with the entries", () => {
    const [what, most] = BUDGET.previewConnections;
    assert.equal(most, 1);
    assert.throws(() => withinBudget("previewConnections", ["no login", "logged in", "logged in"]), {
      message: `${what}: at most 1, and now 3; spare what is new, or raise it, ${where}\n  2 logged in\n  1 no login`,
    });
    assert.throws(() => withinBudget("previewConnections", []), {
      message: `${what}: at most 1, and now 0; it is stale: lower it, ${where}`,
    });
  });
});
