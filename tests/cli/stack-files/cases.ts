import assert from "node:assert/strict";

import { homelab } from "../../support/command-line";
import { Project } from "../project";

/** A change of the two valid stack files of the example household. */
export type Change = (project: Project) => void;

/** An input and its result: without problems, the plan is accepted. Each problem is a line of the message, without the indentation. */
export type Case = readonly [title: string, change: Change, ...problems: readonly string[]];

export const DEV = "Pulumi.lab-dev.yaml";
export const PROD = "Pulumi.lab-prod.yaml";

/** Replaces a text in a stack file. */
const edit =
  (file: string) =>
  (from: string, to: string): Change =>
  (project) => {
    assert.ok(project.read(file).includes(from), `${file} has no ${from}`);
    project.change(file, from, to);
  };

export const editDev = edit(DEV);
export const editProd = edit(PROD);

/** Appends lines to the configuration of a stack. */
const appendTo =
  (file: string) =>
  (text: string): Change =>
  (project) =>
    project.write(file, `${project.read(file)}${text}`);

export const appendToDev = appendTo(DEV);
export const appendToProd = appendTo(PROD);

/** Writes a file. */
export const file =
  (name: string, content: string | Uint8Array): Change =>
  (project) =>
    project.write(name, content);

export const all =
  (...changes: readonly Change[]): Change =>
  (project) =>
    changes.forEach((change) => change(project));

const DOCUMENTS = ["docs/plan.md", "docs/plan.svg"];

/** Runs `homelab plan` on each input, as a user does, and compares exit status, message and documents with what is expected. */
export function describeCases(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    for (const [name, change, ...problems] of cases) {
      it(`${problems.length === 0 ? "accepts" : "refuses"} ${name}`, async () => {
        const project = new Project();
        try {
          change(project);
          const before = DOCUMENTS.map((document) => project.read(document));
          const { status, stdout, stderr } = await homelab(project.path, "plan");
          if (problems.length === 0) {
            assert.equal(stderr, "");
            assert.equal(status, 0);
            assert.match(stdout, /^10\.5\.0\.0\/24 +yes +lab-dev .*^10\.6\.0\.0\/24 +yes +lab-prod /ms);
            return;
          }
          const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
          assert.equal(stderr, `homelab: The stack files have ${count}:\n${problems.map((problem) => `  ${problem}\n`).join("")}`);
          assert.deepEqual([status, stdout], [1, ""]);
          assert.deepEqual(
            DOCUMENTS.map((document) => project.read(document)),
            before,
          );
        } finally {
          project.remove();
        }
      });
    }
  });
}
