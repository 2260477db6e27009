import assert from "node:assert/strict";

import { ciEnvironment, type CiEnvironmentOptions } from "../../../cli/ci-environment";
import { GitHub } from "../../../cli/ci/github";
import { GitHubApi } from "../../support/github";
import { printedBy } from "../project";

const REVIEWED = { type: "required_reviewers", reviewers: [{ type: "User", reviewer: { login: "ann" } }] };

describe("homelab ci-environment", () => {
  let api: GitHubApi;
  beforeEach(async () => {
    api = await GitHubApi.start();
  });
  afterEach(() => api.stop());

  const serve = (rules: readonly object[], branches?: readonly object[]): void => {
    const policy = branches === undefined ? null : { protected_branches: false, custom_branch_policies: true };
    api.objects["/environments/preview"] = { name: "preview", protection_rules: rules, deployment_branch_policy: policy };
    api.objects["/environments/preview/deployment-branch-policies"] = { branch_policies: branches ?? [] };
  };
  const check = (options: CiEnvironmentOptions) => printedBy(() => ciEnvironment("preview", options, new GitHub(api.environment)));
  const fails = async (options: CiEnvironmentOptions, problem: string) => {
    const message = `The environment preview ${problem}: set that in Settings > Environments (docs/how-to/ci.md).`;
    await assert.rejects(check(options), { name: "UserError", message });
  };

  it("passes for an environment with reviewers that is limited to main", async () => {
    serve([{ type: "wait_timer", wait_timer: 5 }, REVIEWED, { type: "branch_policy" }], [{ name: "main", type: "branch" }]);
    assert.equal(await check({ reviewers: true, branch: "main" }), "The environment preview is protected.");
  });

  it("fails without reviewers", async () => {
    serve(
      [
        { type: "wait_timer", wait_timer: 5 },
        { ...REVIEWED, reviewers: [] },
      ],
      [{ name: "main" }],
    );
    await fails({ reviewers: true }, "has no required reviewers");
    assert.equal(await check({ branch: "main" }), "The environment preview is protected.");
  });

  it("fails unless main is the only branch", async () => {
    serve([REVIEWED]);
    await fails({ branch: "main" }, "is open to other branches, not to branch main alone");
    serve([REVIEWED], []);
    await fails({ branch: "main" }, "is open to no branch, not to branch main alone");
    serve([REVIEWED], [{ name: "main" }, { name: "feature/*" }]);
    await fails({ branch: "main" }, "is open to branch main, branch feature/*, not to branch main alone");
    serve([], [{ name: "main", type: "tag" }]);
    await fails({ reviewers: true, branch: "main" }, "has no required reviewers and is open to tag main, not to branch main alone");
    api.objects["/environments/preview"] = { deployment_branch_policy: { protected_branches: true, custom_branch_policies: false } };
    await fails({ branch: "main" }, "is open to other branches, not to branch main alone");
  });

  it("fails for an environment that does not exist, and without the permission to read it", async () => {
    await assert.rejects(check({ reviewers: true }), {
      name: "UserError",
      message: /environments\/preview: 404 Not Found; .*"permissions"/,
    });
  });
});
