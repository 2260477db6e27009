import * as fs from "node:fs";
import * as path from "node:path";

import { UserError } from "../config/user-error";
import { postComment } from "./ci-comment";
import { DIFF_MARKER, diffSummary } from "./ci/diff-summary";
import { LARGEST_RESULT, parseDiff } from "./ci/diff-result";
import { GitHub } from "./ci/github";
import { print } from "./print";

export interface CiDiffOptions {
  /** The commit that was compared. */
  readonly commit: string;
  /** The owner and the branch of the pull request, such as `guest:more-pools`. */
  readonly head: string;
}

interface PullRequest {
  readonly number: number;
  readonly head: { readonly sha: string };
}

/**
 * Posts the output of `homelab diff --json` as the one comment on a pull request. The code of the pull request has written the file, so what is not
 * in the form of {@link parseDiff} is refused, and the number of the pull request comes from the API.
 *
 * @throws UserError if the file is not in that form, or the API rejects a request
 */
export async function ciDiff(name: string, { commit, head }: CiDiffOptions, github = new GitHub()): Promise<void> {
  const file = path.resolve(process.env["HOMELAB_FOLDER"] ?? ".", name);
  // An artifact can contain a link.
  const found = fs.lstatSync(file);
  if (!found.isFile() || found.size > LARGEST_RESULT)
    throw new UserError(`${name} is not a file, or is larger than a result of homelab diff.`);
  const content = fs.readFileSync(file, "utf8");
  const body = content.trim() === "" ? failed(commit) : diffSummary(parseDiff(content), commit);
  const pullRequests = (await github.request("GET", `/pulls?state=open&head=${encodeURIComponent(head)}`)) as PullRequest[];
  const current = pullRequests.filter(({ head: { sha } }) => sha === commit);
  if (current.length === 0) return print(`No open pull request from ${head} has commit ${commit}: a newer commit has its own comment.`);
  for (const { number } of current) await postComment(body, DIFF_MARKER, String(number), github);
}

const failed = (commit: string): string =>
  `${DIFF_MARKER}\n\n\`homelab diff\` of commit \`${commit}\` failed: the log of its job says why.\n`;
