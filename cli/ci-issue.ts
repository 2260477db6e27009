import * as fs from "node:fs";
import * as path from "node:path";

import { GitHub } from "./ci/github";
import { block, marker } from "./ci/markdown";
import { redact } from "./ci/redact";
import { print } from "./print";

export interface CiIssueOptions {
  /** The issue's title, by which later runs find it. */
  readonly title: string;
  /** Whether the problem is gone: closes the open issue, if there is one, and opens none. */
  readonly resolved?: boolean;
}

/** GitHub limits an issue to 65536 characters. */
const MOST_TEXT = 60_000;

/** Keeps one open issue with a file's text: opens, updates or closes it. @throws UserError if the API rejects the request */
export async function ciIssue(name: string, { title, resolved = false }: CiIssueOptions, github = new GitHub()): Promise<void> {
  const text = redact(fs.readFileSync(path.resolve(process.env["HOMELAB_FOLDER"] ?? ".", name), "utf8"));
  const first = marker(title);
  const body = `${first}\n\n${block(text.slice(0, MOST_TEXT))}\n`;
  const earlier = await github.find("/issues?state=open", `${first}\n`);
  if (earlier === undefined && resolved) return print("There is no issue to close.");
  if (earlier === undefined) await github.request("POST", "/issues", { title, body });
  else await github.request("PATCH", `/issues/${earlier.number}`, { body, ...(resolved ? { state: "closed" } : {}) });
  print(earlier === undefined ? "Opened an issue." : `${resolved ? "Closed" : "Updated"} issue ${earlier.number}.`);
}
