/** Compares a cluster with its plan after `up`. */
import { connectionOf } from "../../cluster/api/connection";
import { findUnannounced } from "../../cluster/diagnosis/announcers";
import { findUnhandled } from "../../cluster/diagnosis/service-class";
import { findUsedAddresses } from "../../cluster/diagnosis/used-addresses";
import { surveyCluster } from "../../cluster/survey/survey";
import { apiServerOf, type ApiServer } from "../../cluster/api/kubeconfig";
import { readMetalLb, type MetalLbState, type WebPage } from "../../cluster/survey/metallb-state";
import { MAY_NOT_ASK, webhookBlocker } from "../../cluster/survey/webhook";
import { isChartPath } from "../../config/chart";
import type { NodeState, Survey } from "../../cluster/diagnosis/cluster-state";
import { describeDifference, plannedObjects } from "../../cluster/manifests/planned-objects";
import { failed, found, ok, unknown, warning, within, type Line } from "./check";
import { checkAnswer, checkGateway, noResponse } from "./gateway";
import { checkIdentity } from "./identity";
import { compareObjects, nameOf, type Compared } from "./objects";
import type { PlannedStack } from "./stacks";

/** What is known of a cluster. */
export interface ClusterCheck {
  readonly lines: readonly Line[];
  readonly nodes: readonly NodeState[];
  /** Undefined if no cluster answers, or the wrong one. */
  readonly server?: ApiServer;
  /** Why there is no server. */
  readonly blocker?: string;
  /** The web page that a probe service can lead to. */
  readonly web?: WebPage;
}

/** Returns what is known of a cluster that cannot be read. @param line about the cluster itself */
export function unreadCluster({ plan }: PlannedStack, line: Line, why: string): ClusterCheck {
  const dependent = ["gateway", "metallb", "webhook", ...plannedObjects(plan).map(nameOf)];
  return { lines: [line, ...dependent.map((what) => unknown(what, why))], nodes: [], blocker: why };
}

/** Checks nodes, MetalLB, pools and advertisements; changes nothing. */
export async function checkCluster(stack: PlannedStack): Promise<ClusterCheck> {
  const { plan, problems } = stack;
  const planned = plannedObjects(plan);
  const notCompared = (line: Line, why: string) => unreadCluster(stack, line, why);
  const [problem] = problems.kubeconfig;
  if (problem !== undefined) return notCompared(found("failed", "cluster", stack, problem), "skipped: no kubeconfig");
  let server: ApiServer;
  try {
    server = apiServerOf(connectionOf(stack).kubeconfig, plan.cluster.context);
    const answers = await checkAnswer(server);
    const { wrongCluster, isCompared } = await within("cluster", checkIdentity(stack, server));
    if (wrongCluster !== undefined) return notCompared(found("failed", "cluster", stack, wrongCluster), "skipped: another cluster answers");
    const [survey, metallb, blocker, objects] = await within(
      "cluster",
      Promise.all([
        surveyCluster(connectionOf(stack)),
        readMetalLb(server, plan.metallb.namespace),
        webhookBlocker(server, plan.metallb.namespace),
        compareObjects(server, planned),
      ]),
    );
    const lines = [
      answers,
      ...(isCompared ? [] : [warning("identity", NOT_COMPARED, "make sure that the Pulumi CLI can read the state")]),
      checkGateway(stack, survey.nodes),
      checkMetalLb(stack, metallb),
      checkWebhook(blocker),
      ...objects.map((one) => checkObject(stack, one)),
      ...findUsedAddresses(plan, survey).map((finding) => found("failed", "pools", stack, finding)),
      ...checkUnhandled(stack, survey),
      ...findUnannounced(plan, survey).map((finding) => found("failed", "speakers", stack, finding)),
    ];
    return { lines, nodes: survey.nodes, server, ...(metallb.web === undefined ? {} : { web: metallb.web }) };
  } catch (error) {
    return notCompared(noResponse(error), "skipped: the cluster cannot be read");
  }
}

/** Reports services with an address that MetalLB counts as free, or will. */
function checkUnhandled(stack: PlannedStack, survey: Survey): Line[] {
  const { refusal, warning: unhandled } = findUnhandled(stack.plan, survey);
  const finding = refusal ?? unhandled;
  return finding === undefined ? [] : [found("failed", "services", stack, finding)];
}

const NOT_COMPARED = "the stack's state cannot be read, so the cluster is not compared with the one that the stack is deployed to";
const WEBHOOK_PAGE = "docs/how-to/metallb-troubleshooting.md has the causes";

function checkObject({ plan }: PlannedStack, { what, kind, id, found }: Compared): Line {
  const again = `pulumi up --refresh --stack ${plan.stack} corrects it`;
  if (found === undefined) return failed(what, `${id} is missing`, again);
  if (found.length === 0) return ok(what, `${kind} as planned`);
  const fix = `${again}, or names the other owner of the field (docs/how-to/metallb-troubleshooting.md)`;
  return failed(what, `${id}: ${found.map(describeDifference).join("; ")}`, fix);
}

function checkWebhook(blocker: string | undefined): Line {
  if (blocker === undefined) return ok("webhook", "answers; pools can be changed");
  if (blocker === MAY_NOT_ASK) return warning("webhook", `not checked: ${blocker}`);
  return failed("webhook", blocker, WEBHOOK_PAGE);
}

function checkMetalLb({ plan }: PlannedStack, { chart, controller, speaker }: MetalLbState): Line {
  const { namespace, version, chart: source } = plan.metallb;
  const pods = `kubectl get pods --namespace ${namespace} --output wide`;
  if (controller.desired + speaker.desired === 0) {
    return failed("metallb", `it does not run in namespace ${namespace}`, `pulumi up --refresh --stack ${plan.stack}`);
  }
  const count = `controller ${controller.ready} of ${controller.desired}, speakers ${speaker.ready} of ${speaker.desired} ready`;
  if (controller.ready < controller.desired || controller.ready === 0 || speaker.ready < speaker.desired) {
    return failed("metallb", count, `see why: ${pods}`);
  }
  // A chart at a path has a version of its own.
  if (chart !== undefined && chart !== version && !isChartPath(source)) {
    return failed("metallb", `chart ${chart} and not ${version}; ${count}`, `pulumi up --stack ${plan.stack}`);
  }
  return ok("metallb", `chart ${chart ?? "unknown"}, ${count}`);
}
