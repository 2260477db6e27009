import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import type { Deployment } from "../../engine/deployment";
import { PROJECT } from "./stack-files";

/** A stack in its backend. */
export interface KeptStack {
  readonly stack: string;
  readonly deployment: Deployment;
  /** The backend's address. @default a backend whose states are not in files */
  readonly backend?: string | undefined;
}

/**
 * Runs work with a backend and a CLI: a `pulumi` first on the path, which only prints the state of one stack. The program has to use it if the
 * backend's states are not in files.
 */
export async function withCli<T>({ stack, deployment, backend = "s3://states" }: KeptStack, work: () => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "homelab-network-cli-"));
  const state = join(folder, "state.json");
  writeFileSync(state, JSON.stringify({ version: 3, deployment }));
  const known = `stack export --stack organization/${PROJECT}/${stack} --non-interactive`;
  writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n[ "$*" = "${known}" ] && exec cat "${state}"\n`, { mode: 0o755 });
  const { PATH, PULUMI_BACKEND_URL: url } = process.env;
  process.env["PATH"] = `${folder}${delimiter}${PATH}`;
  process.env["PULUMI_BACKEND_URL"] = backend;
  try {
    return await work();
  } finally {
    process.env["PATH"] = PATH;
    if (url === undefined) delete process.env["PULUMI_BACKEND_URL"];
    else process.env["PULUMI_BACKEND_URL"] = url;
    rmSync(folder, { recursive: true });
  }
}
