/** The environment variables with secrets of an operator or a runner. */
const SECRET_VARIABLES = ["PULUMI_CONFIG_PASSPHRASE", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GITHUB_TOKEN"] as const;

/**
 * Removes secrets from a text for publication: the password in a URL, which the engine prints when a state is locked, and the secrets in the
 * environment.
 */
export function redact(text: string, environment: NodeJS.ProcessEnv = process.env): string {
  const known = SECRET_VARIABLES.map((name) => environment[name] ?? "").filter((value) => value !== "");
  const without = known.reduce((rest, value) => rest.replaceAll(value, "[secret]"), text);
  return without.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi, "$1[secret]@");
}
