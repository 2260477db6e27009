import assert from "node:assert/strict";

import { apiServerOf } from "../../../cluster/api/kubeconfig";
import { readCustomObjects } from "../../../cluster/survey/custom-objects";
import { ApiServer, base64, kubeconfigFor, type Answers } from "../../support/api-server";

const item = (name: string) => ({ metadata: { name, namespace: "metallb-system" } });
const resources = (...names: [string, string][]) => ({ resources: names.map(([name, kind]) => ({ name, kind })) });
const answers: Answers = {
  "/apis/metallb.io": { versions: [{ version: "v1beta2" }, { version: "v1beta1" }], preferredVersion: { version: "v1beta2" } },
  "/apis/metallb.io/v1beta2": resources(["bgppeers", "BGPPeer"], ["bgppeers/status", "BGPPeer"]),
  "/apis/metallb.io/v1beta1": resources(["bgppeers", "BGPPeer"], ["communities", "Community"], ["servicel2statuses", "ServiceL2Status"]),
  "/apis/metallb.io/v1beta2/bgppeers": [item("upstream")],
  "/apis/metallb.io/v1beta1/communities": [item("well-known")],
  "/apis/frrk8s.metallb.io": { versions: [{ version: "v1beta1" }] },
  "/apis/frrk8s.metallb.io/v1beta1": resources(["frrconfigurations", "FRRConfiguration"]),
  "/apis/frrk8s.metallb.io/v1beta1/frrconfigurations": [item("more")],
};

describe("the objects of custom resource definitions", () => {
  it("are read in the preferred version of each kind, without MetalLB's own status", async () => {
    const server = await ApiServer.start(answers);
    try {
      const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
      const access = apiServerOf({ text: kubeconfigFor(cluster), folder: "/" }, "lab-dev");
      const names = [
        "bgppeers.metallb.io",
        "communities.metallb.io",
        "servicel2statuses.metallb.io",
        "frrconfigurations.frrk8s.metallb.io",
        "gone.example.com",
      ];
      const found = await readCustomObjects(access, names);
      assert.deepEqual(
        found.map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata.name]),
        [
          ["metallb.io/v1beta2", "BGPPeer", "upstream"],
          ["metallb.io/v1beta1", "Community", "well-known"],
          ["frrk8s.metallb.io/v1beta1", "FRRConfiguration", "more"],
        ],
      );
      assert.ok(!server.requests.some(({ url }) => url.endsWith("servicel2statuses")));
    } finally {
      await server.stop();
    }
  });
});
