/** Selects the stacks of a command, and reads the files that they name. */
import { stackOf } from "../../config/file-names";
import { resolveNextHop } from "../../preflight/auto-gateway";
import { nextHopIn, type Outputs } from "../../engine/state-contents";
import { findOpenKey, loadKubeconfig, loadLogin, type LoadedStack } from "../../config/stack-loader";
import { NO_STACK_FILE, readStackFiles } from "../../config/stack-files";
import { UserError } from "../../config/user-error";
import { parseWithOthers } from "../../config/household";
import type { Plan } from "../../config/plan";
import { PlanError, type Finding } from "../../config/problem";
import { printedConfig, readStackFile, type StackText } from "../../config/stack-file";
import { projectFolder } from "../../config/project";
import { readState, queryPulumi, type StateReading } from "./cli";
import { readOwnNodes } from "./identity";

/** A stack with a valid plan, and the problems of the files that it names. */
export interface PlannedStack extends Omit<LoadedStack, "values" | "warnings"> {
  readonly plan: Plan;
  readonly name: string;
  readonly text: string;
  readonly problems: { readonly kubeconfig: readonly Finding[]; readonly login: readonly Finding[] };
  /** The finding about a key that other users of the machine can use. */
  readonly openKey?: Finding | undefined;
  /** Reads the stack's state with the CLI, once. */
  readonly state: () => Promise<StateReading>;
}

/** Returns the stack files that a command checks. @throws UserError if none has that name */
export function chosenStacks(name: string | undefined, folder = projectFolder()): StackText[] {
  const files = readStackFiles(folder).filter((text) => {
    const { config, problems } = readStackFile(text);
    return Object.keys(config).length > 0 || problems.length > 0;
  });
  const chosen = name === undefined ? files : files.filter(({ file }) => stackOf(file) === name);
  if (chosen.length > 0) return chosen;
  const known = files.flatMap(({ file }) => stackOf(file) ?? []).join(", ");
  throw new UserError(
    name === undefined ? NO_STACK_FILE : `STACK: there is no stack "${name}" with a plan: the stack files are for ${known || "none"}.`,
  );
}

/**
 * Plans a stack, and reads the files that it names.
 *
 * @throws PlanError with every problem of the plan
 * @throws UserError if Pulumi cannot decrypt values of its file
 */
export async function planStack(chosen: StackText, folder = projectFolder()): Promise<PlannedStack> {
  const file = readStackFile(chosen);
  const name = file.stack;
  const config = file.encrypted.size === 0 ? file.config : await decrypted(name);
  const { parsed, locate } = parseWithOthers(name, config, readStackFiles(folder));
  const { credentials, kubeconfig } = parsed;
  const cluster = loadKubeconfig(kubeconfig, parsed.plan.cluster.context, folder);
  let reading: Promise<StateReading> | undefined;
  const state = () => (reading ??= readState(name));
  const plan = await resolvedPlan({ plan: parsed.plan, kubeconfigContent: cluster.content, locate }, state);
  const router = loadLogin(credentials, folder);
  const problems = { kubeconfig: cluster.findings, login: router.findings };
  return {
    name,
    text: chosen.text,
    plan,
    locate,
    kubeconfig,
    kubeconfigContent: cluster.content,
    login: router.login,
    problems,
    openKey: findOpenKey(credentials, folder),
    state,
  };
}

/** Replaces `auto` with the next hop from the state or, if the state has none, from the cluster. @throws UserError if neither has one */
async function resolvedPlan(stack: Parameters<typeof resolveNextHop>[0], state: PlannedStack["state"]): Promise<Plan> {
  const outputs = async () => (await state()).outputs ?? new Map<string, Outputs>();
  try {
    return await resolveNextHop(stack, {
      previousHop: async () => nextHopIn(await outputs()),
      nodes: async (connection) => readOwnNodes(connection, await outputs()),
      log: () => {},
    });
  } catch (error) {
    throw error instanceof PlanError ? new UserError(error.message) : error;
  }
}

/** Reads the configuration from the CLI, because only Pulumi can decrypt values. */
async function decrypted(name: string): Promise<Record<string, unknown>> {
  const result = await queryPulumi(["config", "--json", "--show-secrets", "--stack", name, "--non-interactive"]);
  const reason = result === undefined ? "the Pulumi CLI is not on PATH" : result.reason;
  if (result?.exitCode !== 0) throw new UserError(`Pulumi.${name}.yaml has encrypted values that Pulumi cannot decrypt: ${reason}.`);
  return printedConfig(result.stdout);
}
