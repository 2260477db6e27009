import * as fs from "node:fs";
import * as path from "node:path";

import { GitHub } from "./ci/github";
import { block, marker } from "./ci/markdown";
import { redact } from "./ci/redact";

export interface CiIssueOptions {
  /** The issue's title, by which it is found again. */
  readonly title: string;
  /** What the file tells is well again: the issue is closed where there is one, and none is opened. */
  readonly resolved?: boolean;
}

/** An issue ends at 65536 characters. */
const MOST_TEXT = 60_000;

/** Keeps one open issue with what a file says: opens it, brings it up to date, or closes it. @throws UserError where the API refuses */
export async function ciIssue(name: string, { title, resolved = false }: CiIssueOptions, github = new GitHub()): Promise<void> {
  const text = redact(fs.readFileSync(path.resolve(process.env["HOMELAB_FOLDER"] ?? ".", name), "utf8"));
  const first = marker(title);
  const body = `${first}\n\n${block(text.slice(0, MOST_TEXT))}\n`;
  const earlier = await github.find("/issues?state=open", `${first}\n`);
  if (earlier === undefined && resolved) return console.log("There is no issue to close.");
  if (earlier === undefined) await github.request("POST", "/issues", { title, body });
  else await github.request("PATCH", `/issues/${earlier.number}`, { body, ...(resolved ? { state: "closed" } : {}) });
  console.log(earlier === undefined ? "Opened an issue." : `${resolved ? "Closed" : "Updated"} issue ${earlier.number}.`);
}
