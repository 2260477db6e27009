import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { createAtomically } from "../config/files";
import { UserError } from "../config/user-error";
import { repository, stacksOf } from "../config/project";
import { findBackend, folderOf, type EnginePlace } from "../engine/backend";
import { findPassphrase } from "../engine/passphrase";
import { print } from "./print";

/** The project's folder and the environment, which tests replace. */
const here = (): EnginePlace => ({ folder: repository, env: process.env });

/** Prepares a clone for `pulumi up`: creates or finds each part, and prints which. Uses the backend that the Pulumi CLI will use. */
export async function initialise(place = here()): Promise<void> {
  const { folder, env } = place;
  const run = (...args: string[]) => execa("pulumi", args, { cwd: folder, env: { ...env, ...added }, extendEnv: false });
  const added: Record<string, string> = {};
  const { failed } = await run("version").catch(() => ({ failed: true }));
  if (failed)
    throw new UserError(
      "The Pulumi CLI is not on PATH: install it (https://www.pulumi.com/docs/install/), or use the lab, which brings its own.",
    );
  const backend = findBackend(place);
  if (backend === undefined)
    throw new UserError("No backend is set, so nothing was made: set backend.url in Pulumi.yaml, such as file://./.pulumi-state.");
  const state = folderOf(backend, place);
  const from = backend.source === "Pulumi.yaml" ? "" : ` (${backend.source})`;
  if (state === undefined) print(`found  backend ${backend.displayUrl}${from}`);
  else ensure(state, `state folder ${short(folder, state)}${from}`, () => fs.mkdirSync(state, { mode: 0o700, recursive: true }));
  const passphrase = path.join(folder, ".pulumi-passphrase");
  const named = env["PULUMI_CONFIG_PASSPHRASE_FILE"] ?? "";
  // The variable may already have the name of the file that is made here.
  const isSet = env["PULUMI_CONFIG_PASSPHRASE"] !== undefined || (named !== "" && path.resolve(folder, named) !== passphrase);
  if (isSet) print(`found  passphrase of ${passphraseOf(place)}`);
  else {
    ensure(passphrase, `passphrase file ${path.basename(passphrase)}`, () =>
      createAtomically(passphrase, `${crypto.randomBytes(24).toString("base64")}\n`, 0o600),
    );
    added["PULUMI_CONFIG_PASSPHRASE_FILE"] = passphrase;
  }
  const existing = (JSON.parse((await run("stack", "ls", "--json")).stdout) as { name: string }[]).map(({ name }) => name);
  const stacks = stacksOf(folder);
  for (const stack of stacks) {
    if (existing.includes(stack)) print(`found  stack ${stack}`);
    else {
      await run("stack", "init", stack, "--non-interactive");
      print(`made   stack ${stack}`);
    }
  }
  const next = `  pulumi up --stack ${stacks[0] ?? "lab-dev"}`;
  if (isSet) return print(`\nThen:\n${next}`);
  print(`
Keep ${path.basename(passphrase)} safe and out of the repository: without it the secrets of the stacks are lost. Then:
  export PULUMI_CONFIG_PASSPHRASE_FILE=${path.relative(env["HOMELAB_FOLDER"] ?? process.cwd(), passphrase)}
${next}`);
}

/** Returns where the passphrase is set. @throws UserError if its file cannot be read */
function passphraseOf(place: EnginePlace): string {
  try {
    return findPassphrase(place)?.source ?? "";
  } catch (error) {
    const file = place.env["PULUMI_CONFIG_PASSPHRASE_FILE"];
    const reason = (error as NodeJS.ErrnoException).code;
    throw new UserError(
      `PULUMI_CONFIG_PASSPHRASE_FILE names ${file}, which cannot be read (${reason}): restore it, or unset the variable.`,
    );
  }
}

/** Returns a path inside the project's folder without the folder. */
const short = (folder: string, file: string) => (file.startsWith(`${folder}/`) ? path.relative(folder, file) : file);

function ensure(file: string, label: string, create: () => void): void {
  const found = fs.existsSync(file);
  if (!found) create();
  print(`${found ? "found" : "made "}  ${label}`);
}
