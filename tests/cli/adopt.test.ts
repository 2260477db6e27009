import assert from "node:assert/strict";

import { describe as inWords } from "../../cli/adopt/describe";
import type { Adoption } from "../../cluster/diagnosis/adoption";
import type { KubeObject } from "../../cluster/manifests/kube-object";
import { survey } from "../support/surveys";

const object = (kind: string, name: string): KubeObject => ({ apiVersion: "v1", kind, metadata: { name, namespace: "lb" } });
const nothing: Adoption = { refusals: [], taken: [], made: [], changes: [], restarts: [], left: [] };

describe("homelab adopt", () => {
  it("lists what it will do, by kinds and names", () => {
    const speaker = object("DaemonSet", "metallb-speaker");
    const long = "x".repeat(80);
    const differences = [1, 2, 3, 4, 5, 6, 7].map((index) => ({ path: `spec.a${index}`, from: index === 1 ? undefined : long, to: index }));
    const adoption: Adoption = {
      refusals: [],
      taken: [object("Secret", "b"), speaker, object("Secret", "a")],
      made: [object("IPAddressPool", "p")],
      changes: [{ object: speaker, differences }],
      restarts: [speaker],
      left: ["ConfigMap lb/old"],
    };
    const release = { name: "metallb", namespace: "lb", revision: 3, status: "deployed", chart: "metallb", version: "0.15.3", objects: [] };
    const services = [
      { name: "web/shop", addresses: ["10.5.0.1", "10.5.0.2"], pool: "p" },
      { name: "web/none", addresses: [], pool: "p" },
    ];
    const cut = `"${"x".repeat(56)}...`;
    assert.equal(
      inWords("lab-dev", adoption, [release], survey({ services })),
      `Helm's release lb/metallb, chart metallb 0.15.3, revision 3: Helm will no longer manage it.
Taken over by stack lab-dev:
  DaemonSet metallb-speaker
  Secret a, b
Created:
  IPAddressPool p
Changed to what the stack file says:
  DaemonSet lb/metallb-speaker: spec.a1: none -> 1
  DaemonSet lb/metallb-speaker: spec.a2: ${cut} -> 2
  DaemonSet lb/metallb-speaker: spec.a3: ${cut} -> 3
  DaemonSet lb/metallb-speaker: spec.a4: ${cut} -> 4
  DaemonSet lb/metallb-speaker: spec.a5: ${cut} -> 5
  DaemonSet lb/metallb-speaker: and 2 more
Left as it is, unmanaged:
  ConfigMap lb/old
Keeps its address:
  web/shop 10.5.0.1, 10.5.0.2
Pods that restart, those of a DaemonSet node by node: DaemonSet lb/metallb-speaker.`,
    );
  });

  it("says so if no pod will restart", () => assert.equal(inWords("lab-dev", nothing, [], survey()), "No pod restarts."));
});
