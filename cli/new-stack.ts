import * as path from "node:path";
import { createAtomically, removeTemporaries } from "../config/files";
import { stackFileName, stackOf } from "../config/file-names";
import { readStackFiles } from "../config/stack-files";
import { UserError } from "../config/user-error";
import { projectFolder } from "../config/project";
import { plansOf } from "../config/plans";
import { kubernetesName } from "../config/fields";
import { quote } from "../config/problem";
import { parseHousehold } from "../config/household";
import type { GatewayPlan } from "../config/plan";
import { newStackFile } from "../report/new-stack";
import { nextGateway, nextPool } from "../report/next";
import { print } from "./print";

export interface NewStackOptions {
  /** A network such as 10.9.0.0/24, or `auto` for the next free one. */
  readonly pool: string;
  /** The address of a master of the cluster, or `auto` for the next free one. */
  readonly gateway: string;
}

/** What the user has to do to make an address the next hop. */
const modeComments: Readonly<Record<GatewayPlan["mode"], string>> = {
  node: "assign it to a master, or write a master's address there",
  floating: "MetalLB will announce it",
  external: "configure keepalived, kube-vip or the like to hold it, or write the address that they hold there",
};

/** What `auto` in the stack file means. */
const CHOSEN = "the address of a Ready master, which up reads from the cluster";

/**
 * Writes the stack file of another cluster, and prints the chosen addresses. Never overwrites a file or writes a plan with a conflict.
 *
 * @throws UserError if the name is taken or invalid, nothing is free, or the plan would have a problem
 */
export function newStack(name: string, options: NewStackOptions, folder = projectFolder()): void {
  if (!kubernetesName.safeParse(name).success) {
    throw new UserError(
      `NAME: ${quote(name)} is not a valid stack name: use up to 63 lower-case letters, digits and inner dashes, such as lab-edge.`,
    );
  }
  const file = stackFileName(name);
  removeTemporaries(folder);
  const files = readStackFiles(folder);
  const taken = new UserError(`NAME: ${file} exists already: choose another name.`);
  if (files.some((one) => one.file === file)) throw taken;
  const plans = plansOf(folder);
  const model = files.find((candidate) => stackOf(candidate.file) === plans.at(-1)?.stack);
  if (model === undefined) {
    throw new UserError("There is no stack file to copy the router from: restore one, for example with git checkout Pulumi.lab-dev.yaml.");
  }
  const pool = options.pool === "auto" ? nextPool(plans)?.text : options.pool;
  if (pool === undefined) throw new UserError("POOL: no /24 is free after the highest one: name a network, such as POOL=10.9.0.0/24.");
  const gateway = options.gateway === "auto" ? nextGateway(plans) : options.gateway;
  if (gateway === undefined) {
    throw new UserError("GATEWAY: no address of the LAN is free after the other gateways: name one, such as GATEWAY=192.168.50.31.");
  }
  const mode = plans.at(-1)?.gateway.mode ?? "node";
  const { text, notes } = newStackFile({ name, pool, gateway }, model);
  const { defaults } = model;
  refuseProblems(() => parseHousehold([...files, { file, text, ...(defaults && { defaults }) }]));
  if (!createAtomically(path.join(folder, file), text)) throw taken;
  print(`Wrote ${file} after ${model.file}:`);
  print(`  pool     ${pool}${options.pool === "auto" ? "   the next free /24" : ""}`);
  print(
    `  gateway  ${gateway}${options.gateway === "auto" ? `   ${gateway === "auto" ? CHOSEN : `the next free address: ${modeComments[mode]}`}` : ""}`,
  );
  print(`  context  ${name}   of the same kubeconfig`);
  for (const note of notes) print(note);
  print(`Next: "make plan" for the table and the picture, "make init" for the stack's state, "pulumi up --stack ${name}".`);
}

function refuseProblems(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    if (error instanceof Error && error.name === "PlanError") throw new UserError(error.message);
    throw error;
  }
}
