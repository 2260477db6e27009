import type { LabSize } from "../../topology";

/** A raised lab that several end-to-end test files share. */
export interface SharedLab {
  readonly size: LabSize;
  /** The names of the files in their order. Each file finds what the one before leaves, so those that need fresh stacks come first. */
  readonly files: readonly string[];
}

/** The labs that `make test` raises for several files each. */
export const SHARED_LABS: readonly SharedLab[] = [
  // up-all interrupts first deployments; orphans removes the states.
  { size: { stacks: ["lab-dev", "lab-prod"] }, files: ["up-all", "cluster-checks", "orphans"] },
  // upgrade begins with the earlier MetalLB that diff deploys.
  { size: { stacks: ["lab-dev", "lab-prod"] }, files: ["diff", "upgrade"] },
  // doctor and the first preview of ci-preview need a stack that is not deployed.
  { size: { stacks: ["lab-dev"] }, files: ["doctor", "ci-preview", "verify"] },
  // counts measures a first deployment; names destroys the stack, and webhooks installs MetalLB over remains.
  { size: { stacks: ["lab-dev"] }, files: ["counts", "drift", "pulumi-versions", "names", "webhooks"] },
  // Each leaves a cluster without MetalLB, except bench, whose deployment interrupted begins to destroy.
  { size: { stacks: ["lab-dev"] }, files: ["extras", "accounts", "bench", "interrupted"] },
  // route needs a stack that was never deployed. It destroys its stack, and example its own; pool-changes observes a first deployment.
  { size: { stacks: ["lab-dev"] }, files: ["route", "example", "pool-changes"] },
  // network destroys both stacks; identity replaces a cluster.
  { size: {}, files: ["network", "identity"] },
  // metallb changes the pools of the stack that nodes deploys.
  { size: { stacks: ["lab-dev"], workers: 2 }, files: ["nodes", "metallb"] },
];
