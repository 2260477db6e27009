import * as path from "node:path";
import { UserError } from "../../config/user-error";
import { forTerminal } from "../../report/table";
import { runJobs } from "./test";
import { inTestRun, provideForTests } from "./test-run";
import { fileJob } from "./test/jobs";

/** The scenarios of a real cluster. Each is a test file with a lab of its own: its path below `tests/`, and a description. */
export const SCENARIOS = {
  fresh: ["e2e/network", "an empty cluster, and one that is emptied again"],
  orphans: ["e2e/orphans", "orphaned objects of another MetalLB, and a namespace that is being deleted"],
  webhooks: ["e2e/webhooks", "webhook configurations that are in use, or managed by another tool"],
  readiness: ["e2e/pool-changes", "a webhook that answers late; pools that shrink, split, move and get another name"],
  adoption: ["lifecycle/adopt", "adoption of a MetalLB of Helm or Flux in two clusters with the same pool name, and its reversal"],
  upgrade: ["e2e/upgrade", "a chart of another version, one that cannot start, and its fix"],
  gossip: ["lifecycle/gossip", "an upgrade and a downgrade with a floating next hop, whose speakers do not hear each other"],
  upstream: ["e2e/metallb", "what MetalLB's own tests expect of webhook, pools and excluded nodes"],
  identity: ["e2e/identity", "a kubeconfig that points to another stack's cluster, and a cluster that was rebuilt"],
  checks: ["e2e/cluster-checks", "a gateway, services and pools that differ from the plan, reported before anything is registered"],
  misconfigurations: [
    "lifecycle/misconfigurations",
    "known misconfigurations with their fixes; a pool that is removed while another gets its addresses",
  ],
  speakers: [
    "lifecycle/speakers",
    "a speaker that dies, is missing or obeys the exclusion label; services with externalTrafficPolicy: Local",
  ],
  nodes: ["e2e/nodes", "a master and two workers, one of which loses its power"],
  masters: ["e2e/masters", "three masters, one of which loses its power"],
  floating: ["lifecycle/floating", "a floating next hop that outlives its node, and the change to it and back"],
  destroy: ["lifecycle/destroy", "a stack that is destroyed, and one whose pool is protected"],
  interrupted: ["lifecycle/interrupted", "runs whose engine is killed, and the runs that complete them"],
  moments: ["e2e/interrupted", "three moments of all those at which an engine can be killed"],
  state: ["lifecycle/state", "a state on PostgreSQL and in an S3 bucket, two operators, one of whom loses the power"],
  secrets: ["lifecycle/secrets", "output and files of a stack with all secrets in its stack file; a new key for the router"],
  drift: ["lifecycle/drift", "drift with a router or a cluster that cannot be read, and with objects made or changed by hand"],
  live: ["lifecycle/live-cluster", "edits and faults in a cluster whose clients depend on announcements"],
  altered: ["lifecycle/altered-objects", "objects of MetalLB and of the stack that kubectl changed, and some that it made"],
  failures: ["lifecycle/failures", "runs that fail at the checks, at the chart, at MetalLB's webhook and at the router"],
  failover: ["lifecycle/failover", "one round of each thing that can fail, with a floating next hop"],
} as const satisfies Record<string, readonly [file: string, what: string]>;

export type Scenario = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as Scenario[];

export interface LifecycleOptions {
  readonly list?: boolean;
}

/** Runs the tests of one scenario, or of all. */
export async function lifecycle(scenario: string | undefined, { list = false }: LifecycleOptions): Promise<void> {
  if (list) {
    console.log(forTerminal({ header: ["scenario", "what"], lines: SCENARIO_NAMES.map((name) => [name, SCENARIOS[name][1]]) }));
    return;
  }
  const chosen = scenario === undefined ? SCENARIO_NAMES : SCENARIO_NAMES.filter((name) => name === scenario);
  if (chosen.length === 0) throw new UserError(`There is no scenario "${scenario}": it is one of ${SCENARIO_NAMES.join(", ")}.`);
  const files = chosen.map((name) => path.join("tests", `${SCENARIOS[name][0]}.test.ts`));
  await inTestRun((folder) =>
    runJobs(
      [],
      files.map((file) => fileJob(file, folder)),
      provideForTests,
    ),
  );
}
