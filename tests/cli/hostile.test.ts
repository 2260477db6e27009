/** Tests what clusters, routers, kubeconfigs and programs can put on the terminal, in a document and in the log of a workflow. */
import assert from "node:assert/strict";

import { diffSummary } from "../../cli/ci/diff-summary";
import { summary } from "../../cli/ci/summary";
import { found, toText } from "../../cli/check/check";
import { print } from "../../cli/print";
import { apiServerOf, NoResponse } from "../../cluster/api/kubeconfig";
import { ClusterObjects, ChangeRejected } from "../../cluster/api/objects";
import { parseStackConfig } from "../../config/parse";
import { formatFinding } from "../../config/problem";
import { loadKubeconfig } from "../../config/stack-loader";
import { UserError, messageOf } from "../../config/user-error";
import { userError } from "../../engine/run-error";
import { drawPlan } from "../../report/picture/picture";
import { compare } from "../../report/diff/compare";
import { diffText } from "../../report/diff/text";
import { forMarkdown, forTerminal, serviceTable } from "../../report/table";
import { examine } from "../../router/asus/examination";
import { parseReading } from "../../router/asus/reading";
import { ApiServer, base64, kubeconfigFor } from "../support/api-server";
import { HOSTILE, isHarmless } from "../support/hostile";
import { renderedStack, workload } from "../support/rendered";
import { listening } from "../support/program";
import { devConfig } from "../support/stack-files";

const { plan } = parseStackConfig("lab-dev", devConfig());
const eachLine = (text: string) => text.split("\n").forEach(isHarmless);

for (const [what, text] of HOSTILE) {
  describe(`${what} from outside`, () => {
    it("is harmless in the name of a kubeconfig's context", () => {
      const { findings } = loadKubeconfig(JSON.stringify({ contexts: [{ name: text }] }), "lab-dev", "/");
      assert.equal(findings.length, 1);
      for (const finding of findings) isHarmless(formatFinding(finding));
      const kubeconfig = { contexts: [{ name: text, context: { cluster: "a" } }] };
      const thrown = (() => {
        try {
          return apiServerOf({ text: JSON.stringify(kubeconfig), folder: "/" }, text);
        } catch (error) {
          return error;
        }
      })();
      assert.ok(thrown instanceof NoResponse);
      isHarmless(thrown.message);
    });

    it("is harmless in an API server's refusal", async () => {
      const server = await ApiServer.start({ "/api/v1": { resources: [{ name: "namespaces", kind: "Namespace", namespaced: false }] } });
      try {
        server.answers["/api/v1/namespaces"] = [422, { message: text }];
        const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
        const objects = new ClusterObjects(apiServerOf({ text: kubeconfigFor(cluster), folder: "/" }, "lab-dev"));
        const refused = objects.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: text } }, "test");
        await assert.rejects(refused, (error) => (isHarmless(messageOf(error)), error instanceof ChangeRejected));
      } finally {
        await server.stop();
      }
    });

    it("is harmless in the name of a service, in tables and pictures", () => {
      const state = { nodes: [], services: [{ name: text, addresses: ["10.5.0.1"], pool: text }], pools: [] };
      const live = new Map([["lab-dev", state]]);
      const table = serviceTable(live);
      for (const shown of [forTerminal(table), forMarkdown(table)]) {
        assert.equal(shown.split("\n").length, 3);
        eachLine(shown);
      }
      eachLine(drawPlan([plan], live));
    });

    it("is harmless in a router's answer", () => {
      const values = { sw_mode: text, lan_ifname: text, lan_ipaddr: text, lan_netmask: text, sr_enable_x: "1", sr_rulelist: text };
      const answer = Object.entries(values).map(([name, value]) => `@${name}\n${value}\n`);
      const reading = parseReading(`${answer.join("")}@table\n${text}\n@end\n`);
      const examined = examine(plan as never, reading, `@productid\n${text}\n@firmver\n${text}\n@lacking\n${text}\n@examined\n`);
      const at = { locate: (finding: object) => ({ ...finding, file: "a" }) as never };
      for (const one of Object.values(examined)) {
        if (typeof one === "string")
          isHarmless(
            toText([{ subject: "a", lines: [{ ...found("ok", "a", at, { path: "", value: "", rule: one, fix: "" }) }] }]).split("\n")[1] ??
              "",
          );
        else isHarmless(formatFinding(one));
      }
    });

    it("is harmless in errors and messages", async () => {
      for (const error of [new UserError(text), userError(text)]) eachLine(error.message);
      const { notes } = await listening(() => Promise.resolve(print(text)));
      eachLine(notes.join("\n"));
    });

    it("is harmless in the summary of a preview", () => {
      const step = {
        op: "update",
        urn: `urn:pulumi:a::b::c::${text}`,
        oldState: { inputs: { a: text } },
        newState: { inputs: { a: 1 } },
        diffReasons: ["a"],
      };
      eachLine(
        summary({
          stack: text,
          exitCode: 0,
          digest: { steps: [step], diagnostics: [{ severity: "warning", message: text }] },
          stderr: "",
          commit: text,
        }),
      );
      eachLine(summary({ stack: "lab-dev", exitCode: 1, stderr: text }));
    });

    it("is harmless in the differences of a chart", async () => {
      const object = { ...workload(text, text), metadata: { name: text, namespace: text, labels: { [text]: text } }, more: [text] };
      const differences = compare([renderedStack()], [renderedStack(devConfig(), { chart: [object] })]);
      eachLine(diffSummary(differences, text));
      const { notes } = await listening(() => Promise.resolve(print(diffText(differences))));
      eachLine(notes.join("\n"));
    });
  });
}
