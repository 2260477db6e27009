import * as fs from "node:fs";
import * as path from "node:path";

/** A stand-in for the helm CLI: renders a Deployment with the image tag that a chart's Chart.yaml has, and records its arguments. */
export class FakeHelm {
  private readonly path = process.env["PATH"];
  private readonly calls: string;

  /** Puts the stand-in before the other programs of PATH. @param script what it does instead of rendering */
  constructor(folder: string, script = RENDER) {
    const bin = path.join(folder, "bin");
    this.calls = path.join(folder, "calls");
    fs.mkdirSync(bin, { recursive: true });
    fs.writeFileSync(path.join(bin, "helm"), `#!/bin/sh\necho "$@" >>'${this.calls}'\n${script}`, { mode: 0o755 });
    process.env["PATH"] = `${bin}${path.delimiter}${this.path}`;
  }

  /** The arguments of each call. */
  get asked(): string[] {
    return fs.existsSync(this.calls) ? fs.readFileSync(this.calls, "utf8").trimEnd().split("\n") : [];
  }

  remove(): void {
    process.env["PATH"] = this.path;
  }
}

const RENDER = `[ -e "$3/Chart.yaml" ] || { echo "Error: Chart.yaml file is missing" >&2; exit 1; }
cat <<END
---
# Source: metallb/templates/controller.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: metallb-controller
spec:
  template:
    spec:
      containers:
        - name: controller
          image: quay.io/metallb/controller:$(sed -n 's/^appVersion: //p' "$3/Chart.yaml")
---
END
`;
