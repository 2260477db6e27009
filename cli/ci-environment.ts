import { UserError } from "../config/user-error";
import { GitHub } from "./ci/github";
import { print } from "./print";

export interface CiEnvironmentOptions {
  /** Whether the environment needs reviewers. */
  readonly reviewers?: boolean;
  /** The only branch that may use the environment. */
  readonly branch?: string;
}

interface Environment {
  readonly protection_rules?: readonly { readonly type: string; readonly reviewers?: readonly unknown[] }[];
  readonly deployment_branch_policy?: { readonly custom_branch_policies?: boolean } | null;
}

interface Policies {
  readonly branch_policies?: readonly { readonly name: string; readonly type?: string }[];
}

/**
 * Checks that an environment of the repository is protected as docs/how-to/ci.md describes. GitHub creates an environment without protection
 * when a workflow names one that does not exist.
 *
 * @throws UserError with every missing protection
 */
export async function ciEnvironment(
  name: string,
  { reviewers = false, branch }: CiEnvironmentOptions,
  github = new GitHub(),
): Promise<void> {
  const path = `/environments/${encodeURIComponent(name)}`;
  const environment = (await github.request("GET", path)) as Environment;
  const { protection_rules: rules = [], deployment_branch_policy: policy } = environment;
  const isReviewed = rules.some((rule) => rule.type === "required_reviewers" && (rule.reviewers ?? []).length > 0);
  const missing = reviewers && !isReviewed ? ["has no required reviewers"] : [];
  if (branch !== undefined) {
    const custom = policy?.custom_branch_policies === true;
    const answer = custom ? ((await github.request("GET", `${path}/deployment-branch-policies?per_page=100`)) as Policies) : {};
    const places = (answer.branch_policies ?? []).map((one) => `${one.type ?? "branch"} ${one.name}`);
    if (places.length !== 1 || places[0] !== `branch ${branch}`)
      missing.push(`is open to ${custom ? places.join(", ") || "no branch" : "other branches"}, not to branch ${branch} alone`);
  }
  if (missing.length === 0) return print(`The environment ${name} is protected.`);
  throw new UserError(`The environment ${name} ${missing.join(" and ")}: set that in Settings > Environments (docs/how-to/ci.md).`);
}
