/** The variables by which an operator's and a runner's secrets come to a command. */
const SECRET_VARIABLES = ["PULUMI_CONFIG_PASSPHRASE", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GITHUB_TOKEN"] as const;

/**
 * A text that others will read, without the secrets that it may quote: the password of a URL, as the engine prints it when a state is locked, and
 * what the environment has.
 */
export function redact(text: string, environment: NodeJS.ProcessEnv = process.env): string {
  const known = SECRET_VARIABLES.map((name) => environment[name] ?? "").filter((value) => value !== "");
  const without = known.reduce((rest, value) => rest.replaceAll(value, "[secret]"), text);
  return without.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi, "$1[secret]@");
}
