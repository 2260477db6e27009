import * as fs from "node:fs";
import * as path from "node:path";
import type execa from "execa";
import { UserError } from "../../../config/user-error";
import { kubeconfigOf } from "../../folders";
import type { Lab } from "../../lab";
import { until } from "../../wait";
import { chartValues } from "../../../cluster/manifests/values";
import { advertisementManifest, poolManifest } from "../../../cluster/manifests/manifests";
import type { Plan, Route } from "../../../config/plan";
import { recordOf } from "../../../config/route-list";

const RELEASE = "metallb";

/**
 * The tools that this program is compared with: the helm CLI, kubectl and ssh, one after the other, as a careful script would call them. They
 * wait until MetalLB is ready, but do not compare, refuse, keep a state, or restore anything.
 */
export class RawTools {
  constructor(
    private readonly lab: Lab,
    private readonly stack: string,
    private readonly chart: string,
  ) {
    if (!fs.existsSync("/usr/bin/ssh")) throw new UserError("The benchmark needs ssh: install OpenSSH's client (openssh-client).");
  }

  /** Applies the plan, including parts that are already applied. */
  async deploy(plan: Plan): Promise<void> {
    await this.helm(["upgrade", "--install", RELEASE, this.chart, "--create-namespace", "--wait", ...this.values(plan)], plan);
    // helm returns when the pods are ready, which can be before the API server reaches MetalLB's webhook.
    await until("MetalLB's webhook", async () => {
      await this.kubectl(["apply", "--filename", "-"], poolsOf(plan));
      return true;
    });
    await this.ssh(plan, setRoutes(plan.routes));
  }

  /** Shows what {@link deploy} would change. @throws if a pool would change */
  async preview(plan: Plan): Promise<void> {
    await this.helm(["upgrade", "--install", RELEASE, this.chart, "--dry-run=server", ...this.values(plan)], plan);
    await this.kubectl(["diff", "--filename", "-"], poolsOf(plan));
    await this.ssh(plan, `${PATH}\nnvram get sr_rulelist\nip route show`);
  }

  /** Removes everything that {@link deploy} applied. */
  async remove(plan: Plan): Promise<void> {
    await this.ssh(plan, removeRoutes(plan.routes));
    await this.kubectl(["delete", "--filename", "-", "--wait"], poolsOf(plan));
    await this.helm(["uninstall", RELEASE, "--wait"], plan);
    await this.kubectl(["delete", "namespace", plan.metallb.namespace, "--wait"]);
  }

  private values(plan: Plan): string[] {
    const file = path.join(this.lab.folders.temporary, "values.json");
    fs.writeFileSync(file, JSON.stringify(chartValues(plan.metallb)));
    return ["--values", file];
  }

  private helm(args: readonly string[], { metallb }: Plan): Promise<void> {
    const env = { ...this.lab.engine.environment, KUBECONFIG: kubeconfigOf(this.lab.folders, this.stack) };
    const all = ["helm", ...args, "--namespace", metallb.namespace];
    return this.succeed(all, this.lab.operator.exec(["sh", "-c", 'exec "$@"', "sh", ...all], { env, reject: false, all: true }));
  }

  private kubectl(args: readonly string[], input?: string): Promise<void> {
    const given = input === undefined ? {} : ({ input, stdin: "pipe" } as const);
    return this.succeed(["kubectl", ...args], this.lab.kubectl(this.stack, args, { ...given, reject: false, all: true }));
  }

  private ssh({ router }: Plan, command: string): Promise<void> {
    const { folders, operator } = this.lab;
    const known = path.join(folders.temporary, "known_hosts");
    fs.writeFileSync(known, `${router.host} ${this.lab.router.hostKey()}\n`);
    const options = ["IdentitiesOnly=yes", "BatchMode=yes", `UserKnownHostsFile=${known}`].flatMap((option) => ["-o", option]);
    const way = ["-F", "none", "-i", folders.sshKey, "-p", String(router.port), `${router.user ?? ""}@${router.host}`];
    return this.succeed(["ssh", command], operator.exec(["/usr/bin/ssh", ...options, ...way, command], { reject: false, all: true }));
  }

  private async succeed(argv: readonly string[], run: execa.ExecaChildProcess): Promise<void> {
    const { exitCode, all } = await run;
    if (exitCode !== 0) throw new UserError(`${argv.join(" ")} exited with ${exitCode}:\n${all ?? ""}`);
  }
}

function poolsOf({ pools, advertisements, metallb: { namespace } }: Plan): string {
  const items = [
    ...pools.map((pool) => poolManifest(pool, namespace)),
    ...advertisements.map((advertisement) => advertisementManifest(advertisement, namespace)),
  ];
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

const PATH = "PATH=/bin:/usr/bin:/sbin:/usr/sbin";

/** Adds routes to the router's list, flash and routing table, if the list lacks them, without restarting the household's network. */
function setRoutes(routes: readonly Route[]): string {
  const add = routes.map((route) => `case $list in *'<${recordOf(route)}'*) ;; *) list="$list<${recordOf(route)}" ;; esac`);
  const live = routes.map(
    ({ destination, gateway, metric }) => `ip route replace ${destination.text} via ${gateway} dev br0 metric ${metric + 1}`,
  );
  const save = '[ "$list" = "$old" ] || { nvram set "sr_rulelist=$list"; nvram set sr_enable_x=1; nvram commit; }';
  return ["set -e", PATH, "old=$(nvram get sr_rulelist)", "list=$old", ...add, save, ...live].join("\n");
}

function removeRoutes(routes: readonly Route[]): string {
  const drop = routes.map((route) => `list=$(echo "$list" | sed 's|<${recordOf(route)}||')`);
  const live = routes.map(({ destination, gateway }) => `ip route del ${destination.text} via ${gateway} dev br0`);
  return ["set -e", PATH, "list=$(nvram get sr_rulelist)", ...drop, 'nvram set "sr_rulelist=$list"', "nvram commit", ...live].join("\n");
}
