/** Reads the workflows of the repository. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

import { ROOT } from "./stack-files";

export interface Step {
  readonly name: string;
  readonly uses?: string;
  readonly if?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "runs-on": string | readonly string[];
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly concurrency: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = join(ROOT, ".github", "workflows");
export const names = readdirSync(FOLDER);
export const read = (name: string) => parse(readFileSync(join(FOLDER, name), "utf8")) as Workflow;
export const jobs = names.flatMap((name) => Object.entries(read(name).jobs).map(([id, job]) => ({ id: `${name}, ${id}`, name, job })));
export const hasSecret = ({ env = {} }: Step) => Object.values(env).some((value) => value.includes("secrets."));
export const hasSecrets = (job: Job) => job.steps.some(hasSecret);
/** The stacks that up.yml deploys, in alphabetic order. */
export const stacks = Object.keys(read("up.yml").jobs)
  .filter((id) => !id.startsWith("preview-"))
  .sort();
export const isSelfHosted = ({ job }: { readonly job: Job }) => job["runs-on"] !== "ubuntu-24.04";
