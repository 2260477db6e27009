import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { onOperator } from "../../lab/operator";
import type { Lab } from "../../lab/lab";
import { versions } from "../../lab/tools/catalogue";
import { RoutedStack } from "./routed-stack";

/** MetalLB's namespace in the lab. */
export const NAMESPACE = "metallb-system";
/** The route of the lab's stack. */
export const ROUTE = "10.5.0.0/24";

/** The lines of drift when all is well. */
export const sound = {
  head: ["ok | state | 40 resources", "ok | preview | no changes, plan, state and cluster agree: 38 resources"],
  cluster: [
    `ok | cluster | https://192.168.50.11:6443 answers, Kubernetes ${versions.kubernetes}`,
    "ok | gateway | 192.168.50.11 is lab-dev-master, a Ready master",
    "ok | metallb | chart 0.16.2, controller 1 of 1, speakers 1 of 1 ready",
    "ok | webhook | answers; pools can be changed",
  ],
  objects: ["ok | pool lab-dev | IPAddressPool as planned", "ok | advertisement pools | L2Advertisement as planned"],
  others: `ok | others | no unmanaged MetalLB objects in namespace ${NAMESPACE}`,
  router: [
    "ok | router | 192.168.50.1:22 answers",
    `ok | routes | ${ROUTE} via 192.168.50.11: as planned and as in the state, in the router's settings and active`,
  ],
} as const;

/** Returns lines of unknown outcome. */
export const unknown = (why: string, ...names: string[]): string[] => names.map((name) => `unknown | ${name} | ${why}`);

/** A deployed stack of a lab, checked by drift. */
export class DriftingStack extends RoutedStack {
  constructor(
    private readonly home: Lab,
    private readonly name: string,
  ) {
    super(home, name);
  }

  kubectl(...args: string[]): Promise<string> {
    return this.home.cluster(this.name).kubectl(args);
  }

  /** Runs drift. @returns its lines and exit status */
  async drift(): Promise<{ lines: readonly string[]; exitCode: number }> {
    const { stdout, stderr, exitCode } = await onOperator(this.home, ["drift", this.name], { reject: false });
    assert.equal(stderr, "");
    const [, ...lines] = stdout.split("\n").map((line) =>
      line
        .trim()
        .replaceAll(/ {2,}/g, " | ")
        // The error of an unreachable host depends on which device answers first.
        .replaceAll(/\((E[A-Z]+|silent for \d s)\)/g, "(REASON)"),
    );
    return { lines, exitCode };
  }

  /** Returns the content of cluster, router and state. */
  async everything(): Promise<unknown[]> {
    const kinds = "services,configmaps,deployments,daemonsets,ipaddresspools,l2advertisements";
    const objects = await this.kubectl("get", kinds, "--all-namespaces", "--output", "name");
    const backend = path.join(this.home.folders.root, "state", ".pulumi");
    const state = fs.readFileSync(path.join(backend, "stacks", "homelab-network", `${this.name}.json`), "utf8");
    const locks = fs
      .readdirSync(path.join(backend, "locks"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".json"));
    return [objects, await this.state(), state, locks];
  }
}
