import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { ciComment } from "../../../cli/ci-comment";
import { ciIssue } from "../../../cli/ci-issue";
import { GitHub } from "../../../cli/ci/github";
import { GitHubApi } from "../../support/github";
import { printedBy } from "../project";

const marker = "<!-- homelab-network: preview of lab-dev -->";
const comments = "/issues/7/comments";

describe("the posts of workflows", () => {
  let api: GitHubApi;
  let folder: string;
  beforeEach(async () => {
    api = await GitHubApi.start();
    folder = fs.mkdtempSync(path.join(tmpdir(), "homelab-network-test-"));
  });
  afterEach(() => {
    api.stop();
    fs.rmSync(folder, { recursive: true });
  });

  const file = (text: string): string => {
    const name = path.join(folder, "text");
    fs.writeFileSync(name, text);
    return name;
  };
  const comment = (text: string) => printedBy(() => ciComment(file(text), { pullRequest: "7" }, new GitHub(api.environment)));
  const issue = (text: string, resolved = false) =>
    printedBy(() => ciIssue(file(text), { title: "The network has drifted", resolved }, new GitHub(api.environment)));

  describe("a preview's comment", () => {
    it("is posted once and then updated, on any page of the list", async () => {
      for (let number = 0; number < 150; number += 1) api.add(comments, `remark ${number}`, "User");
      assert.equal(await comment(`${marker}\none`), "Posted the comment on pull request 7.");
      assert.equal(await comment(`${marker}\ntwo`), "Updated the comment on pull request 7.");
      const list = api.lists[comments]?.filter(({ body }) => body.startsWith(marker)).map(({ body }) => body);
      assert.deepEqual(list, [`${marker}\ntwo`]);
    });

    it("is never a person's post that quotes it, and never another stack's", async () => {
      api.add(comments, `${marker}\nI quote`, "User");
      api.add(comments, `${marker.replace("dev", "prod")}\nother`);
      await comment(`${marker}\none`);
      assert.deepEqual(api.changes, [`POST ${comments}`]);
    });

    it("is not posted for a preview that never ran", async () => {
      const message = /does not begin with the marker line/;
      await assert.rejects(comment("homelab: The Pulumi CLI is not on PATH"), { name: "UserError", message });
      await assert.rejects(() => ciComment(path.join(folder, "none"), { pullRequest: "7" }, new GitHub(api.environment)), { message });
      assert.deepEqual(api.changes, []);
    });

    it("has no secret of the job's environment", async () => {
      process.env["PGPASSWORD"] = "a|b\\c";
      try {
        await comment(`${marker}\nthe password a|b\\c`);
        assert.deepEqual(
          api.lists[comments]?.map(({ body }) => body),
          [`${marker}\nthe password [secret]`],
        );
      } finally {
        delete process.env["PGPASSWORD"];
      }
    });

    it("names the missing permission if the API rejects the request", async () => {
      api.refusal = 403;
      await assert.rejects(comment(`${marker}\none`), {
        name: "UserError",
        message:
          /^POST http.*\/issues\/7\/comments: 403 Resource not accessible by integration; 403 and 404 mean that the job's "permissions"/,
      });
    });
  });

  describe("the issue about drift", () => {
    it("is opened once, updated, closed when all is well, and then opened again", async () => {
      const earlier = process.env["PGPASSWORD"];
      process.env["PGPASSWORD"] = "se-cret";
      try {
        assert.equal(await issue("lab-dev: the route is missing, se-cret"), "Opened an issue.");
      } finally {
        if (earlier === undefined) delete process.env["PGPASSWORD"];
        else process.env["PGPASSWORD"] = earlier;
      }
      const [opened] = api.lists["/issues"] ?? [];
      assert.equal(
        opened?.body,
        "<!-- homelab-network: The network has drifted -->\n\n```text\nlab-dev: the route is missing, [secret]\n```\n",
      );
      assert.equal(await issue("and a pool"), `Updated issue ${opened.number}.`);
      assert.equal(await issue("nothing", true), `Closed issue ${opened.number}.`);
      assert.deepEqual([opened.state, /nothing/.test(opened.body)], ["closed", true]);
      assert.equal(await issue("again"), "Opened an issue.");
      assert.equal(api.lists["/issues"]?.length, 2);
    });

    it("is not opened if there is nothing to report", async () => {
      assert.equal(await issue("nothing", true), "There is no issue to close.");
      assert.deepEqual(api.changes, []);
    });
  });

  it("require the token that the workflow gives to the step", () => {
    assert.throws(() => new GitHub({ GITHUB_REPOSITORY: "me/network" }), {
      name: "UserError",
      message: /^GITHUB_TOKEN is not set: this command runs as a step of a workflow/,
    });
  });
});
