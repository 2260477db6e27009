/** The output of `homelab verify` for a lab's stack lab-dev, and the content of its report. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Browser } from "playwright-core";

import type { Lab } from "../../lab/lab";
import { onOperator } from "../../lab/operator";
import { versions } from "../../lab/tools/catalogue";
import { COLOURS, hopsOf, showPage } from "../report/browser/hops";
import { measure } from "../report/browser/measure";
import type { RoutedStack } from "./routed-stack";

/** A run's output and exit status. */
export interface Said {
  readonly lines: readonly string[];
  readonly answers: string;
  readonly exitCode: number;
}

/** Returns the lines, the only line of the table, and the summary, without values that differ between runs. */
export function parsed(stdout: string): Omit<Said, "exitCode"> {
  const tidy = (text: string) =>
    text
      .trim()
      .replaceAll(/ {2,}/g, " | ")
      .replaceAll(/\d+ ms/g, "MS")
      .replaceAll(/trial-\w{8}/g, "trial-ID")
      // The error of an unreachable host depends on which device answers first.
      .replaceAll(/\((E[A-Z]+|silent for \d s)\)/g, "(REASON)");
  const [, ...lines] = stdout.split("\n").map(tidy);
  const table = lines.indexOf("");
  return { lines: [...lines.slice(0, table), ...lines.slice(table + 4)], answers: lines[table + 3] ?? "" };
}

export const ROUTE = "10.5.0.0/24";

/** The lines of a healthy cluster and router. */
export const CLUSTER = [
  `ok | cluster | https://192.168.50.11:6443 answers, Kubernetes ${versions.kubernetes}`,
  "ok | gateway | 192.168.50.11 is lab-dev-master, a Ready master",
  "ok | metallb | chart 0.16.2, controller 1 of 1, speakers 1 of 1 ready",
  "ok | webhook | answers; pools can be changed",
  "ok | pool lab-dev | IPAddressPool as planned",
  "ok | advertisement pools | L2Advertisement as planned",
];
export const ROUTER = [
  "ok | router | 192.168.50.1:22 answers",
  `ok | route ${ROUTE} | via 192.168.50.11, in the router's settings and active`,
];

/** The line of the probe service that answers, and its line in the table. */
export const SERVICE = "ok | service lab-dev | 10.5.0.1 answers this machine with 200 in MS";
export const ANSWERED = `lab-dev | lab-dev | ${ROUTE} | 192.168.50.11 | 10.5.0.1 | 200 | MS`;
export const UNANSWERED =
  `failed | service lab-dev | 10.5.0.1 does not answer this machine within 10 s (REASON); if all lines above are ok, check the path from there to ` +
  "the router, and the firewalls of router and node";
export const SILENT = `lab-dev | lab-dev | ${ROUTE} | 192.168.50.11 | 10.5.0.1 | none`;

/** A stack of a lab that is verified. */
export class VerifiedStack {
  private readonly report: string;

  constructor(
    private readonly lab: Lab,
    private readonly stack: string,
    private readonly routed: RoutedStack,
  ) {
    this.report = join(lab.folders.project, "verify.html");
  }

  kubectl(...args: string[]): Promise<string> {
    return this.lab.cluster(this.stack).kubectl(args);
  }

  /** Returns the content of cluster and router that a run could change or leave behind. */
  async everything(): Promise<unknown[]> {
    const kinds = "services,endpointslices,configmaps,ipaddresspools,l2advertisements";
    return [await this.kubectl("get", kinds, "--all-namespaces", "--output", "name"), await this.routed.state()];
  }

  /** Returns the probe services that runs have created. */
  async probes(): Promise<string[]> {
    const made = ["--all-namespaces", "--selector", "homelab-network/trial"];
    const found = await this.kubectl("get", "services,endpointslices", ...made, "--output", "name");
    return found === "" ? [] : found.split("\n");
  }

  async verify(...args: string[]): Promise<Said> {
    const command = ["verify", this.stack, "--report", this.report, ...args];
    const { stdout, stderr, exitCode } = await onOperator(this.lab, command, { reject: false });
    assert.equal(stderr, "");
    return { ...parsed(stdout), exitCode };
  }

  /** Returns the content of the report in a browser, and asserts that all of it is readable. */
  async seen(browser: Browser) {
    const page = await browser.newPage({ colorScheme: "light" });
    await showPage(page, readFileSync(this.report, "utf8"));
    const { marks, lines } = await hopsOf(page);
    const { faults } = await measure(page);
    const title = await page.title();
    await page.close();
    assert.deepEqual(faults, []);
    for (const { mark, badge, outline } of marks) {
      assert.deepEqual([badge, outline], [COLOURS[mark as keyof typeof COLOURS], COLOURS[mark as keyof typeof COLOURS]]);
    }
    return { title, marks: Object.fromEntries(marks.map(({ of, mark }) => [of, mark])), lines: [...new Set(lines)] };
  }
}
