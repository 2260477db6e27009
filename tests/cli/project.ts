import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { HOUSEHOLD } from "../support/stack-files";

/** A project folder with the example stack files and their documents, which a test may change. */
export class Project {
  readonly path = fs.mkdtempSync(path.join(tmpdir(), "homelab-network-test-"));

  constructor() {
    for (const name of ["Pulumi.lab-dev.yaml", "Pulumi.lab-prod.yaml", "docs/plan.md", "docs/plan.svg"]) {
      this.write(name, fs.readFileSync(path.join(HOUSEHOLD, name), "utf8"));
    }
  }

  read(name: string): string {
    return fs.readFileSync(path.join(this.path, name), "utf8");
  }

  write(name: string, content: string | Uint8Array): void {
    const file = path.join(this.path, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }

  change(name: string, from: string, to: string): void {
    this.write(name, this.read(name).replace(from, to));
  }

  /** Gives the pools of both stacks the same name. */
  namePools(name: string): void {
    for (const stack of ["lab-dev", "lab-prod"]) this.change(`Pulumi.${stack}.yaml`, `name: ${stack}`, `name: ${name}`);
  }

  remove(): void {
    fs.rmSync(this.path, { recursive: true });
  }
}

/** Returns the output of a call. */
export async function printedBy(call: () => void | Promise<void>): Promise<string> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (...words: unknown[]) => void lines.push(words.join(" "));
  try {
    await call();
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}
