import * as fs from "node:fs";
import * as path from "node:path";

import { UserError } from "../config/user-error";
import { GitHub } from "./ci/github";
import { print } from "./print";

export interface CiCommentOptions {
  /** The pull request's number. */
  readonly pullRequest: string;
}

/**
 * Posts a file as a comment of a pull request, or updates the comment with the same first line.
 * @throws UserError if the file has no such line, or the API rejects the request
 */
export async function ciComment(name: string, { pullRequest }: CiCommentOptions, github = new GitHub()): Promise<void> {
  const file = path.resolve(process.env["HOMELAB_FOLDER"] ?? ".", name);
  const body = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  const [marker = ""] = body.split("\n");
  if (!/^<!-- .+ -->$/.test(marker)) {
    throw new UserError(
      `${name} does not begin with the marker line that "homelab ci-preview" writes: the preview before this step failed to run.`,
    );
  }
  await postComment(body, marker, pullRequest, github);
}

/** Posts a comment on a pull request, or updates the one that a workflow made with the same first line. */
export async function postComment(body: string, marker: string, pullRequest: string, github: GitHub): Promise<void> {
  const list = `/issues/${pullRequest}/comments`;
  const earlier = await github.find(list, `${marker}\n`);
  if (earlier === undefined) await github.request("POST", list, { body });
  else await github.request("PATCH", `/issues/comments/${earlier.id}`, { body });
  print(`${earlier === undefined ? "Posted" : "Updated"} the comment on pull request ${pullRequest}.`);
}
