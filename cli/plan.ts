import * as path from "node:path";
import { readCluster } from "../cluster/survey/reader";
import { contentOf, NoResponse } from "../cluster/api/kubeconfig";
import { PROJECT, stackFileName } from "../config/file-names";
import { NO_STACK_FILE, readStackFiles } from "../config/stack-files";
import { UserError } from "../config/user-error";
import { removeTemporaries, writeTogether, type NewFile } from "../config/files";
import { readDocument } from "../config/read-file";
import { projectFolder, stacksOf } from "../config/project";
import { plansOf } from "../config/plans";
import type { ClusterState } from "../cluster/diagnosis/cluster-state";
import type { ParsedStack } from "../config/parse";
import { parseHousehold } from "../config/household";
import type { UnresolvedPlan } from "../config/plan";
import { withTables } from "../report/document";
import { nextPool } from "../report/next";
import { drawPlan } from "../report/picture/picture";
import { rowsOf, type Row } from "../report/rows";
import { addressTable, domainTable, formTable, forTerminal, nameTable, reservationTable, serviceTable } from "../report/table";
import { print } from "./print";

export interface PlanOptions {
  /** Writes nothing, and fails if a document is out of date. */
  readonly check?: boolean;
  /** Prints the plan as JSON, and writes nothing. */
  readonly json?: boolean;
  /** A file for a picture with live data from the clusters; the documents never contain live data. */
  readonly live?: string;
}

/**
 * Prints the table of the household's addresses, and writes the table and the picture into the documents.
 *
 * @throws UserError with every problem of the stack files; with `check`, if a document is out of date
 */
export async function plan(
  { check = false, json = false, live }: PlanOptions,
  folder = projectFolder(),
  read = readCluster,
): Promise<void> {
  const plans = plansOf(folder);
  if (plans.length === 0) throw new UserError(NO_STACK_FILE);
  const rows = rowsOf(plans, nextPool(plans));
  const stale = json && !check ? [] : documents(folder, plans, rows).filter(({ file, content }) => readDocument(file) !== content);
  const names = stale.map(({ file }) => path.relative(folder, file)).join(" and ");
  if (json) print(toJson(plans, rows));
  if (check && stale.length > 0) throw new UserError(`${names}: out of date with the stack files; "make plan" updates them.`);
  if (json) return;
  if (check) return print("The documents match the stack files.");
  print(forTerminal(addressTable(rows)));
  for (const stack of stacksOf(folder).filter((name) => !plans.some((one) => one.stack === name))) {
    print(`\n${stackFileName(stack)} has no plan yet: it has no key of ${PROJECT}.`);
  }
  print(`\nThe routes as the router's form (LAN > Route) takes them:\n\n${forTerminal(formTable(rows))}`);
  const reservations = reservationTable(plans);
  if (reservations.lines.length > 0)
    print(`\nThe addresses that the router's DHCP server (LAN > DHCP Server) reserves:\n\n${forTerminal(reservations)}`);
  const named = nameTable(plans);
  if (named.lines.length > 0) print(`\nThe names that the router's DNS server resolves:\n\n${forTerminal(named)}`);
  const forwarded = domainTable(plans);
  if (forwarded.lines.length > 0) print(`\nThe domains that the router's DNS server forwards:\n\n${forTerminal(forwarded)}`);
  const picture = live === undefined ? [] : [await drawLive(path.resolve(process.env["HOMELAB_FOLDER"] ?? ".", live), folder, read)];
  removeTemporaries(path.join(folder, "docs"));
  writeTogether([...stale, ...picture]);
  print(`\n${stale.length > 0 ? `Wrote ${names}.` : "docs/plan.md and docs/plan.svg are up to date."}`);
  for (const { file } of picture) print(`\nWrote ${file}.`);
}

/** Reads the clusters, prints their services, and draws a picture with them for a file. */
async function drawLive(file: string, folder: string, read: typeof readCluster): Promise<NewFile> {
  const stacks = parseHousehold(readStackFiles(folder));
  const answers = await Promise.all(stacks.map((stack) => readClusterState(stack, read)));
  const live = new Map(
    answers.flatMap((answer, index) => (answer === undefined ? [] : [[stacks[index]?.plan.stack ?? "", answer] as const])),
  );
  if (live.size > 0) print(`\nServices that have an address now:\n\n${forTerminal(serviceTable(live))}`);
  return {
    file,
    content: drawPlan(
      stacks.map((stack) => stack.plan),
      live,
    ),
  };
}

/** Reads a cluster, and prints in one line why it could not be read. */
async function readClusterState({ plan, kubeconfig }: ParsedStack, read: typeof readCluster): Promise<ClusterState | undefined> {
  try {
    return await read({ kubeconfig: contentOf(kubeconfig), context: plan.cluster.context, namespace: plan.metallb.namespace });
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    // Messages of other errors may quote a kubeconfig, which contains secrets.
    const reason = error instanceof NoResponse ? error.message : `its kubeconfig cannot be read (${code ?? name})`;
    print(`The cluster of ${plan.stack} cannot be read: ${reason}.`);
    return undefined;
  }
}

/** Returns the documents with their expected content. */
function documents(folder: string, plans: readonly UnresolvedPlan[], rows: readonly Row[]): NewFile[] {
  const file = path.join(folder, "docs", "plan.md");
  const text = readDocument(file);
  const content = text === undefined ? undefined : withTables(text, rows, plans);
  if (content === undefined) {
    throw new UserError(`docs/plan.md: the markers around the table are missing; "git checkout docs/plan.md" restores the document.`);
  }
  return [
    { file, content },
    { file: path.join(folder, "docs", "plan.svg"), content: drawPlan(plans) },
  ];
}

/** Prints the plan as JSON. JSON rounds numbers of addresses beyond 2^53. */
function toJson(plans: readonly UnresolvedPlan[], rows: readonly Row[]): string {
  const plain = (_: string, value: unknown) => (typeof value === "bigint" ? Number(value) : value);
  return JSON.stringify({ table: rows, stacks: plans }, plain, 2);
}
