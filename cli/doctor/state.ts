/** Checks a stack's state, and whether its secrets can be decrypted. */
import { parse } from "yaml";

import { findOpenFile } from "../../config/read-file";
import { projectFolder } from "../../config/project";
import { findBackend, type EnginePlace } from "../../engine/backend";
import { findPassphrase, isPassphraseOf, type Passphrase } from "../../engine/passphrase";
import { failed, ok, warning, type Line } from "../check/check";
import { queryPulumi, type StateReading } from "../check/cli";
import type { PlannedStack } from "../check/stacks";

const SET = "export PULUMI_CONFIG_PASSPHRASE_FILE=.pulumi-passphrase, as make init says";
const CORRECT = "use the passphrase with which the stack was created";
const LOST = "docs/how-to/state-troubleshooting.md describes a lost passphrase";

/** Checks that the state can be read, and decrypts a value with the passphrase. */
export async function checkState(
  { name, text }: Pick<PlannedStack, "name" | "text">,
  { outputs, blocker, salt }: StateReading,
  place: EnginePlace = { folder: projectFolder(), env: process.env },
  tell = queryPulumi,
): Promise<Line> {
  const secrets = await checkSecrets(name, text, salt, place, tell);
  if (blocker !== undefined) return failed("state", blocker.message, blocker.fix);
  if (secrets !== undefined) return secrets;
  const backend = findBackend(place);
  const where = backend === undefined ? "" : `; backend ${backend.displayUrl} (${backend.source})`;
  const count = outputs?.size ?? 0;
  return ok("state", `${count === 0 ? "not deployed yet" : `${count} resources`}${where}`);
}

async function checkSecrets(
  name: string,
  text: string,
  stateSalt: string | undefined,
  place: EnginePlace,
  tell: typeof queryPulumi,
): Promise<Line | undefined> {
  const { encryptionsalt: fileSalt, secretsprovider: provider } = (parse(text) ?? {}) as Record<string, unknown>;
  const salts: readonly (readonly [what: string, salt: unknown])[] = [
    [`Pulumi.${name}.yaml`, fileSalt],
    ["the state", stateSalt],
  ];
  const known = salts.filter((one): one is readonly [string, string] => typeof one[1] === "string");
  if (known.length === 0) return typeof provider === "string" ? checkProvider(name, provider, tell) : undefined;
  let passphrase: Passphrase | undefined;
  try {
    passphrase = findPassphrase(place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const file = place.env["PULUMI_CONFIG_PASSPHRASE_FILE"];
    return failed("state", `PULUMI_CONFIG_PASSPHRASE_FILE names ${file}, which cannot be read (${code})`, `restore the file; ${LOST}`);
  }
  if (passphrase === undefined) {
    const unset = "neither PULUMI_CONFIG_PASSPHRASE nor PULUMI_CONFIG_PASSPHRASE_FILE is set, and its secrets need one of them";
    return failed("state", unset, SET);
  }
  const found = passphrase;
  const opened = await Promise.all(known.map(async ([what, salt]) => ({ what, opens: await isPassphraseOf(salt, found) })));
  const closed = opened.find(({ opens }) => opens === false);
  const open = found.file === undefined ? undefined : findOpenFile(found.file);
  if (closed === undefined && open !== undefined) return warning("state", open.rule, open.fix);
  return (
    closed && failed("state", `the passphrase in ${found.source} does not decrypt the secrets of ${closed.what}`, `${CORRECT}; ${LOST}`)
  );
}

/** Lets the CLI decrypt the stack's outputs, because only it can use other secrets providers. */
async function checkProvider(name: string, provider: string, tell: typeof queryPulumi): Promise<Line | undefined> {
  const result = await tell(["stack", "output", "--show-secrets", "--json", "--stack", name, "--non-interactive"]);
  if (result === undefined || result.exitCode === 0 || /no stack named/.test(result.reason)) return undefined;
  const providerWithoutQuery = provider.replace(/\?.*$/s, "");
  return failed(
    "state",
    `the secrets provider ${providerWithoutQuery} does not decrypt its secrets: ${result.reason}`,
    "log in to the provider",
  );
}
