import * as fs from "node:fs";
import * as path from "node:path";
import type execa from "execa";
import { kubeconfigOf } from "./folders";
import type { Lab } from "./lab";
import type { FluxParts } from "./tools/extras";
import { until } from "./wait";

export const FLUX_NAMESPACE = "flux-system";
/** The folder of the repository that the cluster gets, and what Flux's own objects are called. */
const NAME = "pools";
/** What `flux bootstrap` sets: how often the repository is asked, and how often what is in the cluster is held against it. */
export const INTERVALS = { repository: "1m0s", cluster: "10m0s" } as const;

const artifacts = "127.0.0.1:9090";

/** Flux's own objects: where the manifests come from, and that they are to be in the cluster. @param url of the Git repository */
export function fluxObjects(url: string): readonly object[] {
  const metadata = { name: NAME, namespace: FLUX_NAMESPACE };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: FLUX_NAMESPACE } },
    {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata,
      spec: { interval: INTERVALS.repository, url, ref: { branch: "main" } },
    },
    {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata,
      spec: { interval: INTERVALS.cluster, path: `./${NAME}`, prune: true, sourceRef: { kind: "GitRepository", name: NAME } },
    },
  ];
}

/**
 * Flux's source-controller and kustomize-controller at work on a cluster. They run on the operator host, beside the engine, and reach the API server
 * as the operator does: no limit on their CPU time, no service between the two. What happens in the cluster is the same.
 */
export class Flux {
  private readonly clone: string;

  constructor(
    private readonly lab: Lab,
    private readonly stack: string,
    private readonly parts: FluxParts,
    /** The repository's address. */
    private readonly url: string,
  ) {
    this.clone = path.join(lab.folders.root, "fleet");
  }

  /** Starts the controllers, and waits until they have brought the first files. The cluster has to have the kinds of what is in them. */
  async start(first: Readonly<Record<string, string>>): Promise<void> {
    await this.git(["clone", "--quiet", this.url, this.clone], this.lab.folders.root);
    await this.git(["checkout", "--quiet", "-B", "main"]);
    await this.push(first);
    const { definitions, sourceController, kustomizeController } = this.parts;
    await this.kubectl(["apply", "--server-side", "--filename", definitions]);
    await this.kubectl(["wait", "--for=condition=Established", "--timeout=60s", "--filename", definitions]);
    const storage = path.join(this.lab.folders.root, "artifacts");
    fs.mkdirSync(storage, { recursive: true });
    this.run(sourceController, [
      `--storage-path=${storage}`,
      `--storage-addr=${artifacts}`,
      `--storage-adv-addr=${artifacts}`,
      "--health-addr=127.0.0.1:9440",
    ]);
    this.run(kustomizeController, ["--health-addr=127.0.0.1:9441"]);
    await this.kubectl(
      ["apply", "--filename", "-"],
      fluxObjects(this.url)
        .map((object) => JSON.stringify(object))
        .join("\n---\n"),
    );
    await until("Flux to bring the first files", () => this.isReady());
  }

  /** Commits files of the cluster's folder, each by its name, undefined for one that goes, and pushes them. */
  async push(files: Readonly<Record<string, string | undefined>>): Promise<void> {
    await this.commit(files);
    await this.git(["push", "--quiet", "origin", "main"]);
  }

  /** Asks for the repository to be looked at now, as `flux reconcile source git` does; what is new in it goes on to the cluster by itself. */
  async reconcile(): Promise<void> {
    const now = `reconcile.fluxcd.io/requestedAt=${new Date().toISOString()}`;
    await this.kubectl(["annotate", "--overwrite", "--namespace", FLUX_NAMESPACE, "gitrepository", NAME, now]);
  }

  private async isReady(): Promise<boolean> {
    const ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
    return (await this.kubectl(["get", "--namespace", FLUX_NAMESPACE, "kustomization", NAME, "--output", ready])) === "True";
  }

  private async commit(files: Readonly<Record<string, string | undefined>>): Promise<void> {
    const folder = path.join(this.clone, NAME);
    fs.mkdirSync(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      if (content === undefined) fs.rmSync(path.join(folder, name));
      else fs.writeFileSync(path.join(folder, name), content);
    }
    await this.git(["add", "--all"]);
    await this.git(["commit", "--quiet", "--message", "Change pools"]);
  }

  /** Git on the operator host, with nobody's settings. */
  private git(args: readonly string[], folder = this.clone): execa.ExecaChildProcess {
    const who = ["-c", "user.name=operator", "-c", "user.email=operator@lab.invalid"];
    return this.lab.operator.exec(["git", "-C", folder, ...who, ...args], {
      env: { HOME: this.lab.folders.root, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" },
    });
  }

  private async kubectl(args: readonly string[], input?: string): Promise<string> {
    return (await this.lab.kubectl(this.stack, args, input === undefined ? {} : { input, stdin: "pipe" })).stdout;
  }

  /** Starts a controller, which ends with the lab. */
  private run(program: string, args: readonly string[]): void {
    const { folders, operator } = this.lab;
    fs.mkdirSync(folders.logs, { recursive: true });
    const log = fs.openSync(path.join(folders.logs, `${path.basename(program)}.log`), "a");
    const env = {
      KUBECONFIG: kubeconfigOf(folders, this.stack),
      HOME: folders.root,
      TMPDIR: folders.temporary,
      RUNTIME_NAMESPACE: FLUX_NAMESPACE,
    };
    const child = operator.exec([program, "--metrics-addr=0", ...args], { stdio: ["ignore", log, log], reject: false, env });
    child.unref();
    fs.closeSync(log);
  }
}
