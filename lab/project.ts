import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Document, parseDocument } from "yaml";
import { PROJECT } from "../config/file-names";
import { writeAtomically } from "../config/files";
import { stackFile, stacksOf } from "../config/project";
import { type LabFolders, kubeconfigOf } from "./folders";

/** The lab's own settings of a stack: added to the lab's copy of the stack file, never to the original. */
export interface Overlay {
  readonly chart: string;
  /** The router's host key, as an authorized_keys line without a comment. */
  readonly hostKey: string;
}

/** Returns the path of a section in a stack file's document. */
export const sectionPath = (section: string): readonly [string, string] => ["config", `${PROJECT}:${section}`];

/** Edits a stack file of a project folder. Keeps comments and order. */
export function editStackFile(folder: string, stack: string, edit: (document: Document) => void): void {
  const file = stackFile(folder, stack);
  const document = parseDocument(fs.readFileSync(file, "utf8"));
  edit(document);
  writeAtomically(file, document.toString());
}

/** The sources of a lab's project folder. */
export interface ProjectSource {
  /** The folder with Pulumi.yaml and the program. */
  readonly program: string;
  /** The folder with the stack files. */
  readonly stacks: string;
}

/**
 * Updates the lab's project folder. The program consists of links, so that edits take effect at once. Each stack file is a copy with the overlay,
 * written again only when the original changed, so that the effect of `pulumi config set` on the copy remains.
 */
export function refreshProject(lab: LabFolders, overlay: Overlay, source: ProjectSource): void {
  fs.mkdirSync(lab.project, { recursive: true });
  // A link to a missing file is one that the repository has removed.
  const links = fs.readdirSync(lab.project).map((entry) => path.join(lab.project, entry));
  for (const dangling of links.filter((file) => !fs.existsSync(file))) fs.rmSync(dangling);
  for (const entry of fs.readdirSync(source.program)) {
    const link = path.join(lab.project, entry);
    if (entry.startsWith(".") || entry.startsWith("Pulumi.") || fs.existsSync(link)) continue;
    fs.symlinkSync(path.join(source.program, entry), link);
  }
  const stacks = stacksOf(source.stacks);
  for (const gone of stacksOf(lab.project).filter((stack) => !stacks.includes(stack))) fs.rmSync(stackFile(lab.project, gone));
  copyChanged(lab, path.join(source.program, "Pulumi.yaml"), (text) => text);
  for (const stack of stacks) copyChanged(lab, stackFile(source.stacks, stack), (text) => withOverlay(text, lab, stack, overlay));
}

/** Copies a file if its source has changed since the last copy. */
function copyChanged(lab: LabFolders, file: string, convert: (text: string) => string): void {
  const fresh = convert(fs.readFileSync(file, "utf8"));
  const digest = crypto.createHash("sha256").update(fresh).digest("hex");
  const copy = path.join(lab.project, path.basename(file));
  const seen = path.join(lab.root, "copied", path.basename(file));
  const present = fs.existsSync(copy) ? fs.readFileSync(copy, "utf8") : undefined;
  if (present !== undefined && fs.existsSync(seen) && fs.readFileSync(seen, "utf8") === digest) return;
  // The engine writes the salt of the copy's encryption, which has to stay with the stack.
  const salt = present === undefined ? undefined : /^encryptionsalt: .*\n/m.exec(present)?.[0];
  writeAtomically(copy, `${salt ?? ""}${fresh}`);
  writeAtomically(seen, digest);
}

/** Returns the stack file with the lab's own settings. Keeps comments and order. */
export function withOverlay(text: string, lab: LabFolders, stack: string, overlay: Overlay): string {
  const document = parseDocument(text);
  const set = (section: string, key: string, value: unknown): void => document.setIn(["config", `${PROJECT}:${section}`, key], value);
  document.delete("encryptionsalt");
  set("cluster", "kubeconfig", kubeconfigOf(lab, stack));
  set("cluster", "context", stack);
  set("router", "privateKeyFile", lab.sshKey);
  set("router", "hostKey", overlay.hostKey);
  set("metallb", "chart", overlay.chart);
  // The lab uses a folder as the chart, so the household's repository does not matter here.
  document.deleteIn(["config", `${PROJECT}:metallb`, "repository"]);
  for (const secret of ["privateKey", "password", "agent"]) document.deleteIn(["config", `${PROJECT}:router`, secret]);
  return document.toString();
}
