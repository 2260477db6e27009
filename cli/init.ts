import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { UserError } from "../config/user-error";
import { repository } from "../config/project";
import { stacksOf } from "../config/project";

/** State and passphrase are in the project's folder, and ignored by git. Pulumi.yaml has the backend's address. */
const state = path.join(repository, ".pulumi-state");
const passphrase = path.join(repository, ".pulumi-passphrase");

/** Prepares a clone for `pulumi up`: creates or finds each part, and prints which. */
export async function initialise(): Promise<void> {
  const { failed } = await execa("pulumi", ["version"], { reject: false });
  if (failed)
    throw new UserError(
      "The Pulumi CLI is not on PATH: install it (https://www.pulumi.com/docs/install/), or use the lab, which brings its own.",
    );
  ensure(state, "state folder", () => fs.mkdirSync(state, { mode: 0o700 }));
  ensure(passphrase, "passphrase file", () =>
    fs.writeFileSync(passphrase, `${crypto.randomBytes(24).toString("base64")}\n`, { mode: 0o600, flag: "wx" }),
  );
  const env = { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE_FILE: passphrase };
  const { stdout } = await execa("pulumi", ["stack", "ls", "--json"], { cwd: repository, env });
  const existing = (JSON.parse(stdout) as Array<{ name: string }>).map(({ name }) => name);
  for (const stack of stacksOf(repository)) {
    if (existing.includes(stack)) console.log(`found  stack ${stack}`);
    else {
      await execa("pulumi", ["stack", "init", stack, "--non-interactive"], { cwd: repository, env });
      console.log(`made   stack ${stack}`);
    }
  }
  console.log(`
Keep ${path.basename(passphrase)} safe and out of the repository: without it the secrets of the stacks are lost. Then:
  export PULUMI_CONFIG_PASSPHRASE_FILE=${path.relative(process.env["HOMELAB_FOLDER"] ?? process.cwd(), passphrase)}
  pulumi up --stack ${stacksOf(repository)[0] ?? "lab-dev"}`);
}

function ensure(file: string, what: string, create: () => void): void {
  const found = fs.existsSync(file);
  if (!found) create();
  console.log(`${found ? "found" : "made "}  ${what} ${path.basename(file)}`);
}
