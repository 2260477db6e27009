/** A raised lab that several end-to-end test files share. */
export interface SharedLab {
  /** The stacks with a cluster in the lab. */
  readonly stacks: readonly string[];
  /** The names of the files in their order. Each file finds what the one before leaves, so those that need fresh stacks come first. */
  readonly files: readonly string[];
}

/** The labs that `make test` raises for several files each. */
export const SHARED_LABS: readonly SharedLab[] = [
  { stacks: ["lab-dev", "lab-prod"], files: ["up-all", "cluster-checks", "orphans"] },
  { stacks: ["lab-dev"], files: ["doctor", "ci-preview", "verify"] },
  { stacks: ["lab-dev"], files: ["counts", "drift", "pulumi-versions", "names", "webhooks"] },
  { stacks: ["lab-dev"], files: ["extras", "accounts", "bench"] },
  { stacks: ["lab-dev"], files: ["example", "pool-changes"] },
];
