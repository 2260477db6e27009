import * as path from "node:path";
import { writeAtomically } from "../config/files";
import { PlanError } from "../config/problem";
import { drawPlan } from "../report/picture/picture";
import { reportPage } from "../report/report";
import { forTerminal as tableText, type Table } from "../report/table";
import { toJson, toText, hasFailed, summary, type Group } from "./check/check";
import { listenForSignals } from "./check/signals";
import { chosenStacks, planStack } from "./check/stacks";
import { here, there } from "./verify/from";
import { marksOf, servicesOf, verifyStack, type Verified } from "./verify/stack";
import type { Tried } from "./verify/tried";
import { UserError } from "../config/user-error";
import type { NetworkOptions } from "./lab-network";
import { print, printAside } from "./print";

export interface VerifyOptions extends NetworkOptions {
  /** Prints JSON. */
  readonly json?: boolean;
  /** Another machine that sends the probes' requests, in ssh's notation. */
  readonly from?: string;
  /** A file for a page with a picture of the network. */
  readonly report?: string;
}

/**
 * Checks deployed stacks against their plans, from the router to the services, and probes each pool over HTTP with a temporary service, which
 * is always removed again.
 *
 * @throws UserError if a stack file has a problem
 */
export async function verify(name: string | undefined, { json = false, from, report }: VerifyOptions): Promise<void> {
  const stacks = await Promise.all(chosenStacks(name).map((chosen) => planStack(chosen))).catch((error: unknown) => {
    throw error instanceof PlanError ? new UserError(error.message) : error;
  });
  const signals = listenForSignals();
  const probeOptions = { ...(from === undefined ? here : there(from)), signal: signals.stop };
  const verified = await Promise.all(stacks.map((stack) => verifyStack(stack, probeOptions))).finally(signals.end);
  const groups = verified.map(({ stack, lines }): Group => ({ subject: stack.name, lines }));
  if (report !== undefined)
    writeAtomically(path.resolve(process.env["HOMELAB_FOLDER"] ?? ".", report), pageOf(verified, groups, new Date()));
  if (json) print(jsonOf(verified, groups));
  else print([toText(groups), tableText(answerTable(verified)), summary(groups)].join("\n\n"));
  if (!isOk(verified, groups)) process.exitCode = 1;
  if (signals.caught === undefined) return;
  printAside(`Interrupted (${signals.caught.name}): the probe services were removed.`);
  process.exitCode = 128 + signals.caught.number;
}

/** Whether all is well: no check failed, and every pool was probed and answers, or is full and cannot be probed. */
function isOk(verified: readonly Verified[], groups: readonly Group[]): boolean {
  return !hasFailed(groups) && verified.every(({ results }) => results.every(isAnswered));
}

const isAnswered = ({ reply, lines }: Tried): boolean => reply !== undefined || lines.every(({ outcome }) => outcome === "warning");

/** Returns the answers of the probe services as a table. */
export function answerTable(verified: readonly Verified[]): Table {
  const lines = verified.flatMap(({ stack: { name, plan }, results }) =>
    results.map(({ pool, address, reply }) => {
      const addresses = plan.pools.find((one) => one.name === pool)?.addresses.map(({ text }) => text) ?? [];
      const hop = plan.routes.some((route) => route.pool === pool) ? plan.gateway.address : "(no route)";
      const answer = reply === undefined ? ["none", ""] : [String(reply.status ?? "TCP"), `${reply.milliseconds} ms`];
      return [name, pool, addresses.join(", "), hop, address ?? "none", ...answer];
    }),
  );
  return { header: ["Stack", "Pool", "Addresses", "Next hop", "Service address", "HTTP", "Time"], lines };
}

/** Returns the result as JSON. */
export function jsonOf(verified: readonly Verified[], groups: readonly Group[]): string {
  const services = verified.flatMap(({ stack, results }) =>
    results.map(({ pool, address, reply }) => ({ of: stack.name, pool, ...(address === undefined ? {} : { address }), ...reply })),
  );
  return toJson(groups, isOk(verified, groups), { services });
}

/** Returns the result as a page with a picture of the network. */
export function pageOf(verified: readonly Verified[], groups: readonly Group[], date: Date): string {
  const live = new Map(verified.map((one) => [one.stack.name, { nodes: one.nodes, services: servicesOf(one), pools: [] }]));
  const plans = verified.map(({ stack }) => stack.plan);
  const picture = drawPlan(plans, live, new Map(verified.map((one) => [one.stack.name, marksOf(one)])));
  const subject = plans.length === 1 ? (plans[0]?.stack ?? "") : `${plans.length} stacks`;
  const found = { summary: summary(groups), isOk: isOk(verified, groups), picture, answers: answerTable(verified), groups };
  return reportPage({ subject, date, ...found });
}
