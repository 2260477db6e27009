/** The engine's part of drift: a preview compares plan, state and cluster. It knows of the router only what the program tells it. */
import { proxyIn } from "../../cluster/api/environment";
import { isFollowUp } from "../../engine/follow-up-errors";
import { RECORDS_COMMAND, ROUTE_COMMAND } from "../../engine/state-contents";
import { differs, failed, ok, warning, type Line } from "../check/check";
import { queryPulumi, type CliResult } from "../check/cli";
import type { PlannedStack } from "../check/stacks";

/** The time limit of a preview, in seconds. */
const LIMIT = 120;
const CHECK = "preview";

/** The parts of `pulumi preview --json` that are used here. Values may be secret and are not read. */
interface Digest {
  readonly steps?: readonly Step[];
  readonly diagnostics?: readonly Diagnostic[];
  readonly changeSummary?: Readonly<Record<string, number>>;
}

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

interface Diagnostic {
  readonly urn?: string;
  readonly severity: string;
  readonly message: string;
}

/** The operations that change something, in words. A replacement has several steps, of which the first one counts. */
const CHANGES: Readonly<Record<string, string>> = { create: "created", update: "changed", delete: "removed", replace: "replaced" };

/** Runs a preview with a refresh of every object; changes nothing. */
export async function compareEngine({ name }: PlannedStack, stop: AbortSignal, query = queryPulumi): Promise<Line[]> {
  return readPreview(name, await query(["preview", "--refresh", "--json", "--non-interactive", "--stack", name], LIMIT, stop));
}

/** Turns the result of a preview into lines. */
export function readPreview(stack: string, result: CliResult | undefined): Line[] {
  if (result === undefined) return [failed(CHECK, "the Pulumi CLI is not on PATH", "install it")];
  let digest: Digest;
  try {
    digest = JSON.parse(result.stdout) as Digest;
  } catch {
    return [failed(CHECK, `pulumi preview fails: ${result.reason}`)];
  }
  const { steps = [], diagnostics = [], changeSummary = {} } = digest;
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const altered = diagnostics.filter(({ severity, message }) => severity === "warning" && ALTERED.test(message));
  const changes = steps.filter(({ op }) => op in CHANGES).flatMap((step) => withoutPlaceholder(step, altered));
  const lines = changes.filter(({ urn }) => !isUnreachable(urn, errors)).map((step) => lineOf(stack, step, errors));
  const unhealthy = diagnostics.filter(
    ({ severity, urn, message }) => severity === "warning" && urn !== undefined && message.includes(UNHEALTHY),
  );
  const others = errors.filter(({ urn, message }) => !changes.some((step) => step.urn === urn) && !isFollowUp(message));
  const more = [
    ...altered.map(({ message }) => differs(CHECK, messageText(message, ALTERED), `pulumi up --stack ${stack} restores it`)),
    ...unhealthy.map(({ urn = "", message }) =>
      warning(CHECK, `${nameOf(urn)} exists, but is unhealthy: ${messageText(message, UNHEALTHY)}`),
    ),
    ...unreachableLine(stack, errors),
    ...distinct(others.filter(({ message }) => !UNREACHABLE.test(message)).map(({ message }) => messageText(message, REFUSAL))).map(
      (text) => failed(CHECK, `pulumi preview fails: ${text}`),
    ),
  ];
  if (lines.length + more.length > 0) return [...lines, ...more];
  if (result.exitCode !== 0) return [failed(CHECK, `pulumi preview fails: ${result.reason}`)];
  const count = Object.values(changeSummary).reduce((sum, one) => sum + one, 0);
  return [ok(CHECK, `no changes, plan, state and cluster agree: ${count} resources`)];
}

/** The provider's error for each object of a cluster that it cannot reach, with the reason. */
const UNREACHABLE =
  /configured Kubernetes cluster is unreachable:?\s*(?:unable to load schema information from the API server:?\s*)?([^\n]*)/;

const isUnreachable = (urn: string, errors: readonly Diagnostic[]): boolean =>
  errors.some((one) => one.urn === urn && UNREACHABLE.test(one.message));

/** Returns one line for all objects. This command has just read the same cluster, so its objects must not be removed from the state. */
function unreachableLine(stack: string, errors: readonly Diagnostic[]): Line[] {
  const reasons = distinct(errors.flatMap(({ message }) => UNREACHABLE.exec(message)?.[1] ?? []));
  if (reasons.length === 0) return [];
  const message = `the Kubernetes provider cannot reach the cluster, which answers this command: ${reasons.join("; ") || "it gives no reason"}`;
  const proxy = proxyIn(process.env);
  const fix =
    proxy === undefined
      ? `the provider reads the kubeconfig itself: compare with "kubectl get nodes", and try "pulumi preview --stack ${stack}"`
      : `set proxy-url in the kubeconfig, or unset ${proxy}`;
  return [failed(CHECK, message, fix)];
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];

const UNHEALTHY = "Refreshed resource is in an unhealthy state:";
/** The end of the program's message about an object that another field manager changed. */
const ALTERED = /; up restores it\.\s*$/;
const REFUSAL = /(The stack files have (a problem|\d+ problems)|\S+ cannot be deployed):/;

/** Leaves out the annotations of an object whose dry run the program leaves out: they are a placeholder, see components/internal/without-dry-run.ts. */
function withoutPlaceholder(step: Step, altered: readonly Diagnostic[]): Step[] {
  const [kind, name] = nameOf(step.urn).split(" ");
  const isAltered = altered.some(({ message }) => new RegExp(`\\b${kind} (\\S+/)?${name} was changed by `).test(message));
  if (step.op !== "update" || !isAltered) return [step];
  const fields = Object.entries(step.detailedDiff ?? {}).filter(([field]) => !field.startsWith("metadata.annotations"));
  return fields.length === 0 ? [] : [{ ...step, detailedDiff: Object.fromEntries(fields) }];
}

const isOnRouter = (urn: string) => urn.endsWith(ROUTE_COMMAND) || urn.endsWith(RECORDS_COMMAND);

function lineOf(stack: string, { op, urn, detailedDiff }: Step, errors: readonly Diagnostic[]): Line {
  const fields = op === "update" ? Object.keys(detailedDiff ?? {}) : [];
  const changeText = `${nameOf(urn)} would be ${CHANGES[op]}${fields.length === 0 || isOnRouter(urn) ? "" : `: ${fields.join(", ")}`}`;
  const error = errors.find((one) => one.urn === urn)?.message;
  if (error === undefined) return differs(CHECK, changeText, `pulumi up --refresh --stack ${stack} does that`);
  const owners = [...new Set([...error.matchAll(/conflicts? with "([^"]+)"/g)].map(([, manager]) => manager))];
  if (owners.length === 0) return differs(CHECK, changeText, `the preview of pulumi up fails there: ${messageText(error)}`);
  return differs(
    CHECK,
    changeText,
    `the preview of pulumi up fails there: ${owners.join(", ")} manages that field; see docs/how-to/metallb-troubleshooting.md`,
  );
}

/** Returns the name in a URN: `IPAddressPool lab-dev` for `urn:pulumi:...$kubernetes:metallb.io/v1beta1:IPAddressPool::lab-dev`. */
function nameOf(urn: string): string {
  if (urn.endsWith(ROUTE_COMMAND)) return "the route on the router";
  if (urn.endsWith(RECORDS_COMMAND)) return "the reservations and names on the router";
  const [, , types = "", ...rest] = urn.split("::");
  const kind = types.split(":").at(-1);
  const name = rest.join("::");
  return `${kind} ${types.includes(":Chart$") ? name.slice(name.indexOf(":") + 1) : name}`;
}

/** Returns a message in one line, without its prefix. */
function messageText(message: string, before?: string | RegExp): string {
  const text = message.replace(/^(error|warning): (Preview failed: *)?(\d+ errors? occurred:)?/, "").replace(before ?? "", "");
  return text
    .split("\n")
    .map((line) => line.trim().replace(/^\* /, ""))
    .filter((line) => line !== "")
    .join("; ");
}
